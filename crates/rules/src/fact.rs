//! The facts of a refusal: typed, and put into a text in one pass.

use crate::{Bilingual, Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One fact. What it is decides how it is told; what it *says* decides nothing: a name that looks like a placeholder, or like a text
/// in both languages, is told as the name it is.
///
/// On the wire (JSON) each kind has a shape of its own:
///
/// | kind | JSON |
/// |---|---|
/// | text | `"印　太郎"` |
/// | text in both languages | `{"ja": "旅券", "en": "passport"}` |
/// | number | `200` |
/// | date, or a moment in UTC | `{"date": "2026-06-30"}`, `{"date": "2026-06-30T00:00:00Z"}` |
/// | rule | `{"rule": "filing/not-expired"}` |
/// | list | `["a", {"ja": "旅券", "en": "passport"}]` |
///
/// Reports that were stored before facts had kinds have a string for each: such a fact is a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// A text in both languages.
    Both(InBoth),
    /// A day or a moment, as ISO 8601 writes it.
    Date {
        /// `2026-06-30` or `2026-06-30T00:00:00Z`.
        date: String,
    },
    /// Another rule.
    Rule {
        /// Its id.
        rule: String,
    },
    /// A number.
    Number(i64),
    /// A text, told as it is.
    Text(String),
    /// Several facts.
    List(Vec<Fact>),
}

impl Fact {
    /// A day or a moment, whose `Display` is that of ISO 8601.
    #[must_use]
    pub fn date(date: impl ToString) -> Self {
        Self::Date {
            date: date.to_string(),
        }
    }

