//! A refusal: which rule, with which facts; and its form on the wire.

use crate::{Fact, Facts, InBoth, Language, Rule, SourceClass, fill};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something was refused by a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    rule: &'static Rule,
    facts: Facts,
}

impl Refusal {
    pub(crate) fn new(rule: &'static Rule, facts: Facts) -> Self {
        Self { rule, facts }
    }

    /// The rule that refused.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// What was refused and why, for a person.
    #[must_use]
    pub fn reason(&self, language: Language) -> String {
        self.fill(self.rule.reason.text(language), language)
    }

    /// What the person can do.
    #[must_use]
    pub fn remedy(&self, language: Language) -> String {
        self.fill(self.rule.remedy.text(language), language)
    }

    /// The refusal as it is answered over HTTP and kept as evidence.
    #[must_use]
    pub fn report(&self) -> RefusalReport {
        let both = |say: &dyn Fn(Language) -> String| {
            InBoth::new(say(Language::Japanese), say(Language::English))
        };
        RefusalReport {
            rule: self.rule.id.to_owned(),
            source: self.rule.source,
            citation: self.rule.citation.to_owned(),
            reason: both(&|l| self.reason(l)),
            remedy: both(&|l| self.remedy(l)),
            facts: self.facts.named(),
        }
    }

    fn fill(&self, text: &str, language: Language) -> String {
        fill(text, |name| self.facts.get(name), language)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.reason(Language::English), self.rule.id)
    }
}

impl std::error::Error for Refusal {}

/// A [`Refusal`] on the wire (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalReport {
    /// The rule's id.
    pub rule: String,
    /// Class of the rule's source.
    pub source: SourceClass,
    /// The source.
    pub citation: String,
    /// What was refused and why.
    pub reason: InBoth,
    /// What to do.
    pub remedy: InBoth,
    /// The facts, by name, each in the shape of its kind.
    pub facts: BTreeMap<String, Fact>,
}
