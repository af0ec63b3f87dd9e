//! `cert check`: whether the certificates are alive (有効性確認).

use super::{Cards, words};
use crate::{
    attended::{attended, say},
    causes::{source_json, source_told},
    certificates,
    city::time_for,
    failure::Failure,
    language::Language,
    network::http,
    output::{print, print_json},
    told::code,
};
use serde_json::{Value, json};
use shirushi_card::Credential;
use shirushi_client::{Aliveness, Checked, Standing, words as told};
use shirushi_crypto::SystemRandom;
use shirushi_path::{PathError, TrustAnchors};
use shirushi_profile::CertificateKind;
use std::{path::PathBuf, process::ExitCode};

pub(super) async fn run(
    cards: Cards,
    with_signature: bool,
    trust: Vec<PathBuf>,
) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    let network = http()?;
    let checked = attended(language, move || {
        let mut trusted = Vec::new();
        for path in &trust {
            trusted.extend(certificates::all(path, language)?);
        }
        let overview = cards.overview()?;
        if trust.is_empty() {
            say(language.pick(
                "カードに入っている認証局の証明書を信頼します（--trust で別のものを指定できます）。",
                "Trusting the authority's certificates on the card (--trust names others).",
            ));
            trusted.extend(overview.authentication.authority);
            trusted.extend(overview.signature.authority);
        }
        let mut wanted = Vec::new();
        let authentication = match overview.authentication.certificate {
            None if overview.authentication.needs_pin => {
                say(language.pick(
                    "スマートフォンの利用者証明用電子証明書は、暗証番号を照合してから読みます。",
                    "A telephone shows its authentication certificate after the PIN only.",
                ));
                Some(cards.certificate_behind_pin(Credential::Authentication)?)
            }
            read => read,
        };
        if let Some(certificate) = authentication {
            wanted.push((CertificateKind::Authentication, certificate));
        }
        if with_signature {
            wanted.push((CertificateKind::Signature, cards.signature_certificate()?));
        }
        say(language.pick("認証局に問い合わせています…", "Asking the authority…"));
        let anchors = TrustAnchors::new(trusted);
        let checked = wanted
            .into_iter()
            .map(|(kind, certificate)| {
                let trusted = Some(anchors.certificates());
                let at = time_for(&certificate, trusted, &network, language);
                Checked::ask(kind, certificate, &anchors, &network, &SystemRandom, at)
            });
        Ok(checked.collect::<Vec<_>>())
    })
    .await?;
    if is_json {
        let all: Vec<Value> = checked.iter().map(in_json).collect();
        print_json(&Value::from(all))?;
    } else {
        let all: Vec<String> = checked
            .iter()
            .map(|checked| in_words(checked, language))
            .collect();
        print(&match all.is_empty() {
            true => language
                .pick(
                    "カードに利用者証明用電子証明書がありません。",
                    "There is no authentication certificate on the card.",
                )
                .to_owned(),
            false => all.join("\n\n"),
        })?;
    }
    if checked.is_empty() {
        return Ok(ExitCode::from(code::NO_INPUT));
    }
    // The worst of them.
    let is_there = |wanted| {
        checked
            .iter()
            .any(|checked| code_of(checked) == wanted)
    };
    let worst = [code::FAILED, code::INDETERMINATE]
        .into_iter()
        .find(|code| is_there(*code));
    Ok(ExitCode::from(worst.unwrap_or(0)))
}

fn code_of(checked: &Checked) -> u8 {
    match checked.aliveness() {
        Aliveness::Alive => 0,
        Aliveness::Dead => code::FAILED,
        Aliveness::Unknown => code::INDETERMINATE,
    }
}

fn in_words(checked: &Checked, language: Language) -> String {
    let said = checked.said(language.of_rules());
    let option = option(checked, language).unwrap_or_default();
    let mut lines = vec![
        format!(
            "{} ({})",
            words::kind(checked.kind, language),
            checked.certificate.serial()
        ),
        format!("  {said}{option}"),
    ];
    if checked.certificate.kind().is_none() {
        lines.push(format!(
            "  {}",
            told::UNLISTED_POLICY.text(language.of_rules())
        ));
    }
    for (name, asked) in [
        ("OCSP", &checked.inquiry.ocsp),
        ("CRL", &checked.inquiry.list),
    ] {
        if let Some(told) = source_told(name, asked, language) {
            lines.push(format!("  {told}"));
        }
    }
    lines.join("\n")
}

/// The option of this command that may help.
fn option(checked: &Checked, language: Language) -> Option<&'static str> {
    if checked.wrong_clock().is_some() {
        return None;
    }
    match &checked.standing {
        Standing::Untrusted {
            why: PathError::UntrustedIssuer { .. },
        } => Some(language.pick(
            "発行した認証局の証明書を --trust で指定してください。",
            " Name the certificate of the authority that issued it with --trust.",
        )),
        Standing::Untrusted {
            why: PathError::WrongKind { .. },
        } => None,
        Standing::Untrusted { .. } => Some(language.pick(
            "--trust で指定した認証局の証明書が正しいか確かめてください。",
            " See that the authority's certificates given with --trust are the right ones.",
        )),
        _ => None,
    }
}

fn in_json(checked: &Checked) -> Value {
    let (status, more) = match &checked.standing {
        _ if checked.wrong_clock().is_some() => (
            "unknown",
            json!({ "cause": "clock", "seconds_ahead": checked.clock_ahead }),
        ),
        Standing::Good { .. } => ("good", Value::Null),
        Standing::Revoked { at, reason, by } => (
            "revoked",
            json!({ "at": at.to_string(), "reason": reason.to_string(), "by": by.to_string() }),
        ),
        Standing::OnHold { at, by } => (
            "on-hold",
            json!({ "at": at.to_string(), "by": by.to_string() }),
        ),
        Standing::Expired { not_after } => {
            ("expired", json!({ "not_after": not_after.to_string() }))
        }
        Standing::NotYetValid { not_before } => (
            "not-yet-valid",
            json!({ "not_before": not_before.to_string() }),
        ),
        Standing::Unknown { why } => (
            "unknown",
            json!({ "cause": why.cause().word(), "why": why.to_string() }),
        ),
        Standing::Untrusted { why } => ("untrusted", json!({ "why": why.to_string() })),
        _ => ("unknown", Value::Null),
    };
    json!({
        "kind": checked.kind.to_string(),
        "serial": checked.certificate.serial().to_string(),
        "status": status,
        "facts": more,
        "ocsp": source_json(&checked.inquiry.ocsp),
        "crl": source_json(&checked.inquiry.list),
    })
}
