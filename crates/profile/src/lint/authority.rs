//! Certificates of authorities (`facts/profile-and-rules.md` A.2).

use super::{
    Finding, Findings,
    certificate::{self, Issuer},
};
use crate::{CertificateKind, UnsignedCertificate, names, validity};
use const_oid::{ObjectIdentifier, db::rfc5280};

const EXTENSIONS: [(ObjectIdentifier, bool); 5] = [
    (rfc5280::ID_CE_KEY_USAGE, true),
    (rfc5280::ID_CE_SUBJECT_ALT_NAME, false),
    (rfc5280::ID_CE_BASIC_CONSTRAINTS, true),
    (rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false),
    (rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false),
];
/// keyCertSign and cRLSign.
const KEY_USAGE: [u8; 4] = [0x03, 0x02, 0x01, 0x06];
/// cA, no path length.
const CONSTRAINTS: [u8; 5] = [0x30, 0x03, 0x01, 0x01, 0xff];

/// What departs from the profile in an authority's certificate.
#[must_use]
pub fn lint_ca(certificate: &impl AsRef<UnsignedCertificate>) -> Vec<Finding> {
    let certificate = certificate.as_ref();
    let mut findings = Findings::default();
    let itself = Issuer {
        name_der: certificate.subject_der(),
        public_key: certificate.public_key(),
    };
    certificate::lint(&mut findings, certificate, &itself, &EXTENSIONS, &KEY_USAGE);
    let kind = CertificateKind::ALL
        .into_iter()
        .find(|kind| names::authority(*kind) == certificate.subject_der());
    findings.require("authority.subject", kind.is_some(), || {
        certificate.subject_text()
    });
    if let Some(kind) = kind {
        certificate::expect_directory_name(
            &mut findings,
            "authority.alternative-name",
            certificate,
            rfc5280::ID_CE_SUBJECT_ALT_NAME,
            &names::authority_in_japanese(kind),
        );
    }
    certificate::expect_value(
        &mut findings,
        "authority.constraints",
        certificate,
        rfc5280::ID_CE_BASIC_CONSTRAINTS,
        &CONSTRAINTS,
    );
    let is_own_point = match certificate.distribution_points() {
        [point] => {
            point.names.len() == 1
                && point.directory_names == [certificate.subject_der()]
                && point.reasons.is_none()
                && point.crl_issuer.is_empty()
        }
        _ => false,
    };
    findings.require("authority.distribution-point", is_own_point, || {
        "not the authority's own name alone".to_owned()
    });
    let end = validity::authority_not_after(certificate.not_before()).ok();
    findings.require(
        "authority.ten-years",
        end == Some(certificate.not_after()),
        || format!("ends {}", certificate.not_after()),
    );
    findings.0
}
