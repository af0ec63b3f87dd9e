//! What an officer fills in, as JSON.

use serde::{Deserialize, Deserializer, Serialize};
use shirushi_clock::Date;
use shirushi_crypto::{Secret, sha256};
use shirushi_profile::{CertificateKind, RevocationReason, Sex};
use shirushi_rules::{Bilingual, FORM_MATCHES_REGISTER, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_text::first_difference;
use shirushi_wire::{
    ApplicationId, CardNumber, Fee, IdentityDocument, Presence, Purpose, ResidentCode,
    ResidentRecord,
};

/// The application (発行申請書) as the officer fills it in at the counter (Law 3(2), 22(2)).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationRequest {
    /// Whose application: 住民票コード.
    pub resident_code: ResidentCode,
    /// The items that the applicant wrote.
    pub form: Form,
    /// The certificates applied for.
    pub kinds: Vec<CertificateKind>,
    /// First issue or renewal.
    pub purpose: Purpose,
    /// The number of the card presented.
    pub card_number: CardNumber,
    /// How the applicant came.
    pub presence: Presence,
    /// The identity documents seen.
    pub documents: Vec<IdentityDocument>,
    /// The fee.
    pub fee: Fee,
    /// An id of the caller's choice: the same request under the same id is one application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ApplicationId>,
}

/// The items that the applicant wrote (基本4情報), compared with the register character by character
/// ([`shirushi_text::is_same`]).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// 氏名
    pub name: String,
    /// 出生の年月日
    pub birth_date: Date,
    /// 男女の別
    pub sex: Sex,
    /// 住所
    pub address: String,
}

/// A holder's request that certificates end (失効申請書, Law 9, 28).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationForm {
    /// Whose certificates: 住民票コード.
    pub resident_code: ResidentCode,
    /// Which of them.
    pub kinds: Vec<CertificateKind>,
    /// Why.
    pub reason: RevocationReason,
    /// An id of the caller's choice: the same request under the same id is one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ApplicationId>,
}

/// A password or code in a request: taken over into a [`Secret`], so that it is wiped and never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretText(Secret);

impl ApplicationRequest {
    /// What is asked, whatever the id.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&Self {
            id: None,
            ..self.clone()
        })
    }
}

impl RevocationForm {
    /// What is asked, whatever the id.
    pub(crate) fn digest(&self) -> [u8; 32] {
        digest(&Self {
            id: None,
            ..self.clone()
        })
    }
}

impl Form {
    /// Law 3(3): the mayor confirms the form against the register, item by item.
    pub(crate) fn require_match(&self, record: &ResidentRecord) -> Result<(), Refusal> {
        let texts = |form: &str, recorded: &str| {
            let found = first_difference(form, recorded)?;
            let (ja, en) = found.told();
            Some(InBoth::new(ja, en))
        };

        for (item, difference) in [
            (
                Bilingual::new("氏名", "name"),
                texts(&self.name, &record.name),
            ),
            (
                Bilingual::new("生年月日", "date of birth"),
                (self.birth_date != record.birth_date).then(|| {
                    let day = self.birth_date;
                    InBoth::new(format!("申請書では{day}"), format!("the form has {day}"))
                }),
            ),
            (
                Bilingual::new("性別", "sex"),
                (self.sex != record.sex).then(|| match self.sex {
                    Sex::Male => InBoth::new("申請書では男", "the form has male"),
                    Sex::Female => InBoth::new("申請書では女", "the form has female"),
                    Sex::Unknown => InBoth::new("申請書では不明", "the form has unknown"),
                }),
            ),
            (
                Bilingual::new("住所", "address"),
                texts(&self.address, &record.address),
            ),
        ] {
            if let Some(difference) = difference {
                let facts = Facts::new()
                    .and("item", item)
                    .and("difference", difference);
                FORM_MATCHES_REGISTER.require(false, facts)?;
            }
        }
        Ok(())
    }
}

impl SecretText {
    /// The text as it was typed; JSON makes it UTF-8.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }

    pub(crate) fn as_secret(&self) -> &Secret {
        &self.0
    }

    pub(crate) fn into_secret(self) -> Secret {
        self.0
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Secret::from(text.as_bytes()))
    }
}

impl From<Secret> for SecretText {
    fn from(secret: Secret) -> Self {
        Self(secret)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(Secret::new(text.into_bytes())))
    }
}

/// At least one kind, and none twice.
pub(crate) fn require_kinds(kinds: &[CertificateKind]) -> Result<(), Refusal> {
    let fault = if kinds.is_empty() {
        Bilingual::new("一つも選ばれていません", "none is chosen")
    } else {
        Bilingual::new("同じ種類が二つあります", "the same kind stands twice")
    };
    let unique = kinds
        .iter()
        .enumerate()
        .all(|(place, kind)| !kinds[..place].contains(kind));
    WELL_FORMED.require(
        unique && !kinds.is_empty(),
        Facts::new()
            .and("where", "kinds")
            .and("fault", fault),
    )
}

/// Structs are written with their fields in the order of their definition, so equal requests have equal bytes.
fn digest(request: &impl Serialize) -> [u8; 32] {
    // Nothing in these forms can fail to be written: no map has keys that are no text.
    sha256(&serde_json::to_vec(request).unwrap_or_default())
}
