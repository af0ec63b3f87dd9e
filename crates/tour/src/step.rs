//! One step of the story, as it is reported.

use serde::{Deserialize, Serialize};
use shirushi_rules::SourceClass;

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something must succeed.
    Accept,
    /// Something must be refused, by one rule.
    Refuse,
}

/// One step (DESIGN.md §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub step: String,
    /// Whether something must succeed or be refused.
    pub kind: Kind,
    /// The rule that must refuse.
    pub rule: Option<String>,
    /// Class of that rule's source.
    pub source: Option<SourceClass>,
    /// What must be seen.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Whether they agree.
    pub ok: bool,
    /// Receipt numbers, serials, reasons: what a reader can look up.
    pub evidence: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
}
