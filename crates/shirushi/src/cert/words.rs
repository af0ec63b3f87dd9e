//! Certificates in words, and as JSON.

use crate::language::Language;
use serde_json::{Value, json};
use shirushi_client::{Left, Term};
use shirushi_clock::{Date, Instant};
use shirushi_profile::{Certificate, CertificateKind, HolderItems, RevocationReason, Sex};

/// What a person cares for, a line each.
pub(super) fn certificate(certificate: &Certificate, at: Instant, language: Language) -> String {
    let mut lines = Vec::new();
    let mut line = |ja: &'static str, en: &'static str, value: String| {
        lines.push(format!("  {}: {value}", language.pick(ja, en)));
    };
    if let Some(items) = certificate.holder() {
        line("氏名", "Name", items.name.clone());
        line("生年月日", "Date of birth", birth(&items, language));
        line("性別", "Sex", sex(items.sex, language).to_owned());
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
            term(Term::of(certificate, at), language)
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
    match kind {
        CertificateKind::Signature => language.pick("署名用電子証明書", "Signature certificate"),
        CertificateKind::Authentication => {
            language.pick("利用者証明用電子証明書", "Authentication certificate")
        }
    }
}

/// A day in Japan, as people write it.
pub(super) fn day(at: Instant, language: Language) -> String {
    date(at.date_jst(), language)
}

pub(super) fn date(date: Date, language: Language) -> String {
    match language {
        Language::Japanese => format!(
            "{}年{}月{}日（{}）",
            date.year(),
            date.month(),
            date.day(),
            shirushi_text::wareki(date.year(), date.month(), date.day())
        ),
        Language::English => date.to_string(),
    }
}

/// Why it was revoked.
pub(super) fn reason(reason: RevocationReason, language: Language) -> &'static str {
    match reason {
        RevocationReason::Unspecified => language.pick("理由は示されていません", "no reason given"),
        RevocationReason::KeyCompromise => language.pick(
            "カードの紛失など",
            "the card was lost, or its key is in other hands",
        ),
        RevocationReason::CaCompromise => {
            language.pick("認証局の鍵の危殆化", "the authority's key is compromised")
        }
        RevocationReason::AffiliationChanged => language.pick(
            "氏名・住所などの異動",
            "name, address or another item has changed",
        ),
        RevocationReason::Superseded => {
            language.pick("新しい証明書の発行", "a new certificate took its place")
        }
        RevocationReason::CessationOfOperation => {
            language.pick("本人の申請", "its holder asked for it")
        }
        RevocationReason::CertificateHold => language.pick("一時保留", "on hold"),
        RevocationReason::PrivilegeWithdrawn => {
            language.pick("住民票の消除など", "the resident's record has ended")
        }
    }
}

pub(super) fn term(term: Term, language: Language) -> String {
    let near = term.is_near();
    let said = match (term, language) {
        (Term::NotYet, _) => language
            .pick("まだ有効ではありません", "not valid yet")
            .to_owned(),
        (Term::Over, _) => language
            .pick("期限切れです", "has expired")
            .to_owned(),
        (Term::Left(Left::Years(n)), Language::Japanese) => format!("あと{n}年あまり"),
        (Term::Left(Left::Years(n)), Language::English) => format!("in {n} years"),
        (Term::Left(Left::Months(n)), Language::Japanese) => format!("あと{n}か月あまり"),
        (Term::Left(Left::Months(1)), Language::English) => "in 1 month".to_owned(),
        (Term::Left(Left::Months(n)), Language::English) => format!("in {n} months"),
        (Term::Left(Left::Days(n)), Language::Japanese) => format!("あと{n}日"),
        (Term::Left(Left::Days(1)), Language::English) => "tomorrow".to_owned(),
        (Term::Left(Left::Days(n)), Language::English) => format!("in {n} days"),
        (Term::Left(Left::Today), _) => language
            .pick("今日まで", "today")
            .to_owned(),
    };
    let renew = match near {
        true => language.pick(
            "。市区町村の窓口で更新できます",
            "; it can be renewed at the municipality's counter",
        ),
        false => "",
    };
    format!("({said}{renew})")
}

fn birth(items: &HolderItems, language: Language) -> String {
    match items.birth_date() {
        Some(birth) => date(birth, language),
        // A part of it is unknown; the digits say which.
        None => items.birth.clone(),
    }
}

fn sex(sex: Sex, language: Language) -> &'static str {
    match sex {
        Sex::Male => language.pick("男", "male"),
        Sex::Female => language.pick("女", "female"),
        Sex::Unknown => language.pick("不明", "unknown"),
    }
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
