//! `cert check`: whether the certificates are alive (有効性確認).

use super::{Cards, words};
use crate::{
    attended::{attended, say},
    causes::{problem_told, source_json, source_told},
    certificates,
    city::time_for,
    failure::Failure,
    language::Language,
    network::Http,
    output::{print, print_json},
    told::code,
};
use serde_json::{Value, json};
use shirushi_card::Credential;
use shirushi_client::{Inquiry, Standing, inquire, standing};
use shirushi_clock::Instant;
use shirushi_crypto::SystemRandom;
use shirushi_path::{PathError, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::report::said_of_path;
use std::{path::PathBuf, process::ExitCode};

/// One certificate, what was asked about it, and how it stands.
struct Checked {
    kind: CertificateKind,
    certificate: Certificate,
    inquiry: Inquiry,
    standing: Standing,
    /// By how many seconds this machine's clock is ahead of the authority's, where it is so far off that it cannot judge.
    clock_ahead: Option<i64>,
}

/// What a clock may be off, in seconds.
const TOLERANCE: i64 = 300;

pub(super) async fn run(
    cards: Cards,
    with_signature: bool,
    trust: Vec<PathBuf>,
) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    let network = Http::new()?;
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
                let inquiry = inquire(&certificate, &anchors, &network, &SystemRandom, at);
                let stands = |at| standing(&certificate, kind, &anchors, &inquiry.evidence, at);
                Checked {
                    standing: stands(at),
                    clock_ahead: clock_ahead(&inquiry, at, stands),
                    kind,
                    certificate,
                    inquiry,
                }
            });
        Ok(checked.collect::<Vec<_>>())
    })
    .await?;
    if is_json {
        let all: Vec<Value> = checked
            .iter()
            .map(Checked::in_json)
            .collect();
        print_json(&Value::from(all))?;
    } else {
        let all: Vec<String> = checked
            .iter()
            .map(|checked| checked.in_words(language))
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
            .any(|checked| checked.code() == wanted)
    };
    let worst = [code::FAILED, code::INDETERMINATE]
        .into_iter()
        .find(|code| is_there(*code));
    Ok(ExitCode::from(worst.unwrap_or(0)))
}

/// How far the clock is from the authority's, if further than it may be. The response is an answer to our nonce, so it was made just
/// now; that the authority has signed it is seen by its being evidence at its own time.
fn clock_ahead(
    inquiry: &Inquiry,
    at: Instant,
    stands: impl Fn(Instant) -> Standing,
) -> Option<i64> {
    let made_at = inquiry
        .evidence
        .ocsp
        .first()?
        .produced_at();
    let ahead = at.unix() - made_at.unix();
    let is_authentic = matches!(
        stands(made_at),
        Standing::Good { .. } | Standing::Revoked { .. } | Standing::OnHold { .. }
    );
    (is_authentic && ahead.abs() > TOLERANCE).then_some(ahead)
}

impl Checked {
    fn code(&self) -> u8 {
        match self.standing {
            Standing::Revoked { .. } | Standing::OnHold { .. } => code::FAILED,
            _ if self.clock_ahead.is_some() => code::INDETERMINATE,
            Standing::Good { .. } => 0,
            Standing::Unknown { .. } | Standing::Untrusted { .. } => code::INDETERMINATE,
            _ => code::FAILED,
        }
    }

    fn in_words(&self, language: Language) -> String {
        let mut lines = vec![
            format!(
                "{} ({})",
                words::kind(self.kind, language),
                self.certificate.serial()
            ),
            format!("  {}", self.said(language)),
        ];
        if self.certificate.kind().is_none() {
            lines.push(format!(
                "  {}",
                language.pick(
                    "ポリシーは、知られているもの（マイナンバーカードのもの）ではありません。スマートフォンや新しいカードのものかもしれません。",
                    "Its policy is none that is known (a My Number Card's). It may be a telephone's or a newer card's.",
                )
            ));
        }
        for (name, asked) in [("OCSP", &self.inquiry.ocsp), ("CRL", &self.inquiry.list)] {
            if let Some(told) = source_told(name, asked, language) {
                lines.push(format!("  {told}"));
            }
        }
        lines.join("\n")
    }

