//! What a form asks, in the words of its own labels. They go along with the form of who is logged in, in both languages, so that
//! what is held ([`Visit::held_post`]) is shown by the words that it was filled in under, and by no second list of them.

use super::Visit;
use crate::ui::{Choice, Label};
use serde::{Deserialize, Serialize};
use shirushi_rules::InBoth;
use std::sync::PoisonError;

/// The field that bears them, as JSON.
pub(crate) const WORDS: &str = "form-words";

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) label: InBoth,
    /// What there is to choose from, by what is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<(String, InBoth)>,
}

impl Asked {
    /// What a value of this field says.
    pub(crate) fn said<'a>(&'a self, visit: &'a Visit, value: &'a str) -> &'a str {
        let chosen = self
            .choices
            .iter()
            .find(|(sent, _)| sent == value);
        chosen.map_or(value, |(_, label)| visit.both(label))
    }
}

impl Visit {
    /// Notes what a field of this page asks. Of a page that nobody is logged in to, nothing is held.
    pub(crate) fn asks(&self, name: &str, label: Label<'_>, choices: &[Choice<'_>]) {
        if self.who_mark().is_none() {
            return;
        }
        let both = |label: Label<'_>| InBoth {
            ja: label.ja.to_owned(),
            en: label.en.to_owned(),
        };
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Asked {
                name: name.to_owned(),
                label: both(label),
                choices: choices
                    .iter()
                    .map(|choice| (choice.value.to_owned(), both(choice.label)))
                    .collect(),
            });
    }

    /// What the fields of a form ask, which `content` is the inside of, as the value of [`WORDS`].
    pub(crate) fn asked_in(&self, content: &str) -> Option<String> {
        let mut asked = std::mem::take(
            &mut *self
                .asked
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        // The page may have others, of forms that only look something up.
        asked.retain(|asked| content.contains(&format!("name=\"{}\"", asked.name)));
        (!asked.is_empty())
            .then(|| serde_json::to_string(&asked).ok())
            .flatten()
    }
}
