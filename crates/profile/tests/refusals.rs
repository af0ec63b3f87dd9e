//! What is never built.
//!
//! * Nothing is issued by, or bears, a name of the real service or its test hierarchy, whoever asks.
//! * Nothing is issued by another than the kind's own authority, outside its validity, for an empty period, for weak keys, or with
//!   items that do not fit.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_crypto::{KeyKind, PublicKey, SigningKey, SoftwareKey};
use shirushi_profile::{
    Certificate, CertificateKind, CrlScope, EndEntityRequest, Holder, MUNICIPALITIES, ProfileError,
    RevokedEntry, SerialNumber, ca_certificate_tbs, crl_tbs, end_entity_tbs, lint,
    responder_certificate_tbs,
};

const NO_ENTRIES: [RevokedEntry; 0] = [];

/// A self-signed authority made by OpenSSL with any name.
fn foreign_authority(subject: &str) -> Certificate {
    let directory = tempfile::tempdir().unwrap();
    run(
        directory.path(),
        "openssl",
        &[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-subj", subject, "-days",
            "3650", "-keyout", "key.pem", "-outform", "DER", "-out", "ca.der",
        ],
    );
    let der = std::fs::read(directory.path().join("ca.der")).unwrap();
    Certificate::from_der(&der).unwrap()
}

fn request<'a>(
    authority: &'a Authority,
    serial: &'a SerialNumber,
    holder: &'a Holder,
) -> EndEntityRequest<'a> {
    EndEntityRequest {
        kind: authority.kind,
        serial,
        not_before: at(0),
        not_after: at(365 * DAY),
        public_key: authority.holder_key.public_key(),
        municipality: &MUNICIPALITIES[0],
        holder,
    }
}

#[test]
fn names_of_the_real_service_issue_nothing() {
    let authority = Authority::new(CertificateKind::Signature);
    let (serial, holder) = (serial(), taro());
    let request = request(&authority, &serial, &holder);
    for (subject, organization) in [
        ("/C=JP/O=JPKI/OU=JPKI for digital signature", "JPKI"),
        (
            "/C=JP/O=JPKI-TEST/OU=JPKI for digital signature",
            "JPKI-TEST",
        ),
        ("/C=JP/O=jpki/OU=JPKI for digital signature", "jpki"),
        ("/C=JP/O=公的個人認証サービス", "公的個人認証サービス"),
        ("/C=JP/O=Else/OU=JPKI", "JPKI"),
    ] {
        let theirs = foreign_authority(subject);
        let reserved = ProfileError::ReservedName {
            organization: organization.to_owned(),
        };
        let key = authority.responder_key.public_key();
        assert_eq!(
            end_entity_tbs(&theirs, &urls(), &request),
            Err(reserved.clone())
        );
        assert_eq!(
            responder_certificate_tbs(&theirs, &urls(), &serial, at(0), at(DAY), key),
            Err(reserved.clone())
        );
        let list = crl_tbs(
            &theirs,
            &urls(),
            CrlScope::Complete,
            1,
            at(0),
            at(DAY),
            NO_ENTRIES,
        );
        assert_eq!(list, Err(reserved));
        let findings = lint::lint_ca(&theirs);
        assert!(
            findings
                .iter()
                .any(|f| f.rule == "certificate.reserved-name"),
            "{findings:?}"
        );
    }
}

#[test]
fn only_the_kinds_own_authority_issues() {
    let [sign, auth] = CertificateKind::ALL.map(Authority::new);
    let (serial, holder) = (serial(), taro());
    let of_sign = request(&sign, &serial, &holder);
    assert_eq!(
        end_entity_tbs(&auth.certificate, &urls(), &of_sign),
        Err(ProfileError::NotTheIssuer {
            kind: CertificateKind::Signature
        })
    );
    let stranger = foreign_authority("/C=JP/O=Stranger");
    for issuer in [&stranger, &sign.holder, &sign.responder] {
        assert_eq!(
            end_entity_tbs(issuer, &urls(), &of_sign),
            Err(ProfileError::NotAnAuthority)
        );
    }
}

#[test]
fn periods_that_are_empty_or_outside_the_issuers_are_refused() {
    let authority = Authority::new(CertificateKind::Authentication);
    let issuer = &authority.certificate;
    let (serial, holder) = (serial(), taro());
    let right = request(&authority, &serial, &holder);
    let issue = |not_before, not_after| {
        let request = EndEntityRequest {
            not_before,
            not_after,
            ..right
        };
        end_entity_tbs(issuer, &urls(), &request)
    };
    let (from, until) = (issuer.not_before(), issuer.not_after());
    assert!(issue(from, until).is_ok());
    for (not_before, not_after) in [
        (from, until.plus_seconds(1)),
        (from.plus_seconds(-1), until),
    ] {
        assert_eq!(
            issue(not_before, not_after),
            Err(ProfileError::OutsideIssuer {
                not_before,
                not_after
            })
        );
    }
    let empty = ProfileError::Period {
        not_before: at(5),
        not_after: at(5),
    };
    assert_eq!(issue(at(5), at(5)), Err(empty.clone()));
    let list = crl_tbs(
        issuer,
        &urls(),
        CrlScope::Complete,
        1,
        at(5),
        at(5),
        NO_ENTRIES,
    );
    assert_eq!(list, Err(empty));
}

#[test]
fn weak_keys_are_refused_and_other_curves_sign_by_their_own_algorithm() {
    let directory = tempfile::tempdir().unwrap();
    run(
        directory.path(),
        "openssl",
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:1024",
            "-out",
            "weak.pem",
        ],
    );
    run(
        directory.path(),
        "openssl",
        &[
            "pkey", "-in", "weak.pem", "-pubout", "-outform", "DER", "-out", "weak.der",
        ],
    );
    let der = std::fs::read(directory.path().join("weak.der")).unwrap();
    let weak = PublicKey::from_spki_der(&der).unwrap();
    let kind = CertificateKind::Signature;
    assert_eq!(
        ca_certificate_tbs(kind, &serial(), at(0), &weak),
        Err(ProfileError::Key)
    );
    let authority = Authority::new(kind);
    let (serial, holder) = (serial(), taro());
    let request = EndEntityRequest {
        public_key: &weak,
        ..request(&authority, &serial, &holder)
    };
    assert_eq!(
        end_entity_tbs(&authority.certificate, &urls(), &request),
        Err(ProfileError::Key)
    );
    // An authority on P-384, announced for the next card: same profile, other algorithm.
    let next = SoftwareKey::generate(KeyKind::P384).unwrap();
    let tbs = ca_certificate_tbs(kind, &serial, at(0), next.public_key()).unwrap();
    let certificate = sign(&next, &tbs);
    assert_eq!(certificate.signature_algorithm(), Ok(next.algorithm()));
    assert_eq!(lint::lint_ca(&certificate), []);
}

#[test]
fn items_that_do_not_fit_are_refused_in_a_signature_certificate() {
    let authority = Authority::new(CertificateKind::Signature);
    let serial = serial();
    let mut holder = taro();
    holder.address = "一".repeat(201);
    let refused = end_entity_tbs(
        &authority.certificate,
        &urls(),
        &request(&authority, &serial, &holder),
    );
    assert_eq!(
        refused,
        Err(ProfileError::LongItem {
            item: "address",
            characters: 201,
            most: 200
        })
    );
}
