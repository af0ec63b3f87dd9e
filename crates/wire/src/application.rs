//! What an officer sends to the authority about a person at the counter.

use crate::{
    ApplicationId, CardKind, CardRecord, CardState, Message, OfficerId, RecordStatus,
    RegisterEvent, ResidentCode, ResidentRecord,
};
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant, age_on};
use shirushi_profile::{CertificateKind, MunicipalityCode, RevocationReason};
use shirushi_rules::{
    AGE_FIFTEEN, Bilingual, CARD_HOLDER, CARD_VALID, FEE_PAID, Fact, Facts, IDENTITY_DOCUMENT,
    IN_PERSON, INDIVIDUAL_NUMBER_CARD, PROXY_REPLY, RECORD_ALIVE, REGISTERED_HERE,
    REVOCATION_REASON, Refusal,
};

/// The fee (手数料) for an issue that is not the first and not a renewal, in yen (Law 67).
pub const FEE_YEN: u32 = 200;

/// An application for certificates (発行申請, Law 3, 22) with the register's records in it, as it is judged. What the officer signs and sends
/// is an [`AttestedApplication`](crate::AttestedApplication).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The municipality whose counter took it.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// The officer who took it and signs it.
    pub officer: OfficerId,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub taken_at: Instant,
    /// First issue or renewal.
    pub purpose: Purpose,
    /// The certificates applied for.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<crate::shape::Kind>"))]
    pub kinds: Vec<CertificateKind>,
    /// The applicant (申請者) as the register recorded the person at that time.
    pub applicant: ResidentRecord,
    /// The card presented, as the card register knows it.
    pub card: CardRecord,
    /// How the applicant came.
    pub presence: Presence,
    /// The identity documents (本人確認書類) seen.
    pub documents: Vec<IdentityDocument>,
    /// The fee.
    pub fee: Fee,
}

/// The form of applications before the register signed its statements: counters have such ones on record, and no authority takes one any
/// more.
impl Message for Application {
    const CONTEXT: &'static str = "shirushi application 1";
}

impl Message for RevocationRequest {
    const CONTEXT: &'static str = "shirushi revocation 1";
}

impl Message for RegisterEvent {
    const CONTEXT: &'static str = "shirushi register event 1";
}

impl Application {
    /// Judges what the application itself states, on `today` (in Japan). The counter asks this before it sends, the authority
    /// again before it issues: neither relies on the other.
    ///
    /// # Errors
    /// The first [`Refusal`], in the order in which an officer would look: the register, the card in hand, the person, the fee.
    pub fn require_statements(&self, today: Date) -> Result<(), Refusal> {
        self.require_register()?;
        self.require_card(today)?;
        self.require_person(today)?;
        self.require_fee()
    }

    fn require_card(&self, today: Date) -> Result<(), Refusal> {
        let number = || ("card", self.card.number.to_string());
        INDIVIDUAL_NUMBER_CARD
            .require(self.card.kind == CardKind::IndividualNumberCard, [number()])?;
        CARD_HOLDER.require(self.card.holder == self.applicant.code, [number()])?;
        CARD_VALID.require(
            self.card.state == CardState::Valid && today <= self.card.valid_until,
            Facts::from([number()]).and("state", self.card.state_told()),
        )
    }

    /// That the applicant's record lives, and here.
    ///
    /// # Errors
    /// A [`Refusal`] by `counter/record-alive` or `counter/registered-here`.
    pub fn require_register(&self) -> Result<(), Refusal> {
        RECORD_ALIVE.require(
            self.applicant.status == RecordStatus::Alive,
            Facts::new().and(
                "status",
                match self.applicant.status {
                    RecordStatus::Alive => Bilingual::new("現存", "alive"),
                    RecordStatus::MovedOut => Bilingual::new("転出", "moved out"),
                    RecordStatus::Dead => Bilingual::new("死亡", "dead"),
                    RecordStatus::DeletedByOffice => {
                        Bilingual::new("職権消除", "deleted by office")
                    }
                },
            ),
        )?;
        REGISTERED_HERE.require(
            self.applicant.municipality == self.municipality,
            self.applicant
                .stranger_to(&self.municipality),
        )
    }

    fn require_person(&self, today: Date) -> Result<(), Refusal> {
        IN_PERSON.require(self.presence != Presence::Mail, [])?;
        if let Presence::Proxy { reply } = self.presence {
            PROXY_REPLY.require(reply, [])?;
        }
        IDENTITY_DOCUMENT.require(
            IdentityDocument::suffice(&self.documents),
            Facts::new().and(
                "shown",
                if self.documents.is_empty() {
                    Bilingual::new("なし", "none").into()
                } else {
                    self.documents
                        .iter()
                        .map(|d| d.name())
                        .collect::<Fact>()
                },
            ),
        )?;
        let age = age_on(self.applicant.birth_date, today);
        AGE_FIFTEEN.require(
            age >= 15
                || !self
                    .kinds
                    .contains(&CertificateKind::Signature),
            Facts::new().and("age", age),
        )
    }

