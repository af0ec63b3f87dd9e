//! Why the status of a certificate is not known: what each address gave, and what the person who asked can do.

use crate::language::Language;
use serde_json::{Value, json};
use shirushi_client::{Asked, NoAnswer, NoUse};
use shirushi_path::StatusProblem;

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
            let (what, advice) = no_use(why, language);
            format!("{url}: {what}\n    → {advice}")
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
            "asked": url, "answered": false, "cause": word(why), "why": why.to_string(),
        }),
        _ => Value::Null,
    }
}

/// What is said of a status that is not known, and what to do.
pub(crate) fn problem_told(why: StatusProblem, language: Language) -> String {
    match (why, language) {
        (StatusProblem::NoEvidence, _) => language
            .pick(
                "使える回答がありませんでした。",
                "Nothing that can be used was answered.",
            )
            .to_owned(),
        (
            StatusProblem::BadSignature
            | StatusProblem::ResponderNotAuthorised
            | StatusProblem::CrlSignNotAllowed,
            Language::Japanese,
        ) => format!(
            "回答に署名したのは、この認証局でも、認証局から任された者でもありません（{why}）。途中で別の者が答えているおそれがあります。別のネットワークでもう一度実行し、続くときは認証局に知らせてください。"
        ),
        (
            StatusProblem::BadSignature
            | StatusProblem::ResponderNotAuthorised
            | StatusProblem::CrlSignNotAllowed,
            Language::English,
        ) => format!(
            "The answer is signed neither by the authority nor by anyone in its charge ({why}). Somebody in between may be answering: run this again on another network, and tell the authority if it goes on."
        ),
        (StatusProblem::Stale { next_update }, Language::Japanese) => format!(
            "回答は {next_update} までのもので、古くなっています。この機械の時計が合っているか確かめ、合っていれば、認証局が新しいものを出すまで待って、もう一度実行してください。"
        ),
        (StatusProblem::Stale { next_update }, Language::English) => format!(
            "The answer held until {next_update} and is stale. See whether this machine's clock is right; if so, run this again when the authority has made a newer one."
        ),
        (StatusProblem::UnknownToResponder, _) => language
            .pick(
                "認証局の回答サーバーは、この電子証明書を知りません。発行した市区町村の窓口で確かめてください。",
                "The authority's responder does not know this certificate. Ask at the municipality's counter where it was issued.",
            )
            .to_owned(),
        (why, Language::Japanese) => {
            format!("回答から状態が分かりません（{why}）。時間をおいて、もう一度実行してください。")
        }
        (why, Language::English) => {
            format!("The answer does not tell ({why}). Run this again later.")
        }
    }
}

/// The word for a problem.
pub(crate) fn problem_word(why: StatusProblem) -> &'static str {
    match why {
        StatusProblem::NoEvidence => "no-evidence",
        StatusProblem::BadSignature
        | StatusProblem::ResponderNotAuthorised
        | StatusProblem::CrlSignNotAllowed => "wrong-signer",
        StatusProblem::Stale { .. } => "stale",
        StatusProblem::UnknownToResponder => "unknown-to-responder",
        _ => "does-not-tell",
    }
}

fn word(why: &NoUse) -> &'static str {
    match why {
        NoUse::NoAnswer(NoAnswer::NotReached { .. }) => "not-reached",
        NoUse::NoAnswer(NoAnswer::Intercepted { .. }) => "intercepted",
        NoUse::NoAnswer(NoAnswer::Status { .. }) => "http-status",
        NoUse::NoAnswer(NoAnswer::TooLarge { .. }) => "too-large",
        NoUse::TryLater => "try-later",
        NoUse::ResponderError { .. } => "responder-error",
        NoUse::NonceMissing => "nonce-missing",
        NoUse::NonceWrong => "nonce-wrong",
        _ => "unreadable",
    }
}

