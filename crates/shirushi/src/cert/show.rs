//! `cert show`

use super::{Cards, words};
use crate::{
    attended::attended,
    city::time_for,
    failure::Failure,
    language::Language,
    network::http,
    output::{print, print_json},
};
use serde_json::{Value, json};
use shirushi_card::TokenKind;
use shirushi_client::{CardOverview, CredentialOverview};
use shirushi_clock::{Clock as _, Instant, SystemClock};
use shirushi_profile::{Certificate, CertificateKind};
use std::process::ExitCode;

pub(super) async fn run(cards: Cards, with_signature: bool) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    let network = http()?;
    let (mut overview, at) = attended(language, move || {
        let mut overview = cards.overview()?;
        if with_signature {
            overview.signature.certificate = Some(cards.signature_certificate()?);
        }
        let shown = [
            &overview.authentication.certificate,
            &overview.signature.certificate,
        ]
        .into_iter()
        .flatten()
        .next();
        let at = match shown {
            Some(certificate) => time_for(certificate, None, &network, language),
            None => SystemClock.now(),
        };
        Ok((overview, at))
    })
    .await?;
    if !with_signature {
        // Not read: it is the holder's own decision to show it.
        overview.signature.certificate = None;
    }
    match is_json {
        true => print_json(&in_json(&overview, at))?,
        false => print(&in_words(&overview, at, language))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(overview: &CardOverview, at: Instant, language: Language) -> String {
    let token = &overview.token;
    let mut parts = vec![format!(
        "{}: {} {}",
        language.pick("カード", "Card"),
        token_kind(token.kind, language),
        token.serial
    )];
    for (kind, credential) in both(overview) {
        let heading = words::kind(kind, language);
        parts.push(match (&credential.certificate, kind) {
            (Some(certificate), _) => format!(
                "{heading}\n{}",
                words::certificate(certificate, at, language)
            ),
            (None, CertificateKind::Signature)
                if credential.authority.is_some() && credential.tries.is_some() =>
            {
                format!(
                "{heading}\n  {}",
                language.pick(
                    "氏名や住所が書かれているため、署名用パスワードがないと読めません（--with-signature-certificate）",
                    "not read: it bears name and address and needs the password (--with-signature-certificate)",
                )
            )
            }
            (None, CertificateKind::Authentication) if credential.needs_pin => format!(
                "{heading}\n  {}",
                language.pick(
                    "スマートフォンのため、暗証番号がないと読めません（cert export auth）",
                    "not read: a telephone shows it after the PIN only (cert export auth)",
                )
            ),
            _ => format!("{heading}\n  {}", language.pick("ありません", "none")),
        });
    }
    parts.join("\n\n")
}

fn in_json(overview: &CardOverview, at: Instant) -> Value {
    let mut certificates = serde_json::Map::new();
    for (kind, credential) in both(overview) {
        let told = |certificate: &Option<Certificate>| {
            certificate
                .as_ref()
                .map(|certificate| words::certificate_json(certificate, at))
        };
        certificates.insert(
            kind.to_string(),
            json!({
                "tries": credential.tries,
                "certificate": told(&credential.certificate),
                "authority": told(&credential.authority),
            }),
        );
    }
    json!({
        "card": overview.token.serial,
        "token": overview.token.label,
        "certificates": certificates,
    })
}

fn both(overview: &CardOverview) -> [(CertificateKind, &CredentialOverview); 2] {
    [
        (CertificateKind::Authentication, &overview.authentication),
        (CertificateKind::Signature, &overview.signature),
    ]
}

fn token_kind(kind: TokenKind, language: Language) -> &'static str {
    match kind {
        TokenKind::IndividualNumberCard => {
            language.pick("マイナンバーカード", "Individual Number Card")
        }
        TokenKind::ResidentRegisterCard => {
            language.pick("住民基本台帳カード", "resident register card")
        }
        TokenKind::AndroidToken => language.pick("スマートフォン（Android）", "Android telephone"),
        TokenKind::IphoneToken => language.pick("スマートフォン（iPhone）", "iPhone"),
        TokenKind::Other => language.pick("知られていない種類", "of an unknown kind"),
    }
}
