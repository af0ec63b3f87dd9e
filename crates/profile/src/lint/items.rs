//! The six personal items of a signature certificate (`facts/profile-and-rules.md` A.5, D.3). Findings never quote them.

use super::Findings;
use crate::{HolderItems, MAX_ADDRESS_CHARACTERS, MAX_NAME_CHARACTERS, Sex, UnsignedCertificate};
use const_oid::db::rfc5280;
use der::Decode;
use shirushi_asn1::{oid, other_name};
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};

pub(super) fn lint(findings: &mut Findings, certificate: &UnsignedCertificate) {
    let names = certificate
        .extension(rfc5280::ID_CE_SUBJECT_ALT_NAME)
        .and_then(|e| SubjectAltName::from_der(e.value).ok())
        .map(|names| names.0)
        .unwrap_or_default();
    let texts = in_order(&names);
    findings.require("holder.items", texts.is_some(), || {
        "not the six items in their order, each an otherName with a UTF8String".to_owned()
    });
    if let Some([name, birth, sex, address, name_marks, address_marks]) = texts {
        lint_text(
            findings,
            "holder.name",
            name,
            name_marks,
            MAX_NAME_CHARACTERS,
        );
        lint_text(
            findings,
            "holder.address",
            address,
            address_marks,
            MAX_ADDRESS_CHARACTERS,
        );
        findings.require("holder.sex", Sex::from_code(sex).is_some(), || {
            "not 1, 2 or 3".to_owned()
        });
        findings.require("holder.birth", is_birth(certificate, birth), || {
            "not an era's digit and the Gregorian date in that era".to_owned()
        });
    }
}

fn in_order(names: &[GeneralName]) -> Option<[&str; 6]> {
    let mut texts = [""; 6];
    if names.len() != texts.len() {
        return None;
    }
    for (index, name) in names.iter().enumerate() {
        let (found, text) = other_name::as_utf8(name)?;
        if found != oid::ITEMS_IN_ORDER[index] {
            return None;
        }
        texts[index] = text;
    }
    Some(texts)
}

fn lint_text(findings: &mut Findings, rule: &'static str, text: &str, marks: &str, most: usize) {
    let characters = text.chars().count();
    findings.require(rule, !text.trim().is_empty() && characters <= most, || {
        format!("{characters} characters; 1 to {most} fit")
    });
    let outside = text
        .chars()
        .filter(|c| !shirushi_text::in_certificate_repertoire(*c))
        .count();
    findings.require(rule, outside == 0, || {
        format!("{outside} characters outside JIS X 0208 and JIS X 0212")
    });
    findings.require(
        rule,
        marks.len() == characters
            && marks
                .chars()
                .all(|m| matches!(m, '0' | '1')),
        || {
            format!(
                "{} substitute marks for {characters} characters",
                marks.len()
            )
        },
    );
}

/// Nine digits, the era's the right one for the date. We never write unknown parts.
fn is_birth(certificate: &UnsignedCertificate, birth: &str) -> bool {
    let date = certificate
        .holder()
        .as_ref()
        .and_then(HolderItems::birth_date);
    date.is_some_and(|date| {
        let digit = shirushi_text::era_digit(date.year(), date.month(), date.day());
        birth.starts_with(digit) && date <= certificate.not_before().date_jst()
    })
}