    fn require_fee(&self) -> Result<(), Refusal> {
        let free = match self.fee.waiver {
            Some(Waiver::FirstWithCard) => true,
            Some(Waiver::Renewal) => self.purpose == Purpose::Renewal,
            None => false,
        };
        FEE_PAID.require(
            free || self.fee.paid_yen == FEE_YEN,
            Facts::new().and("fee", FEE_YEN),
        )
    }
}

/// First issue or renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// 新規発行
    New,
    /// 更新: the live certificates of the same kinds are revoked when the new ones are issued.
    Renewal,
}

/// How the applicant comes before the officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// 本人
    InPerson,
    /// 代理人, with or without the holder's reply to the inquiry (回答書).
    Proxy {
        /// Whether the reply was brought.
        reply: bool,
    },
    /// 郵送, which nobody may.
    Mail,
}

/// An identity document seen by the officer (Reg 5, 41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum IdentityDocument {
    /// 個人番号カード: suffices by itself.
    IndividualNumberCard,
    /// 旅券
    Passport,
    /// 運転免許証
    DrivingLicence,
    /// 在留カード
    ResidenceCard,
    /// 特別永住者証明書
    SpecialPermanentResidentCertificate,
    /// その他官公署発行の写真付き証明書
    OtherPhotoDocument,
    /// 照会書に対する回答書
    InquiryReply,
    /// 写真のない書類 (健康保険の資格確認書、年金手帳など)
    WithoutPhoto,
}

impl IdentityDocument {
    /// Whether the documents suffice: one with a photograph, or the reply to the inquiry with one other (Reg 5(1)).
    #[must_use]
    pub fn suffice(shown: &[Self]) -> bool {
        let photo = shown
            .iter()
            .any(|d| !matches!(d, Self::InquiryReply | Self::WithoutPhoto));
        photo || (shown.contains(&Self::InquiryReply) && shown.contains(&Self::WithoutPhoto))
    }

    fn name(self) -> Bilingual {
        match self {
            Self::IndividualNumberCard => {
                Bilingual::new("個人番号カード", "Individual Number Card")
            }
            Self::Passport => Bilingual::new("旅券", "passport"),
            Self::DrivingLicence => Bilingual::new("運転免許証", "driving licence"),
            Self::ResidenceCard => Bilingual::new("在留カード", "residence card"),
            Self::SpecialPermanentResidentCertificate => {
                Bilingual::new("特別永住者証明書", "special permanent resident certificate")
            }
            Self::OtherPhotoDocument => Bilingual::new("写真付き証明書", "photo document"),
            Self::InquiryReply => Bilingual::new("回答書", "reply to the inquiry"),
            Self::WithoutPhoto => Bilingual::new("写真のない書類", "document without photo"),
        }
    }
}

/// The fee, as taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// What was paid, in yen.
    pub paid_yen: u32,
    /// Why nothing need be paid.
    pub waiver: Option<Waiver>,
}

/// Why no fee is taken (municipal pages).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Waiver {
    /// The first issue together with the card.
    FirstWithCard,
    /// A renewal inside the renewal window.
    Renewal,
}

/// A holder's request, made at the counter, that certificates end (失効申請, Law 9, 28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// Its id.
    pub id: ApplicationId,
    /// The municipality whose counter took it.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// The officer who took it and signs it.
    pub officer: OfficerId,
    /// Whose certificates.
    pub resident: ResidentCode,
    /// Which of them.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<crate::shape::Kind>"))]
    pub kinds: Vec<CertificateKind>,
    /// Why.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Reason"))]
    pub reason: RevocationReason,
    /// When it was taken.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub taken_at: Instant,
}

impl RevocationRequest {
    /// That the reason is one that a holder gives (Law 9, 28). What the register or the authority itself finds has other ways.
    ///
    /// # Errors
    /// A [`Refusal`] by `authority/revocation-reason`.
    pub fn require_reason(&self) -> Result<(), Refusal> {
        let holders = matches!(
            self.reason,
            RevocationReason::CessationOfOperation | RevocationReason::KeyCompromise
        );
        REVOCATION_REASON.require(holders, [("reason", format!("{:?}", self.reason))])
    }
}
