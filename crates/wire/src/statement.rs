//! What an officer asks of the register (照会), and what the register states under its own signature. A counter carries these statements
//! in an application; it cannot make or change one.

use crate::{
    ApplicationId, CardNumber, CardRecord, LookUpId, Message, OfficerId, ResidentCode,
    ResidentRecord, Signed,
};
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_profile::MunicipalityCode;

/// A look-up in the register, under the key of the officer who asks. The register writes down who asked about whom and why before it
/// answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// Its id; the register answers each once.
    pub id: LookUpId,
    /// The officer who asks and signs.
    pub officer: OfficerId,
    /// Whose officer that is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// What is looked up.
    pub what: LookedUp,
    /// What for.
    pub why: Why,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub at: Instant,
}

impl Message for LookUp {
    const CONTEXT: &'static str = "shirushi look-up 1";
}

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum LookedUp {
    /// A resident by code.
    Resident {
        /// 住民票コード
        code: ResidentCode,
    },
    /// A card by number.
    Card {
        /// The card's number.
        number: CardNumber,
    },
    /// The residents of the officer's municipality whose name or reading begins so, and who were born on that day where one is given.
    Named {
        /// The beginning of the name.
        name: String,
        /// The day of birth.
        #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Date>"))]
        birth: Option<Date>,
    },
}

/// What an officer looks something up for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Why {
    /// An application for certificates (発行申請).
    Application {
        /// Under this id.
        id: ApplicationId,
    },
    /// A request that certificates end (失効申請).
    Revocation {
        /// Under this id.
        id: ApplicationId,
    },
    /// Finding the person who stands at the counter.
    Enquiry {
        /// Why a person of another municipality is looked up; not asked for at home.
        reason: Option<String>,
    },
}

/// The longest reason of an enquiry, in characters.
pub const LONGEST_REASON: usize = 200;

impl Why {
    /// The reason that was stated: neither blank nor longer than [`LONGEST_REASON`].
    #[must_use]
    pub fn stated_reason(&self) -> Option<&str> {
        match self {
            Self::Enquiry {
                reason: Some(reason),
            } => Some(reason.trim())
                .filter(|reason| !reason.is_empty() && reason.chars().count() <= LONGEST_REASON),
            _ => None,
        }
    }
}

/// To whom and for what the register states something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// By which look-up.
    pub look_up: LookUpId,
    /// The officer who asked.
    pub officer: OfficerId,
    /// Whose officer that is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// What for.
    pub why: Why,
}

/// The register's word about a resident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResidentStatement {
    /// The record, with the register's newest event at that moment.
    pub resident: ResidentRecord,
    /// To whom and for what.
    pub asked: Asked,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub stated_at: Instant,
}

impl Message for ResidentStatement {
    const CONTEXT: &'static str = "shirushi register resident 1";
}

/// The register's word about a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardStatement {
    /// The card as the card register knows it.
    pub card: CardRecord,
    /// The register's newest event at that moment.
    pub sequence: i64,
    /// To whom and for what.
    pub asked: Asked,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub stated_at: Instant,
}

impl Message for CardStatement {
    const CONTEXT: &'static str = "shirushi register card 1";
}

/// What the register answers to a [`LookUp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "found", content = "stated", rename_all = "kebab-case")]
pub enum LookUpAnswer {
    /// The resident.
    Resident(Signed<ResidentStatement>),
    /// The card.
    Card(Signed<CardStatement>),
    /// Those whose names begin so; none, when nobody's does.
    Residents(Vec<ResidentRecord>),
    /// There is no such resident or card.
    Nothing,
}

/// An officer as the authority knows them: what the register verifies a look-up with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownOfficer {
    /// The name.
    pub officer: OfficerId,
    /// Whose officer.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// The public key (SubjectPublicKeyInfo, P-256), hexadecimal.
    pub public_key: String,
    /// When the key was enrolled.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub enrolled_at: Instant,
    /// Since when they serve no more.
    #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Instant>"))]
    pub retired_at: Option<Instant>,
}
