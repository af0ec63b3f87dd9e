//! Certificates of responders (RFC 6960 §4.2.2.2).

use super::{
    Finding, Findings,
    certificate::{self, Issuer},
};
use crate::{Certificate, CertificateKind, Generation, UnsignedCertificate, Urls, names};
use const_oid::{ObjectIdentifier, db::rfc5280};
use shirushi_asn1::oid;

const EXTENSIONS: [(ObjectIdentifier, bool); 6] = [
    (rfc5280::ID_CE_KEY_USAGE, true),
    (rfc5280::ID_CE_EXT_KEY_USAGE, false),
    (rfc5280::ID_PE_AUTHORITY_INFO_ACCESS, false),
    (oid::OCSP_NO_CHECK, false),
    (rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false),
    (rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false),
];
/// digitalSignature.
const KEY_USAGE: [u8; 4] = [0x03, 0x02, 0x07, 0x80];
/// SEQUENCE { id-kp-OCSPSigning }
const OCSP_SIGNING: [u8; 12] = [
    0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09,
];
/// NULL
const NO_CHECK: [u8; 2] = [0x05, 0x00];

/// What departs from the profile in a responder's certificate, signed or not yet, issued by `issuer`.
#[must_use]
pub fn lint_responder(
    certificate: &impl AsRef<UnsignedCertificate>,
    issuer: &Certificate,
) -> Vec<Finding> {
    let certificate = certificate.as_ref();
    let mut findings = Findings::default();
    let by = Issuer::from(issuer);
    certificate::lint(&mut findings, certificate, &by, &EXTENSIONS, &KEY_USAGE);
    certificate::lint_issued(&mut findings, certificate, issuer);
    for (rule, oid, value) in [
        (
            "responder.purpose",
            rfc5280::ID_CE_EXT_KEY_USAGE,
            &OCSP_SIGNING[..],
        ),
        ("responder.no-check", oid::OCSP_NO_CHECK, &NO_CHECK),
    ] {
        certificate::expect_value(&mut findings, rule, certificate, oid, value);
    }
    let Some(kind) = names::authority_kind(issuer) else {
        return findings.0;
    };
    findings.require(
        "responder.subject",
        certificate.subject_der() == names::responder(kind),
        || certificate.subject_text(),
    );
    let names_authority = match certificate.ca_issuer_urls() {
        [url] => is_authority_address(url, kind),
        _ => false,
    };
    findings.require(
        "responder.access",
        names_authority && certificate.ocsp_urls().is_empty(),
        || format!("authority {:?}", certificate.ca_issuer_urls()),
    );
    findings.0
}

/// The address of the certificate of any generation of the kind's authority.
fn is_authority_address(url: &str, kind: CertificateKind) -> bool {
    let Some((base, file)) = url.rsplit_once("/ca/") else {
        return false;
    };
    let Ok(urls) = Urls::new(base) else {
        return false;
    };
    let generation = file
        .strip_prefix(kind.path())
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".cer"))
        .and_then(|number| number.parse().ok())
        .unwrap_or(Generation::FIRST);
    let named = [url.to_owned()];
    urls.of_generation(generation)
        .is_of_issuer(kind, &named)
}
