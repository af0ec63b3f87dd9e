//! What a rule is.

use crate::{Facts, Refusal};
use serde::{Deserialize, Serialize};

/// A language that people are answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// 日本語
    #[serde(rename = "ja")]
    Japanese,
    /// English
    #[serde(rename = "en")]
    English,
}

/// One text in both languages; `{name}` stands for a fact of the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bilingual {
    /// Japanese.
    pub ja: &'static str,
    /// English.
    pub en: &'static str,
}

impl Bilingual {
    /// The text in both languages.
    #[must_use]
    pub const fn new(ja: &'static str, en: &'static str) -> Self {
        Self { ja, en }
    }

    /// The text in `language`.
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        match language {
            Language::Japanese => self.ja,
            Language::English => self.en,
        }
    }
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceClass {
    /// 法律: the act itself.
    Law,
    /// 政令・省令: an order or regulation under it.
    Regulation,
    /// 自治体の運用: what municipalities do, without a text of law.
    MunicipalPractice,
    /// A technical standard (RFC, ISO 7816) or the card's own behaviour.
    Standard,
    /// Our own choice.
    OwnChoice,
}

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id, `room/what-must-hold`.
    pub id: &'static str,
    /// Class of the source.
    pub source: SourceClass,
    /// The source itself.
    pub citation: &'static str,
    /// What was refused and why.
    pub reason: Bilingual,
    /// What the person can do about it.
    pub remedy: Bilingual,
}

impl Rule {
    /// Whether the rule is enforced: always, except that a test build (feature `switches`) can switch single rules off to
    /// see that something else notices.
    #[must_use]
    pub fn is_on(&self) -> bool {
        #[cfg(feature = "switches")]
        {
            !switches::is_off(self.id)
        }
        #[cfg(not(feature = "switches"))]
        true
    }

    /// Passes when the condition `holds`.
    ///
    /// # Errors
    /// A [`Refusal`] by this rule, carrying `facts`, when it does not.
    pub fn require(&'static self, holds: bool, facts: impl Into<Facts>) -> Result<(), Refusal> {
        if holds || !self.is_on() {
            return Ok(());
        }
        Err(self.refusal(facts))
    }

    /// The refusal itself, for a caller that has found the condition broken.
    #[must_use]
    pub fn refusal(&'static self, facts: impl Into<Facts>) -> Refusal {
        Refusal::new(self, facts.into())
    }
}

#[cfg(feature = "switches")]
pub use switches::{switch_off, switch_on_all};

#[cfg(feature = "switches")]
mod switches {
    use std::sync::RwLock;

    static OFF: RwLock<Vec<String>> = RwLock::new(Vec::new());

    /// Stops enforcing the rule with this id in the whole process (test builds only).
    pub fn switch_off(id: &str) {
        if let Ok(mut off) = OFF.write() {
            off.push(id.to_owned());
        }
    }

    /// Enforces every rule again (test builds only).
    pub fn switch_on_all() {
        if let Ok(mut off) = OFF.write() {
            off.clear();
        }
    }

    pub(super) fn is_off(id: &str) -> bool {
        OFF.read()
            .is_ok_and(|off| off.iter().any(|o| o == id))
    }
}