    /// The fact for who reads `language`.
    #[must_use]
    pub fn told(&self, language: Language) -> String {
        match self {
            Self::Both(both) => both.text(language).to_owned(),
            Self::Date { date } => date_in(date, language),
            Self::Rule { rule } => rule.clone(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items
                .iter()
                .map(|item| item.told(language))
                .collect::<Vec<_>>()
                .join(match language {
                    Language::Japanese => "、",
                    Language::English => ", ",
                }),
        }
    }

    /// The text that the fact is; none of another kind.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The fact with each text in it changed, for a reader who must not be sent everything, or not so much.
    #[must_use]
    pub fn with_texts(self, change: &impl Fn(&str) -> String) -> Self {
        match self {
            Self::Both(both) => Self::Both(InBoth::new(change(&both.ja), change(&both.en))),
            Self::Date { date } => Self::Date {
                date: change(&date),
            },
            Self::Rule { rule } => Self::Rule {
                rule: change(&rule),
            },
            Self::Number(number) => Self::Number(number),
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(items) => Self::List(
                items
                    .into_iter()
                    .map(|item| item.with_texts(change))
                    .collect(),
            ),
        }
    }
}

/// A day as it is written in Japanese; a moment keeps the form of the standard, which says its zone.
fn date_in(date: &str, language: Language) -> String {
    let day = || {
        let mut parts = date.split('-').map(str::parse::<u16>);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) => {
                Some(format!("{year}年{month}月{day}日"))
            }
            _ => None,
        }
    };
    match language {
        Language::Japanese => day(),
        Language::English => None,
    }
    .unwrap_or_else(|| date.to_owned())
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Fact {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<InBoth> for Fact {
    fn from(both: InBoth) -> Self {
        Self::Both(both)
    }
}

impl From<Bilingual> for Fact {
    fn from(both: Bilingual) -> Self {
        Self::Both(both.into())
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i16> for Fact {
    fn from(number: i16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u8> for Fact {
    fn from(number: u8) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Fact {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Fact {
    fn from(number: usize) -> Self {
        // Sizes and counts: nothing that is counted here comes near the end of 63 bits.
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<F: Into<Fact>> FromIterator<F> for Fact {
    fn from_iter<I: IntoIterator<Item = F>>(items: I) -> Self {
        Self::List(
            items
                .into_iter()
                .map(Into::into)
                .collect(),
        )
    }
}

impl PartialEq<str> for Fact {
    fn eq(&self, other: &str) -> bool {
        self.text() == Some(other)
    }
}

impl PartialEq<&str> for Fact {
    fn eq(&self, other: &&str) -> bool {
        self.text() == Some(*other)
    }
}

impl PartialEq<String> for Fact {
    fn eq(&self, other: &String) -> bool {
        self.text() == Some(other)
    }
}

/// The facts of a refusal, by name. An array of names and strings are texts; others are added one by one with [`Facts::and`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<&'static str, Fact>);

impl Facts {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more.
    #[must_use]
    pub fn and(mut self, name: &'static str, fact: impl Into<Fact>) -> Self {
        self.0.insert(name, fact.into());
        self
    }

    /// The fact of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// The facts with their names, as a report has them.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, Fact> {
        self.0
            .iter()
            .map(|(name, fact)| ((*name).to_owned(), fact.clone()))
            .collect()
    }
}

impl<const N: usize> From<[(&'static str, String); N]> for Facts {
    fn from(texts: [(&'static str, String); N]) -> Self {
        Self(
            texts
                .into_iter()
                .map(|(name, text)| (name, Fact::Text(text)))
                .collect(),
        )
    }
}

/// A text with its facts put in, for who reads `language`. One pass: what a fact says is never looked at for the names of others. A name
/// of which there is no fact stays as it stands.
#[must_use]
pub fn fill<'f>(text: &str, fact: impl Fn(&str) -> Option<&'f Fact>, language: Language) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after
            .split_once('}')
            .and_then(|(name, behind)| Some((fact(name)?, behind)));
        rest = match known {
            Some((fact, behind)) => {
                filled.push_str(&fact.told(language));
                behind
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// A text in both languages, on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InBoth {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl InBoth {
    /// The text in both languages.
    #[must_use]
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The text in `language`.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Japanese => &self.ja,
            Language::English => &self.en,
        }
    }
}

impl From<Bilingual> for InBoth {
    fn from(text: Bilingual) -> Self {
        Self::new(text.ja, text.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SIGNER_IS_APPLICANT;
    use Language::{English, Japanese};

    #[test]
    fn what_a_name_looks_like_changes_no_sentence() {
        for name in [
            "{signer}",
            "{applicant}",
            "甲 / Hanako",
            "甲 / A, 乙 / B",
            "{",
            "}{signer",
            "{{signer}}",
        ] {
            let refusal = SIGNER_IS_APPLICANT.refusal([
                ("applicant", name.to_owned()),
                ("signer", "印　花子".to_owned()),
                ("difference", "{applicant}".to_owned()),
            ]);
            assert_eq!(
                refusal.reason(English),
                format!(
                    "The applicant ({name}) and the signer (印　花子) differ (the first difference: {{applicant}})."
                )
            );
            assert_eq!(
                refusal.reason(Japanese),
                format!(
                    "申請者（{name}）と署名者（印　花子）が違います（最初の違い: {{applicant}}）。"
                )
            );
        }
    }

    #[test]
    fn each_kind_is_told_in_the_language_that_is_read_and_has_its_shape() {
        let passport = || InBoth::new("旅券", "passport");
        for (fact, ja, en, json) in [
            (
                Fact::from("{name} / x"),
                "{name} / x",
                "{name} / x",
                r#""{name} / x""#,
            ),
            (
                passport().into(),
                "旅券",
                "passport",
                r#"{"ja":"旅券","en":"passport"}"#,
            ),
            (200_u32.into(), "200", "200", "200"),
            (
                Fact::date("2026-06-30"),
                "2026年6月30日",
                "2026-06-30",
                r#"{"date":"2026-06-30"}"#,
            ),
            (
                Fact::date("2026-06-30T00:00:00Z"),
                "2026-06-30T00:00:00Z",
                "2026-06-30T00:00:00Z",
                r#"{"date":"2026-06-30T00:00:00Z"}"#,
            ),
            (
                Fact::Rule {
                    rule: SIGNER_IS_APPLICANT.id.to_owned(),
                },
                "filing/signer-is-applicant",
                "filing/signer-is-applicant",
                r#"{"rule":"filing/signer-is-applicant"}"#,
            ),
            (
                Fact::List(vec![passport().into(), "a, b".into()]),
                "旅券、a, b",
                "passport, a, b",
                r#"[{"ja":"旅券","en":"passport"},"a, b"]"#,
            ),
        ] {
            assert_eq!(fact.told(Japanese), ja);
            assert_eq!(fact.told(English), en);
            assert_eq!(serde_json::to_string(&fact).unwrap(), json);
            assert_eq!(serde_json::from_str::<Fact>(json).unwrap(), fact);
        }
    }

    #[test]
    fn a_report_stored_before_facts_had_kinds_is_still_read() {
        let stored = r#"{"rule":"filing/signer-is-applicant","source":"law","citation":"Law 3",
            "reason":{"ja":"違います。","en":"They differ."},"remedy":{"ja":"直してください。","en":"Mend it."},
            "facts":{"applicant":"甲 / Hanako","tries":"4"}}"#;
        let report: crate::RefusalReport = serde_json::from_str(stored).unwrap();
        assert_eq!(report.facts["applicant"].told(Japanese), "甲 / Hanako");
        assert_eq!(report.facts["tries"], "4");
        assert_eq!(report.reason.en, "They differ.");
    }

    #[test]
    fn a_text_is_filled_once_and_what_is_unknown_stays() {
        let facts = Facts::new()
            .and("a", "{b}")
            .and("b", "{a}");
        let filled = |text| fill(text, |name| facts.get(name), English);
        assert_eq!(filled("{a}-{b}-{c}-{-{a"), "{b}-{a}-{c}-{-{a");
        assert_eq!(filled("{{a}}"), "{{b}}");
    }
}
