//! An application as it leaves the counter: with the register's own statements about person and card inside, each under the register's
//! signature. What can be judged from these words alone is judged here, so that counter and authority ask the same questions.

use crate::{
    Application, ApplicationId, Asked, CardStatement, Fee, IdentityDocument, Message, OfficerId,
    Presence, Purpose, ResidentStatement, RevocationRequest, Signed, Why,
};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use shirushi_profile::{CertificateKind, MunicipalityCode};
use shirushi_rules::{
    Bilingual, Fact, Facts, Refusal, STATEMENT_FOR_THIS, STATEMENT_FRESH, STATEMENT_SIGNED,
    TAKEN_RECENTLY,
};

/// How long the register's statement is good for taking an application, in seconds: half an hour, the visit of one person.
pub const STATEMENT_SECONDS: i64 = 30 * 60;

/// How old an officer's message may be when the authority gets it, in seconds: a day, so that what was taken while the authority was
/// away is not lost.
pub const MESSAGE_SECONDS: i64 = 24 * 60 * 60;

/// How far two parties' clocks may differ, in seconds.
pub const CLOCK_SECONDS: i64 = 5 * 60;

/// The register signs with ECDSA on P-256.
const REGISTERS_ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

/// An application for certificates (発行申請, Law 3, 22) with the register's signed statements: what the officer signs and sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttestedApplication {
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
    /// The register's word about the applicant (申請者).
    pub applicant: Signed<ResidentStatement>,
    /// The register's word about the card presented.
    pub card: Signed<CardStatement>,
    /// How the applicant came.
    pub presence: Presence,
    /// The identity documents (本人確認書類) seen.
    pub documents: Vec<IdentityDocument>,
    /// The fee.
    pub fee: Fee,
}

impl Message for AttestedApplication {
    const CONTEXT: &'static str = "shirushi application 2";
}

impl AttestedApplication {
    /// The application with the register's records in the place of its statements, if the register (whose key is `register`) signed both
    /// of them, to this officer, for this application, not long before it was taken. The records count as of the older of the two.
    ///
    /// # Errors
    /// A [`Refusal`] by `authority/statement-signed`, `authority/statement-for-this` or `authority/statement-fresh`.
    pub fn attested(&self, register: &PublicKey) -> Result<Application, Refusal> {
        let resident = signed_by(register, &self.applicant, RESIDENT)?;
        let card = signed_by(register, &self.card, CARD)?;
        self.require_for_this(&resident.asked, RESIDENT)?;
        self.require_for_this(&card.asked, CARD)?;
        self.require_fresh(resident.stated_at, RESIDENT)?;
        self.require_fresh(card.stated_at, CARD)?;
        Ok(self.with(resident, card))
    }

    /// The application as it reads, whoever wrote the statements in it: for showing it, never for judging.
    ///
    /// # Errors
    /// A [`Refusal`] by `authority/statement-signed` when a statement cannot be read at all.
    pub fn as_it_reads(&self) -> Result<Application, Refusal> {
        let resident = self
            .applicant
            .unverified()
            .map_err(|_| unsigned(RESIDENT))?;
        let card = self
            .card
            .unverified()
            .map_err(|_| unsigned(CARD))?;
        Ok(self.with(resident, card))
    }

    fn with(&self, resident: ResidentStatement, card: CardStatement) -> Application {
        let mut applicant = resident.resident;
        // What happened between the two statements is news to the older one.
        applicant.sequence = applicant.sequence.min(card.sequence);
        Application {
            id: self.id,
            municipality: self.municipality,
            officer: self.officer.clone(),
            taken_at: self.taken_at,
            purpose: self.purpose,
            kinds: self.kinds.clone(),
            applicant,
            card: card.card,
            presence: self.presence,
            documents: self.documents.clone(),
            fee: self.fee,
        }
    }

    fn require_for_this(&self, asked: &Asked, what: Bilingual) -> Result<(), Refusal> {
        let for_this = asked.why == Why::Application { id: self.id }
            && asked.officer == self.officer
            && asked.municipality == self.municipality;
        STATEMENT_FOR_THIS.require(
            for_this,
            Facts::new()
                .and("what", what)
                .and("application", self.id.to_string()),
        )
    }

    fn require_fresh(&self, stated_at: Instant, what: Bilingual) -> Result<(), Refusal> {
        let age = self
            .taken_at
            .unix()
            .saturating_sub(stated_at.unix());
        STATEMENT_FRESH.require(
            (-CLOCK_SECONDS..=STATEMENT_SECONDS).contains(&age),
            Facts::new()
                .and("what", what)
                .and("stated", Fact::date(stated_at))
                .and("taken", Fact::date(self.taken_at)),
        )
    }
}

impl Application {
    /// That it was taken not long before `now` and not after it.
    ///
    /// # Errors
    /// A [`Refusal`] by `authority/taken-recently`.
    pub fn require_recent(&self, now: Instant) -> Result<(), Refusal> {
        require_recent(self.taken_at, now)
    }
}

impl RevocationRequest {
    /// That it was taken not long before `now` and not after it.
    ///
    /// # Errors
    /// A [`Refusal`] by `authority/taken-recently`.
    pub fn require_recent(&self, now: Instant) -> Result<(), Refusal> {
        require_recent(self.taken_at, now)
    }
}

fn require_recent(taken_at: Instant, now: Instant) -> Result<(), Refusal> {
    let age = now
        .unix()
        .saturating_sub(taken_at.unix());
    TAKEN_RECENTLY.require(
        (-CLOCK_SECONDS..=MESSAGE_SECONDS).contains(&age),
        Facts::new()
            .and("taken", Fact::date(taken_at))
            .and("now", Fact::date(now)),
    )
}

const RESIDENT: Bilingual = Bilingual::new("住民票の記載", "resident record");
const CARD: Bilingual = Bilingual::new("カードの記録", "card record");

fn signed_by<T: Message>(
    register: &PublicKey,
    statement: &Signed<T>,
    what: Bilingual,
) -> Result<T, Refusal> {
    match statement.verified(register, REGISTERS_ALGORITHM) {
        Ok(statement) => Ok(statement),
        Err(_) => {
            STATEMENT_SIGNED.require(false, Facts::new().and("what", what))?;
            statement
                .unverified()
                .map_err(|_| unsigned(what))
        }
    }
}

fn unsigned(what: Bilingual) -> Refusal {
    STATEMENT_SIGNED.refusal(Facts::new().and("what", what))
}
