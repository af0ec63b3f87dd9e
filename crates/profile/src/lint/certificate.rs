//! What holds of every certificate of the sandbox.

use super::Findings;
use crate::{Certificate, SerialNumber, UnsignedCertificate, names, signature_algorithm_of};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{Decode, Encode};
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use x509_cert::TbsCertificate;

/// Octets below which a serial number cannot hold 64 random bits.
const LEAST_SERIAL_OCTETS: usize = 8;

/// RFC 5280 §4.1.2.2
const MOST_SERIAL_OCTETS: usize = 20;

/// What a certificate has as extensions: identifier, criticality.
pub(super) type Expected<'a> = &'a [(ObjectIdentifier, bool)];

/// Who issues: an authority's certificate, or the certificate itself.
pub(super) struct Issuer<'a> {
    pub(super) name_der: &'a [u8],
    pub(super) public_key: &'a PublicKey,
}

impl<'a> From<&'a Certificate> for Issuer<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Self {
            name_der: certificate.subject_der(),
            public_key: certificate.public_key(),
        }
    }
}

pub(super) fn lint(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    issuer: &Issuer<'_>,
    expected: Expected<'_>,
    key_usage: &[u8],
) {
    findings.require("certificate.version", certificate.version() == 3, || {
        format!("version {}", certificate.version())
    });
    findings.require("certificate.der", is_canonical(certificate), || {
        "the bytes are not the canonical encoding of their content".to_owned()
    });
    lint_serial(findings, certificate.serial());
    let algorithm = signature_algorithm_of(issuer.public_key).map(SignatureAlgorithm::identifier);
    let named = certificate.algorithm_identifier();
    findings.require(
        "certificate.algorithm",
        algorithm.as_ref() == Ok(named),
        || format!("{named:?} where the issuer's key signs with {algorithm:?}"),
    );
    findings.require(
        "certificate.issuer",
        certificate.issuer_der() == issuer.name_der,
        || format!("issuer {}", certificate.issuer_text()),
    );
    for name in [certificate.issuer_der(), certificate.subject_der()] {
        if let Err(refused) = names::refuse_reserved(name) {
            findings.require("certificate.reserved-name", false, || refused.to_string());
        }
    }
    findings.require(
        "certificate.key",
        signature_algorithm_of(certificate.public_key()).is_ok(),
        || "the key is not one that the profile allows".to_owned(),
    );
    findings.require(
        "certificate.period",
        certificate.not_before() < certificate.not_after(),
        || "the validity is empty".to_owned(),
    );
    let found: Vec<_> = certificate
        .extensions()
        .map(|e| (e.oid, e.critical))
        .collect();
    findings.require("certificate.extensions", found == expected, || {
        format!("{found:?}")
    });
    expect_value(
        findings,
        "certificate.key-usage",
        certificate,
        rfc5280::ID_CE_KEY_USAGE,
        key_usage,
    );
    let key_identifier = certificate
        .public_key()
        .key_identifier();
    findings.require(
        "certificate.subject-key-identifier",
        certificate.subject_key_identifier() == Some(&key_identifier[..]),
        || "not the SHA-1 of the key bits".to_owned(),
    );
}

/// What holds of certificates that another has issued.
pub(super) fn lint_issued(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    issuer: &Certificate,
) {
    findings.require(
        "certificate.within-issuer",
        certificate.not_before() >= issuer.not_before()
            && certificate.not_after() <= issuer.not_after(),
        || "valid outside the issuer's validity".to_owned(),
    );
    findings.require(
        "certificate.issuer-is-authority",
        names::authority_kind(issuer).is_some()
            && issuer
                .basic_constraints()
                .is_some_and(|c| c.ca),
        || format!("issued by {}", issuer.subject_text()),
    );
    findings.require(
        "certificate.authority-key-identifier",
        certificate
            .authority_key_identifier()
            .is_some()
            && certificate.authority_key_identifier() == issuer.subject_key_identifier()
            && certificate.authority_certificate() == Some((issuer.issuer_der(), issuer.serial())),
        || "does not point to the issuer's certificate".to_owned(),
    );
}

/// A finding unless the extension's value is exactly `value`.
pub(super) fn expect_value(
    findings: &mut Findings,
    rule: &'static str,
    certificate: &UnsignedCertificate,
    oid: ObjectIdentifier,
    value: &[u8],
) {
    let found = certificate
        .extension(oid)
        .map(|e| e.value);
    findings.require(rule, found == Some(value), || match found {
        Some(bytes) => format!("{} where {} is due", hex::encode(bytes), hex::encode(value)),
        None => "absent".to_owned(),
    });
}

/// A finding unless the extension holds exactly one directoryName, `name_der`.
pub(super) fn expect_directory_name(
    findings: &mut Findings,
    rule: &'static str,
    certificate: &UnsignedCertificate,
    oid: ObjectIdentifier,
    name_der: &[u8],
) {
    // GeneralNames { [4] EXPLICIT Name }
    let value = shirushi_asn1::tlv::element(
        shirushi_asn1::tlv::SEQUENCE,
        &shirushi_asn1::tlv::element(0xa4, name_der),
    );
    expect_value(findings, rule, certificate, oid, &value);
}

fn lint_serial(findings: &mut Findings, serial: &SerialNumber) {
    let octets = serial.as_bytes().len();
    findings.require("certificate.serial", octets >= LEAST_SERIAL_OCTETS, || {
        format!("{octets} octets cannot hold 64 random bits")
    });
    findings.require(
        "certificate.serial-positive",
        serial.is_positive() && serial.to_der_content().len() <= MOST_SERIAL_OCTETS,
        || format!("{serial} is not positive, or takes more than {MOST_SERIAL_OCTETS} octets"),
    );
}

/// Whether the library, which writes DER only, gives the same bytes: lengths, booleans, defaults and the form of times.
fn is_canonical(certificate: &UnsignedCertificate) -> bool {
    TbsCertificate::from_der(certificate.tbs_der())
        .and_then(|read| read.to_der())
        .is_ok_and(|written| written == certificate.tbs_der())
}
