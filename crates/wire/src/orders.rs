//! What operators order, and what they are told: residents and cards of the register, officers of the authority.

use crate::{
    CardKind, CardNumber, LookUpId, LookedUp, OfficerId, RegisterEvent, ResidentCode, Why,
};
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_profile::MunicipalityCode;

/// Residents to be recorded, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// A table of residents, with its heading.
    pub csv: String,
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct ImportReport {
    /// Residents recorded.
    pub imported: usize,
}

/// A change that is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct Recorded {
    /// Its event.
    #[serde(flatten)]
    pub event: RegisterEvent,
    /// Whether the authority has heard of it; if not, it waits and is delivered as soon as it can be.
    pub delivered: bool,
}

/// A card that is to be entered into the card register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardOrder {
    /// The card's number.
    pub number: CardNumber,
    /// Its kind.
    pub kind: CardKind,
    /// Whose it is.
    pub holder: ResidentCode,
    /// The day it was made.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Date"))]
    pub made_on: Date,
}

/// Whose look-ups are asked for; everybody's where nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Whom {
    /// The resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentCode>,
}

/// One look-up as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct LookUpRecord {
    /// Its id.
    pub id: LookUpId,
    /// Who asked.
    pub officer: OfficerId,
    /// Whose officer that is.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// What was asked for.
    pub asked: LookedUp,
    /// What for.
    pub why: Why,
    /// Whom the answer names.
    pub residents: Vec<ResidentCode>,
    /// Whether it was answered; otherwise it was refused.
    pub answered: bool,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub at: Instant,
}

/// An operator reads a resident's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Whose.
    pub resident: ResidentCode,
    /// What for, in the reader's words.
    pub reason: String,
}

/// One reading as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
pub struct ReadingRecord {
    /// Who read: the name of the service that the operator came as.
    pub reader: String,
    /// About whom.
    pub resident: ResidentCode,
    /// What for, in the reader's words.
    pub reason: String,
    /// Whether there is such a resident, whose record was answered.
    pub found: bool,
    /// When.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub at: Instant,
}

/// A code is to be made, with which an officer of this municipality enrols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeOrder {
    /// Whose officer.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
}

/// The code, good once. A secret, which is told here and nowhere else: it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrolmentCode {
    /// The code.
    pub code: String,
}

/// An officer serves no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// Who.
    pub officer: OfficerId,
}

/// An officer who is retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Who.
    pub retired: OfficerId,
}
