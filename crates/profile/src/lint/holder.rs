//! Certificates of cards (`facts/profile-and-rules.md` A.3, A.4).

use super::{
    Finding, Findings,
    certificate::{self, Issuer},
    items,
};
use crate::{
    Certificate, CertificateKind, CrlScope, Municipality, UnsignedCertificate, Urls, build,
    municipality, names, validity,
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use shirushi_clock::{Date, Instant, birthday_in_year};

const SIGNATURE_EXTENSIONS: [(ObjectIdentifier, bool); 8] = [
    (rfc5280::ID_CE_KEY_USAGE, true),
    (rfc5280::ID_CE_SUBJECT_ALT_NAME, false),
    (rfc5280::ID_CE_CERTIFICATE_POLICIES, true),
    (rfc5280::ID_CE_ISSUER_ALT_NAME, false),
    (rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false),
    (rfc5280::ID_PE_AUTHORITY_INFO_ACCESS, false),
    (rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false),
    (rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false),
];
const AUTHENTICATION_EXTENSIONS: [(ObjectIdentifier, bool); 8] = [
    (rfc5280::ID_CE_KEY_USAGE, true),
    (rfc5280::ID_CE_EXT_KEY_USAGE, false),
    (rfc5280::ID_CE_CERTIFICATE_POLICIES, true),
    (rfc5280::ID_CE_ISSUER_ALT_NAME, false),
    (rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false),
    (rfc5280::ID_PE_AUTHORITY_INFO_ACCESS, false),
    (rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false),
    (rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false),
];
/// digitalSignature and nonRepudiation.
const SIGNATURE_KEY_USAGE: [u8; 4] = [0x03, 0x02, 0x06, 0xc0];
/// digitalSignature.
const AUTHENTICATION_KEY_USAGE: [u8; 4] = [0x03, 0x02, 0x07, 0x80];
/// SEQUENCE { id-kp-clientAuth }
const CLIENT_AUTHENTICATION: [u8; 12] = [
    0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02,
];
/// Years after which every certificate has ended: the sixth birthday.
const MOST_YEARS: i16 = 6;

/// What departs from the profile in a certificate of a card, signed or not yet, issued by `issuer`. The kind is the issuer's.
#[must_use]
pub fn lint_end_entity(
    certificate: &impl AsRef<UnsignedCertificate>,
    issuer: &Certificate,
) -> Vec<Finding> {
    let certificate = certificate.as_ref();
    let mut findings = Findings::default();
    let Some(kind) = names::authority_kind(issuer) else {
        findings.require("certificate.issuer-is-authority", false, || {
            format!("issued by {}", issuer.subject_text())
        });
        return findings.0;
    };
    let (extensions, key_usage) = match kind {
        CertificateKind::Signature => (&SIGNATURE_EXTENSIONS, &SIGNATURE_KEY_USAGE),
        CertificateKind::Authentication => (&AUTHENTICATION_EXTENSIONS, &AUTHENTICATION_KEY_USAGE),
    };
    let by = Issuer::from(issuer);
    certificate::lint(&mut findings, certificate, &by, extensions, key_usage);
    certificate::lint_issued(&mut findings, certificate, issuer);
    certificate::expect_directory_name(
        &mut findings,
        "holder.issuer-alternative-name",
        certificate,
        rfc5280::ID_CE_ISSUER_ALT_NAME,
        &names::authority_in_japanese(kind),
    );
    lint_validity(&mut findings, certificate);
    let urls = lint_access(&mut findings, certificate, kind);
    if let Some(urls) = &urls {
        lint_policy(&mut findings, certificate, kind, urls);
    }
    let place = certificate
        .municipality_code()
        .and_then(|code| municipality(&code));
    findings.require("holder.municipality", place.is_some(), || {
        certificate.subject_text()
    });
    if let Some(place) = place {
        lint_subject(&mut findings, certificate, kind, place);
        if let Some(urls) = &urls {
            lint_point(&mut findings, certificate, kind, place, urls);
        }
    }
    match kind {
        CertificateKind::Signature => items::lint(&mut findings, certificate),
        CertificateKind::Authentication => certificate::expect_value(
            &mut findings,
            "holder.purpose",
            certificate,
            rfc5280::ID_CE_EXT_KEY_USAGE,
            &CLIENT_AUTHENTICATION,
        ),
    }
    findings.0
}

/// The end is the end of a day in Japan, no later than six years on; of a signature certificate, no later than the birthday.
fn lint_validity(findings: &mut Findings, certificate: &UnsignedCertificate) {
    let end = certificate.not_after();
    let day = end.date_jst();
    findings.require(
        "holder.end-of-day",
        Instant::end_of_day_jst(day) == Ok(end),
        || format!("ends {end}"),
    );
    let issued = certificate.not_before();
    let first = issued.date_jst();
    let last = birthday_in_year(first, first.year().saturating_add(MOST_YEARS));
    findings.require(
        "holder.six-years",
        last.is_some_and(|last| day <= last),
        || format!("from {first} to {day}"),
    );
    let birth = certificate
        .holder()
        .and_then(|h| h.birth_date());
    if let Some(birth) = birth {
        let longest = validity::authentication_not_after(birth, issued, true, Date::MAX);
        findings.require(
            "holder.sixth-birthday",
            longest.is_ok_and(|longest| end <= longest),
            || format!("ends {end}"),
        );
    }
}

/// Gives the addresses, derived from the responder's.
fn lint_access(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    kind: CertificateKind,
) -> Option<Urls> {
    let responder = match certificate.ocsp_urls() {
        [url] => url.as_str(),
        _ => "",
    };
    let urls = responder
        .strip_suffix(&format!("/ocsp/{}", kind.path()))
        .and_then(|base| Urls::new(base).ok());
    // The address of its list says which generation it is of; all others must agree.
    let urls = urls.map(|urls| match certificate.generation() {
        Some(generation) => urls.of_generation(generation),
        None => urls,
    });
    let issuers = certificate.ca_issuer_urls();
    let fits = match (&urls, kind) {
        (Some(urls), CertificateKind::Signature) => urls.is_of_issuer(kind, issuers),
        (Some(_), CertificateKind::Authentication) => issuers.is_empty(),
        (None, _) => false,
    };
    findings.require("holder.access", fits, || {
        format!(
            "OCSP {:?}, authority {:?}",
            certificate.ocsp_urls(),
            certificate.ca_issuer_urls()
        )
    });
    urls
}

fn lint_policy(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    kind: CertificateKind,
    urls: &Urls,
) {
    use shirushi_asn1::{oid, tlv};
    let identifier = |oid: ObjectIdentifier| tlv::element(tlv::OBJECT_IDENTIFIER, oid.as_bytes());
    let sequence = |parts: &[Vec<u8>]| tlv::element(tlv::SEQUENCE, &parts.concat());
    // IA5String
    let cps = tlv::element(0x16, urls.cps().as_bytes());
    let qualifiers = sequence(&[sequence(&[identifier(oid::QUALIFIER_CPS), cps])]);
    let value = sequence(&[sequence(&[identifier(kind.policy()), qualifiers])]);
    certificate::expect_value(
        findings,
        "holder.policy",
        certificate,
        rfc5280::ID_CE_CERTIFICATE_POLICIES,
        &value,
    );
}

fn lint_subject(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    kind: CertificateKind,
    place: &Municipality,
) {
    let common_name =
        build::common_name(kind, certificate.serial(), certificate.not_before(), place);
    findings.require(
        "holder.subject",
        certificate.subject_der() == names::end_entity(kind, place, &common_name),
        || certificate.subject_text(),
    );
}

fn lint_point(
    findings: &mut Findings,
    certificate: &UnsignedCertificate,
    kind: CertificateKind,
    place: &Municipality,
    urls: &Urls,
) {
    let fits = match certificate.distribution_points() {
        [point] => {
            point.names.len() == 2
                && point.directory_names == [names::distribution_point(kind, place)]
                && point.uris == [urls.crl(kind, CrlScope::Municipality(place.code))]
                && point.reasons.is_none()
                && point.crl_issuer.is_empty()
        }
        _ => false,
    };
    findings.require("holder.distribution-point", fits, || {
        "not the municipality's directory name and address".to_owned()
    });
}
