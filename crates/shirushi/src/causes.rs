//! Why the status of a certificate is not known: what each address gave, and what the person who asked can do.

use crate::language::Language;
use serde_json::{Value, json};
use shirushi_client::Asked;
use shirushi_path::{Cause, Reader, StatusProblem};

/// What came of a source, with the advice on a line of its own; nothing where it was not asked.
pub(crate) fn source_told(name: &str, asked: &Asked, language: Language) -> Option<String> {
    let told = match (asked, language) {
        (Asked::Answered { url }, Language::Japanese) => format!("{url} から回答がありました"),
        (Asked::Answered { url }, Language::English) => format!("{url} answered"),
        (Asked::NoAddress, _) => language
            .pick(
                "証明書にアドレスがありません",
                "the certificate names no address",
            )
            .to_owned(),
        (Asked::Failed { url, why }, _) => {
            let told = why.told();
            let advice = why.why.cause().advice(Reader::Verifier);
            format!(
                "{url}: {}\n    → {}",
                language.of_both(&told),
                advice.text(language.of_rules())
            )
        }
        _ => return None,
    };
    Some(format!("{name}: {told}"))
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

/// What is said of a status that is not known, and what to do.
pub(crate) fn problem_told(why: StatusProblem, language: Language) -> String {
    let advice = why.cause().advice(Reader::Verifier);
    let advice = advice.text(language.of_rules());
    match (why.cause(), language) {
        // Each source tells below what came of it, with its own advice.
        (
            Cause::NoEvidence
            | Cause::NotReached
            | Cause::HttpStatus
            | Cause::Intercepted
            | Cause::TooLarge
            | Cause::Unreadable
            | Cause::ResponderError
            | Cause::TryLater
            | Cause::NonceWrong
            | Cause::NonceMissing,
            _,
        ) => language
            .pick(
                "使える回答がありませんでした。",
                "Nothing that can be used was answered.",
            )
            .to_owned(),
        (Cause::WrongSigner, Language::Japanese) => format!(
            "回答に署名したのは、この認証局でも、認証局から任された者でもありません（{}）。{advice}",
            why.in_japanese()
        ),
        (Cause::WrongSigner, Language::English) => format!(
            "The answer is signed neither by the authority nor by anyone in its charge ({why}). {advice}"
        ),
        (_, Language::Japanese) => {
            format!(
                "回答から状態が分かりません（{}）。{advice}",
                why.in_japanese()
            )
        }
        (_, Language::English) => format!("The answer does not tell ({why}). {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_clock::{Clock as _, SystemClock};
    use shirushi_path::{Missed, StatusSource};
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
                .map(|why| problem_told(*why, language))
                .collect();
            assert_eq!(told.len(), problems.len());
        }
    }
}
