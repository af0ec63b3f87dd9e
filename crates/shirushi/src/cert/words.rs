//! Certificates in words, and as JSON.

use crate::language::Language;
use serde_json::{Value, json};
use shirushi_client::{Term, words};
use shirushi_clock::{Date, Instant};
use shirushi_profile::{Certificate, CertificateKind};

/// What a person cares for, a line each.
pub(super) fn certificate(certificate: &Certificate, at: Instant, language: Language) -> String {
    let mut lines = Vec::new();
    let mut line = |ja: &'static str, en: &'static str, value: String| {
        lines.push(format!("  {}: {value}", language.pick(ja, en)));
    };
    if let Some(items) = certificate.holder() {
        line("氏名", "Name", items.name.clone());
        line(
            "生年月日",
            "Date of birth",
            words::birth(&items, language.of_rules()),
        );
        line(
            "性別",
            "Sex",
            words::sex(items.sex)
                .text(language.of_rules())
                .to_owned(),
        );
        line("住所", "Address", items.address.clone());
        if items.name_substitutes.contains('1') || items.address_substitutes.contains('1') {
            line(
                "代替文字",
                "Substitutes",
                language
                    .pick(
                        "氏名か住所に、本来の文字の代わりに書かれた文字があります",
                        "some characters of the name or address stand for others",
                    )
                    .to_owned(),
            );
        }
    }
    line("発行日", "Issued", day(certificate.not_before(), language));
    line(
        "有効期限",
        "Expires",
        format!(
            "{} {}",
            day(certificate.not_after(), language),
            words::term(Term::of(certificate, at), language.of_rules())
        ),
    );
    line(
        "シリアル番号",
        "Serial number",
        certificate.serial().to_string(),
    );
    line("主体者", "Subject", certificate.subject_text());
    line("発行者", "Issuer", certificate.issuer_text());
    line("鍵", "Key", key(certificate));
    line("鍵の用途", "Key usage", usages(certificate).join(", "));
    line("ポリシー", "Policies", policies(certificate).join(", "));
    if !certificate.ocsp_urls().is_empty() {
        line("OCSP", "OCSP", certificate.ocsp_urls().join(", "));
    }
    let lists = lists(certificate);
    if !lists.is_empty() {
        line("失効リスト", "Revocation list", lists.join(", "));
    }
    line(
        "SHA-256フィンガープリント",
        "SHA-256 fingerprint",
        hex::encode_upper(certificate.sha256()),
    );
    lines.join("\n")
}

/// The same for programs.
pub(super) fn certificate_json(certificate: &Certificate, at: Instant) -> Value {
    let term = Term::of(certificate, at);
    json!({
        "kind": certificate.kind().map(|kind| kind.to_string()),
        "serial": certificate.serial().to_string(),
        "subject": certificate.subject_text(),
        "issuer": certificate.issuer_text(),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
        "expired": term == Term::Over,
        "renewable_soon": term.is_near(),
        "key": key(certificate),
        "key_usage": usages(certificate),
        "policies": policies(certificate),
        "ocsp": certificate.ocsp_urls(),
        "crl": lists(certificate),
        "sha256": hex::encode(certificate.sha256()),
        "items": certificate.holder().map(|items| json!({
            "name": items.name,
            "birth": items.birth_date().map(|date| date.to_string()),
            "birth_as_written": items.birth,
            "sex": items.sex,
            "address": items.address,
            "name_substitutes": items.name_substitutes,
            "address_substitutes": items.address_substitutes,
        })),
    })
}

pub(super) fn kind(kind: CertificateKind, language: Language) -> &'static str {
    words::kind(kind).text(language.of_rules())
}

/// A day in Japan, as people write it.
pub(super) fn day(at: Instant, language: Language) -> String {
    words::day(at, language.of_rules())
}

pub(super) fn date(date: Date, language: Language) -> String {
    words::date(date, language.of_rules())
}

fn key(certificate: &Certificate) -> String {
    match certificate
        .public_key()
        .rsa_modulus_bits()
    {
        Some(bits) => format!("RSA {bits}"),
        None => certificate
            .public_key()
            .spki()
            .algorithm
            .parameters
            .as_ref()
            .and_then(|curve| {
                curve
                    .decode_as::<const_oid::ObjectIdentifier>()
                    .ok()
            })
            .map_or_else(|| "?".to_owned(), |curve| format!("EC {curve}")),
    }
}

fn usages(certificate: &Certificate) -> Vec<String> {
    let mut usages = Vec::new();
    if let Some(usage) = certificate.key_usage() {
        for (is_set, name) in [
            (usage.digital_signature(), "digitalSignature"),
            (usage.non_repudiation(), "nonRepudiation"),
            (usage.key_cert_sign(), "keyCertSign"),
            (usage.crl_sign(), "cRLSign"),
        ] {
            if is_set {
                usages.push(name.to_owned());
            }
        }
    }
    for purpose in certificate.extended_key_usages() {
        usages.push(match purpose.to_string().as_str() {
            "1.3.6.1.5.5.7.3.2" => "clientAuth".to_owned(),
            other => other.to_owned(),
        });
    }
    usages
}

fn policies(certificate: &Certificate) -> Vec<String> {
    certificate
        .policies()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn lists(certificate: &Certificate) -> Vec<String> {
    certificate
        .distribution_points()
        .iter()
        .flat_map(|point| point.uris.iter().cloned())
        .collect()
}