    fn said(&self, language: Language) -> String {
        let day = |at| words::day(at, language);
        if let Some(ahead) = self.clock_ahead
            && self.code() == code::INDETERMINATE
        {
            return wrong_clock(ahead, language);
        }
        match (&self.standing, language) {
            (Standing::Good { .. }, Language::Japanese) => {
                let until = day(self.certificate.not_after());
                format!("有効です。失効していません。有効期限は{until}です。")
            }
            (Standing::Good { .. }, Language::English) => {
                let until = day(self.certificate.not_after());
                format!("Alive: not revoked, valid until {until}.")
            }
            (Standing::Revoked { at, reason, .. }, Language::Japanese) => format!(
                "失効しています（{}、{}）。もう使えません。市区町村の窓口で新しい電子証明書の発行を申請してください。",
                day(*at),
                words::reason(*reason, language)
            ),
            (Standing::Revoked { at, reason, .. }, Language::English) => format!(
                "Revoked since {} ({}). It cannot be used any more; apply for a new one at the municipality's counter.",
                day(*at),
                words::reason(*reason, language)
            ),
            (Standing::OnHold { at, .. }, Language::Japanese) => format!(
                "{}から一時保留になっています。保留が解かれるまで使えません。カードが見つかったら、届け出てください。",
                day(*at)
            ),
            (Standing::OnHold { at, .. }, Language::English) => format!(
                "On hold since {}. It cannot be used until that ends; report it when the card is found.",
                day(*at)
            ),
            (Standing::Expired { not_after }, Language::Japanese) => format!(
                "{}に有効期限が切れました。市区町村の窓口で更新してください。",
                day(*not_after)
            ),
            (Standing::Expired { not_after }, Language::English) => format!(
                "Expired on {}. Have it renewed at the municipality's counter.",
                day(*not_after)
            ),
            (Standing::NotYetValid { not_before }, Language::Japanese) => format!(
                "{}から有効です。この機械の時計が合っているか確かめてください。",
                day(*not_before)
            ),
            (Standing::NotYetValid { not_before }, Language::English) => format!(
                "Valid from {}, not yet. See whether this machine's clock is right.",
                day(*not_before)
            ),
            (Standing::Unknown { why }, Language::Japanese) => format!(
                "分かりません。有効とみなさないでください。{}",
                problem_told(*why, language)
            ),
            (Standing::Unknown { why }, Language::English) => format!(
                "Unknown, which is not to be taken as alive. {}",
                problem_told(*why, language)
            ),
            (Standing::Untrusted { why }, _) => untrusted(why, language),
            // A standing that this version does not know.
            (_, _) => language
                .pick("分かりません。", "Unknown.")
                .to_owned(),
        }
    }

    fn in_json(&self) -> Value {
        let (status, more) = match &self.standing {
            _ if self.clock_ahead.is_some() && self.code() == code::INDETERMINATE => (
                "unknown",
                json!({ "cause": "clock", "seconds_ahead": self.clock_ahead }),
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
            "kind": self.kind.to_string(),
            "serial": self.certificate.serial().to_string(),
            "status": status,
            "facts": more,
            "ocsp": source_json(&self.inquiry.ocsp),
            "crl": source_json(&self.inquiry.list),
        })
    }
}

/// What is wrong with the path, and what can be done about that.
fn untrusted(why: &PathError, language: Language) -> String {
    let said = said_of_path(why);
    let said = language.of_both(&said);
    match (why, language) {
        (PathError::UntrustedIssuer { issuer, .. }, Language::Japanese) => format!(
            "発行者（{issuer}）を信頼していないので、失効しているかどうかを問い合わせていません。発行した認証局の証明書を --trust で指定してください。"
        ),
        (PathError::UntrustedIssuer { issuer, .. }, Language::English) => format!(
            "Its issuer ({issuer}) is not trusted, so nobody was asked whether it is revoked. Name the certificate of the authority that issued it with --trust."
        ),
        (PathError::WrongKind { .. }, Language::Japanese) => format!(
            "この場所に入るべき種類の電子証明書ではありません（{said}）。市区町村の窓口に相談してください。"
        ),
        (PathError::WrongKind { .. }, Language::English) => format!(
            "It is not of the kind that belongs into its place ({said}). Ask at the municipality's counter."
        ),
        (_, Language::Japanese) => format!(
            "有効とは確かめられません（{said}）。--trust で指定した認証局の証明書が正しいか確かめてください。"
        ),
        (_, Language::English) => format!(
            "Not shown to be valid ({said}). See that the authority's certificates given with --trust are the right ones."
        ),
    }
}

fn wrong_clock(ahead: i64, language: Language) -> String {
    let minutes = ahead.abs() / 60;
    match (language, ahead > 0) {
        (Language::Japanese, is_ahead) => format!(
            "判定できません。この機械の時計が、認証局の時計より{minutes}分{}います。時計を合わせて（sudo timedatectl set-ntp true）、もう一度実行してください。",
            if is_ahead { "進んで" } else { "遅れて" }
        ),
        (Language::English, is_ahead) => format!(
            "Cannot be told: this machine's clock is {minutes} minutes {} the authority's. Set it (sudo timedatectl set-ntp true) and run this again.",
            if is_ahead { "ahead of" } else { "behind" }
        ),
    }
}
