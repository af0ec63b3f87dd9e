//! Lists that verifiers have got wrong, as files: see `../data/README.md`.

use crate::pki::at;
use shirushi_path::{
    Evidence, PathError, PathValid, Requirements, StatusProblem, TrustAnchors, validate,
};
use shirushi_profile::{Certificate, CertificateKind, CertificateList, RevocationReason};
use std::path::Path;

/// 2026-11-29T09:00:00Z
const THEN: i64 = 1_795_942_800;

fn file(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    std::fs::read(data.join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&file(name)).unwrap()
}

fn judge(list: &str, requirements: &Requirements) -> Result<PathValid, PathError> {
    let evidence = Evidence {
        crls: vec![CertificateList::from_der(&file(list)).unwrap()],
        ..Evidence::default()
    };
    let anchors = TrustAnchors::new(vec![certificate("ca.der")]);
    validate(
        &certificate("signer.der"),
        &[],
        &anchors,
        &evidence,
        requirements,
    )
}

fn now() -> Requirements {
    Requirements::new(CertificateKind::Signature, at(THEN))
}

#[test]
fn what_is_odd_about_others_spoils_no_list() {
    for list in [
        "good.crl",
        "crl-number-2-64.crl",
        "crl-number-20-octets.crl",
        "crl-reason-7-of-another.crl",
        "crl-reason-11-of-another.crl",
        "crl-sha256rsa-parameters-absent.crl",
    ] {
        let judged = judge(list, &now());
        assert!(judged.is_ok(), "{list}: {judged:?}");
    }
}

#[test]
fn whom_a_list_revokes_is_revoked() {
    for list in [
        "crl-entry-revoked-in-2034.crl",
        "crl-issuer-in-printable-string-revoked.crl",
        "crl-revoked-after-the-signing-time.crl",
    ] {
        let judged = judge(list, &now());
        assert!(
            matches!(judged, Err(PathError::Revoked { .. })),
            "{list}: {judged:?}"
        );
    }
    // Asked about the instant before it was recorded, it lived, and is dead since.
    let Err(PathError::Revoked { at, reason, .. }) =
        judge("crl-revoked-after-the-signing-time.crl", &now())
    else {
        panic!();
    };
    assert_ne!(reason, RevocationReason::CertificateHold);
    let before = Requirements::in_the_past(CertificateKind::Signature, at.plus_seconds(-1))
        .by_the_clock(now().at);
    let lived = judge("crl-revoked-after-the-signing-time.crl", &before).unwrap();
    assert_eq!(lived.revoked_later(), Some(at));
}

#[test]
fn a_list_of_2034_says_that_a_clock_is_wrong() {
    let Err(PathError::StatusUnknown { index: 0, why }) =
        judge("crl-this-update-in-2034.crl", &now())
    else {
        panic!();
    };
    assert!(matches!(why, StatusProblem::FromTheFuture { .. }));
    assert!(
        why.to_string()
            .ends_with("this clock or the authority's is wrong")
    );
}
