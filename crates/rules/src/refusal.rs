//! A refusal: which rule, with which facts; and its form on the wire.

use crate::{Language, Rule, SourceClass};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something was refused by a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    rule: &'static Rule,
    facts: BTreeMap<&'static str, String>,
}

impl Refusal {
    pub(crate) fn new(rule: &'static Rule, facts: BTreeMap<&'static str, String>) -> Self {
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
        let both = |say: &dyn Fn(Language) -> String| InBoth {
            ja: say(Language::Japanese),
            en: say(Language::English),
        };
        RefusalReport {
            rule: self.rule.id.to_owned(),
            source: self.rule.source,
            citation: self.rule.citation.to_owned(),
            reason: both(&|l| self.reason(l)),
            remedy: both(&|l| self.remedy(l)),
            facts: self
                .facts
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.clone()))
                .collect(),
        }
    }

    fn fill(&self, text: &str, language: Language) -> String {
        self.facts
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), &told_in(value, language))
            })
    }
}

/// A fact that is a text in both languages, `旅券 / passport`, or a list of such, in one of them; any other as it is.
#[must_use]
pub fn told_in(fact: &str, language: Language) -> String {
    let half = |item: &str| {
        let (ja, en) = item.split_once(BETWEEN)?;
        // A slash between numbers or English words is no change of language.
        (!ja.is_ascii() && !en.contains(BETWEEN)).then(|| {
            match language {
                Language::Japanese => ja,
                Language::English => en,
            }
            .to_owned()
        })
    };
    let list = || {
        fact.split(", ")
            .map(half)
            .collect::<Option<Vec<_>>>()
    };
    half(fact)
        .or_else(|| {
            list().map(|items| {
                items.join(match language {
                    Language::Japanese => "、",
                    Language::English => ", ",
                })
            })
        })
        .unwrap_or_else(|| fact.to_owned())
}

/// Stands between the two languages of a fact.
const BETWEEN: &str = " / ";

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.reason(Language::English), self.rule.id)
    }
}

impl std::error::Error for Refusal {}

/// A text in both languages, on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InBoth {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

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
    /// The facts, by name.
    pub facts: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_in_both_languages_is_told_in_the_one_that_is_read() {
        for (fact, ja, en) in [
            ("なし / none", "なし", "none"),
            (
                "旅券 / passport, 回答書 / reply",
                "旅券、回答書",
                "passport, reply",
            ),
            (
                "数字4桁 / 4 digits, no letters",
                "数字4桁",
                "4 digits, no letters",
            ),
            ("9 / 10", "9 / 10", "9 / 10"),
            ("a / b, c", "a / b, c", "a / b, c"),
            ("印　太郎", "印　太郎", "印　太郎"),
        ] {
            assert_eq!(told_in(fact, Language::Japanese), ja);
            assert_eq!(told_in(fact, Language::English), en);
        }
    }
}
