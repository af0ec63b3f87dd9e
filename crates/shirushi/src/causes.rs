//! Why the status of a certificate is not known: what each address gave, and what the person who asked can do.

use crate::language::Language;
use serde_json::{Value, json};
use shirushi_client::{Asked, words};

/// What came of a source, with the advice on a line of its own; nothing where it was not asked.
pub(crate) fn source_told(name: &str, asked: &Asked, language: Language) -> Option<String> {
    let (told, advice) = words::source(asked, language.of_rules())?;
    Some(match advice {
        Some(advice) => format!("{name}: {told}\n    → {advice}"),
        None => format!("{name}: {told}"),
    })
}

/// The same for programs.
pub(crate) fn source_json(asked: &Asked) -> Value {
    match asked {
        Asked::Answered { url } => json!({ "asked": url, "answered": true }),
        Asked::Failed { url, why } => json!({
            "asked": url, "answered": false, "cause": why.why.cause().word(), "why": why.to_string(),
        }),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_clock::{Clock as _, SystemClock};
    use shirushi_path::{Missed, StatusProblem, StatusSource};
    use shirushi_profile::ocsp::OcspResponseStatus;
    use std::collections::BTreeSet;

    #[test]
    fn each_cause_has_words_of_its_own_and_an_advice_in_both_languages() {
        let uses = [
            StatusProblem::NotReached,
            StatusProblem::Intercepted { status: 302 },
            StatusProblem::HttpStatus { status: 503 },
            StatusProblem::TooLarge { most: 1 },
            StatusProblem::TryLater,
            StatusProblem::ResponderError {
                status: OcspResponseStatus::Unauthorized,
            },
            StatusProblem::NonceMissing,
            StatusProblem::NonceWrong,
            StatusProblem::Unreadable,
        ];
        let next_update = SystemClock.now();
        let problems = [
            StatusProblem::NoEvidence,
            StatusProblem::BadSignature,
            StatusProblem::Stale { next_update },
            StatusProblem::FromTheFuture {
                made_at: next_update,
            },
            StatusProblem::UnknownToResponder,
            StatusProblem::WrongIssuer,
        ];
        for language in [Language::Japanese, Language::English] {
            let told: BTreeSet<_> = uses
                .iter()
                .map(|why| {
                    let asked = Asked::Failed {
                        url: "http://127.0.0.1".to_owned(),
                        why: Missed::new(StatusSource::Ocsp, *why),
                    };
                    let told = source_told("OCSP", &asked, language).unwrap();
                    let (what, advice) = told.split_once("\n    → ").unwrap();
                    assert!(!advice.is_empty());
                    what.to_owned()
                })
                .collect();
            assert_eq!(told.len(), uses.len());
            let told: BTreeSet<_> = problems
                .iter()
                .map(|why| words::problem(*why, language.of_rules()))
                .collect();
            assert_eq!(told.len(), problems.len());
        }
    }
}
