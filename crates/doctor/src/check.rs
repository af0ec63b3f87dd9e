//! A check, what was found by it, and all that was found.

use serde::Serialize;
use shirushi_rules::{Bilingual, Fact, InBoth, Language, fill};

/// One thing that must hold for the card to be of use.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable id, `place/what`.
    pub id: &'static str,
    /// What must hold.
    pub what: Bilingual,
    /// What to do when it does not: an act, and where there is one the command in backticks. `{name}` stands for what was found.
    pub fix: Bilingual,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Ok,
    /// It holds today, or for some uses only.
    Warning,
    /// It does not hold.
    Fault,
    /// Something kept the doctor from looking.
    NotLookedAt,
    /// There is nothing to look at here, for a reason that is no fault by itself.
    NotConcerned,
}

/// What was found by one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen, or why it was not looked at.
    pub seen: InBoth,
    /// What to do; none where nothing is wrong.
    pub fix: Option<InBoth>,
}

/// Everything that was found: one finding for each of [`CHECKS`](crate::CHECKS), in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What the check with this id found.
    #[must_use]
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.check.id == id)
    }

    /// The findings that came out so.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.outcome == outcome)
    }

    /// The worst of all: a fault, or else something that could not be looked at, or else nothing.
    #[must_use]
    pub fn worst(&self) -> Option<Outcome> {
        [Outcome::Fault, Outcome::NotLookedAt]
            .into_iter()
            .find(|outcome| self.with(*outcome).next().is_some())
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            check: &'static str,
            outcome: Outcome,
            what: InBoth,
            seen: &'a InBoth,
            fix: &'a Option<InBoth>,
        }
        Shown {
            check: self.check.id,
            outcome: self.outcome,
            what: in_both(self.check.what, &[]),
            seen: &self.seen,
            fix: &self.fix,
        }
        .serialize(serializer)
    }
}

/// A text in both languages with its facts put in; a fact in both languages is told in each.
pub(crate) fn in_both(text: Bilingual, facts: &[(&str, Fact)]) -> InBoth {
    let fact = |name: &str| {
        let found = facts
            .iter()
            .find(|(known, _)| *known == name);
        found.map(|(_, fact)| fact)
    };
    let told = |language: Language| fill(text.text(language), fact, language);
    InBoth {
        ja: told(Language::Japanese),
        en: told(Language::English),
    }
}