fn no_use(why: &NoUse, language: Language) -> (String, &'static str) {
    let later = language.pick(
        "時間をおいて、もう一度実行してください",
        "run this again later",
    );
    let (what, advice) = match why {
        NoUse::NoAnswer(NoAnswer::NotReached { why }) => (
            match language {
                Language::Japanese => format!("つながりません（{why}）"),
                Language::English => format!("not reached ({why})"),
            },
            language.pick(
                "ネットワークにつながっているか確かめてください。つながっていれば、サーバーが止まっています。時間をおいて、もう一度実行してください",
                "see whether this machine is connected to the network; if it is, the server is down: run this again later",
            ),
        ),
        NoUse::NoAnswer(NoAnswer::Intercepted { status }) => (
            match language {
                Language::Japanese => format!("代わりに別のものが答えました（HTTP {status}）"),
                Language::English => {
                    format!("something else answered in its place (HTTP {status})")
                }
            },
            language.pick(
                "Wi-Fiなどのログイン画面か、プロキシーです。ブラウザーでネットワークにログインしてから、もう一度実行してください",
                "it is the log-in page of a network, or a proxy: log in to the network with a browser, then run this again",
            ),
        ),
        NoUse::NoAnswer(NoAnswer::Status { status }) => (
            match language {
                Language::Japanese => format!("サーバーの障害です（HTTP {status}）"),
                Language::English => format!("the server fails (HTTP {status})"),
            },
            later,
        ),
        NoUse::NoAnswer(NoAnswer::TooLarge { most }) => (
            match language {
                Language::Japanese => format!("大きすぎるので読みません（{most}バイトまで）"),
                Language::English => {
                    format!("too large to be taken ({most} bytes are)")
                }
            },
            language.pick(
                "認証局に知らせてください。OCSPで分かれば、これは要りません",
                "tell the authority; where OCSP answers, this is not needed",
            ),
        ),
        NoUse::TryLater => (
            language
                .pick(
                    "今は答えられないとのことです（tryLater）",
                    "it cannot answer now (tryLater)",
                )
                .to_owned(),
            language.pick(
                "数分おいて、もう一度実行してください",
                "run this again in some minutes",
            ),
        ),
        NoUse::NonceMissing => (
            language
                .pick(
                    "回答に、送ったノンスがありません。前に作られた回答かもしれません",
                    "the answer lacks the nonce that was sent: it may be an old one",
                )
                .to_owned(),
            language.pick(
                "この機械の問題ではありません。失効リストで分かれば、これは要りません",
                "nothing is wrong here; where the revocation list tells, this is not needed",
            ),
        ),
        NoUse::NonceWrong => (
            language
                .pick(
                    "回答のノンスが、送ったものではありません。別の問い合わせへの回答です",
                    "the answer bears another nonce than was sent: it answers another question",
                )
                .to_owned(),
            language.pick(
                "途中で別の者が答えているおそれがあります。別のネットワークで、もう一度実行してください",
                "somebody in between may be answering: run this again on another network",
            ),
        ),
        NoUse::ResponderError { .. } => (
            match language {
                Language::Japanese => format!("回答サーバーの誤りです（{why}）"),
                Language::English => why.to_string(),
            },
            later,
        ),
        other => (
            match language {
                Language::Japanese => format!("読めない回答です（{other}）"),
                Language::English => format!("the answer cannot be read ({other})"),
            },
            language.pick(
                "時間をおいて、もう一度実行し、続くときは認証局に知らせてください",
                "run this again later, and tell the authority if it goes on",
            ),
        ),
    };
    (what, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_clock::{Clock as _, SystemClock};
    use shirushi_profile::ocsp::OcspResponseStatus;
    use std::collections::BTreeSet;

    #[test]
    fn each_cause_has_words_of_its_own_and_an_advice_in_both_languages() {
        let uses = [
            NoUse::NoAnswer(NoAnswer::NotReached {
                why: "connection refused".to_owned(),
            }),
            NoUse::NoAnswer(NoAnswer::Intercepted { status: 302 }),
            NoUse::NoAnswer(NoAnswer::Status { status: 503 }),
            NoUse::NoAnswer(NoAnswer::TooLarge { most: 1 }),
            NoUse::TryLater,
            NoUse::ResponderError {
                status: OcspResponseStatus::Unauthorized,
            },
            NoUse::NonceMissing,
            NoUse::NonceWrong,
            NoUse::Unreadable {
                why: "junk".to_owned(),
            },
        ];
        let next_update = SystemClock.now();
        let problems = [
            StatusProblem::NoEvidence,
            StatusProblem::BadSignature,
            StatusProblem::Stale { next_update },
            StatusProblem::UnknownToResponder,
            StatusProblem::WrongIssuer,
        ];
        for language in [Language::Japanese, Language::English] {
            let told: BTreeSet<_> = uses
                .iter()
                .map(|why| {
                    let (what, advice) = no_use(why, language);
                    assert!(!advice.is_empty());
                    what
                })
                .collect();
            assert_eq!(told.len(), uses.len());
            let told: BTreeSet<_> = problems
                .iter()
                .map(|why| problem_told(*why, language))
                .collect();
            assert_eq!(told.len(), problems.len());
        }
        let words: BTreeSet<_> = uses.iter().map(word).collect();
        assert_eq!(words.len(), uses.len());
        let words: BTreeSet<_> = problems
            .iter()
            .map(|why| problem_word(*why))
            .collect();
        assert_eq!(words.len(), problems.len());
        let wrong_signers = [
            StatusProblem::ResponderNotAuthorised,
            StatusProblem::CrlSignNotAllowed,
        ];
        assert!(
            wrong_signers
                .iter()
                .all(|why| problem_word(*why) == "wrong-signer")
        );
    }
}
