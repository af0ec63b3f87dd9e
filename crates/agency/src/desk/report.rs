//! A validation report in plain words.

use shirushi_path::{Cause, Indication, Reader, SubIndication};
use shirushi_rules::{Bilingual, Language, SIGNER_IS_APPLICANT, STATUS_KNOWN, fill, rule};
use shirushi_signature::report::{Finding, Outcome, ValidationReport};
use shirushi_web::{
    Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use std::collections::BTreeMap;

/// What each rule asks, as a sentence that holds.
static HOLDS: [(&str, Bilingual); 12] = [
    (
        "filing/signer-is-applicant",
        Bilingual {
            ja: "署名した人は、申請者本人です。",
            en: "The signer is the applicant.",
        },
    ),
    (
        "filing/signature-form",
        Bilingual {
            ja: "署名は、ここで扱う形式のものです。",
            en: "The signature is in the form that is read here.",
        },
    ),
    (
        "filing/signer-certificate",
        Bilingual {
            ja: "署名した人の証明書が添えられています。",
            en: "The signer's certificate comes with the signature.",
        },
    ),
    (
        "filing/algorithm-accepted",
        Bilingual {
            ja: "署名の方式と鍵の長さは、認められているものです。",
            en: "The method and the key of the signature are accepted ones.",
        },
    ),
    (
        "filing/already-valid",
        Bilingual {
            ja: "証明書の有効期間は始まっていました。",
            en: "The certificate's validity had begun.",
        },
    ),
    (
        "filing/unchanged",
        Bilingual {
            ja: "文書は、署名されたときから変わっていません。",
            en: "The document has not been changed since it was signed.",
        },
    ),
    (
        "filing/signature-verifies",
        Bilingual {
            ja: "署名は、添えられた証明書の鍵で作られたものです。",
            en: "The signature was made with the key of the certificate that comes with it.",
        },
    ),
    (
        "filing/trusted-issuer",
        Bilingual {
            ja: "証明書は、信頼する認証局が発行したものです。",
            en: "The certificate was issued by an authority that is trusted.",
        },
    ),
    (
        "filing/signature-certificate",
        Bilingual {
            ja: "証明書は署名用電子証明書です。",
            en: "The certificate is a signature certificate.",
        },
    ),
    (
        "filing/not-expired",
        Bilingual {
            ja: "証明書の有効期限は過ぎていませんでした。",
            en: "The certificate had not expired.",
        },
    ),
    (
        "filing/not-revoked",
        Bilingual {
            ja: "証明書は失効していませんでした。",
            en: "The certificate had not been revoked.",
        },
    ),
    (
        "filing/status-known",
        Bilingual {
            ja: "失効しているかどうかを、認証局の情報で確かめました。",
            en: "Whether it had been revoked was learnt from the authority.",
        },
    ),
];

/// The report as a list of sentences, each with its rule. Of a filing that `was_received` it is known besides that the signer is
/// the applicant: it would have been refused.
pub(super) fn sentences(visit: &Visit, report: &ValidationReport, was_received: bool) -> Markup {
    let tone = match report.indication {
        Indication::Passed => Tone::Good,
        Indication::Failed => Tone::Bad,
        _ => Tone::Warning,
    };
    html! {
        (ui::notice(tone, html! {
            p {
                strong { (visit.text(verdict(report.indication))) }
                " " code { (indication(report.indication, report.sub_indication)) }
            }
            @if let Some(cause) = unknown_status(report) { p { (visit.text(cause.advice(Reader::Clerk))) } }
            @else if let Some(advice) = &report.advice { p { (visit.both(advice)) } }
        }))
        @for warning in &report.warnings { (ui::notice(Tone::Warning, html! { p { (visit.both(&warning.told())) } })) }
        ul.findings {
            @for finding in &report.findings { (sentence(visit, finding, report.outcome_of(finding))) }
            @if was_received {
                @let finding = signer_is_applicant();
                (sentence(visit, &finding, finding.outcome))
            }
        }
    }
}

/// Why the status is not known, where that is what decided. Reports of before causes were told apart have none.
fn unknown_status(report: &ValidationReport) -> Option<Cause> {
    if report.sub_indication != Some(SubIndication::TryLater) {
        return None;
    }
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.rule == STATUS_KNOWN.id)?;
    Cause::of_word(finding.facts.get("cause")?.text()?)
}

fn signer_is_applicant() -> Finding {
    Finding {
        rule: SIGNER_IS_APPLICANT.id.to_owned(),
        outcome: Outcome::Holds,
        facts: BTreeMap::new(),
    }
}

fn sentence(visit: &Visit, finding: &Finding, outcome: Outcome) -> Markup {
    let known = rule(&finding.rule);
    let holds = HOLDS
        .iter()
        .find(|(id, _)| *id == finding.rule)
        .map(|(_, words)| visit.text(*words));
    let words = match (outcome, holds, known) {
        (Outcome::Holds, Some(holds), _) => holds.to_owned(),
        (Outcome::NotAsked, Some(holds), _) => match visit.language() {
            Language::Japanese => format!("確かめていません: {holds}"),
            Language::English => format!("Nobody has looked whether this is so: {holds}"),
        },
        (Outcome::Broken, _, Some(rule)) => fill(
            visit.text(rule.reason),
            |name| finding.facts.get(name),
            visit.language(),
        ),
        _ => finding.rule.clone(),
    };
    let mark = match outcome {
        Outcome::Holds => visit.say("適合", "Holds"),
        Outcome::Broken => visit.say("不適合", "Fails"),
        Outcome::NotAsked => visit.say("未確認", "Not asked"),
    };
    html! {
        li.held[outcome == Outcome::Holds].failed[outcome == Outcome::Broken] {
            strong { (mark) } " " (words)
            " " span.rule {
                code { (finding.rule) }
                @if let Some(rule) = known { " · " (ui::source_class(visit, rule.source)) " · " span lang="en" { (rule.citation) } }
            }
        }
    }
}

fn verdict(indication: Indication) -> Bilingual {
    match indication {
        Indication::Passed => Bilingual {
            ja: "署名は有効です。",
            en: "The signature is valid.",
        },
        Indication::Failed => Bilingual {
            ja: "署名は有効ではありません。",
            en: "The signature is not valid.",
        },
        Indication::Indeterminate => Bilingual {
            ja: "署名が有効かどうかを決められません。有効とは扱いません。",
            en: "It cannot be told whether the signature is valid. It is not taken as valid.",
        },
    }
}

/// The words of EN 319 102-1.
fn indication(indication: Indication, sub: Option<SubIndication>) -> String {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let main = word(serde_json::to_value(indication));
    match sub {
        Some(sub) => format!("{main} / {}", word(serde_json::to_value(sub))),
        None => main,
    }
}
