//! OCSP as OpenSSL speaks it.
//!
//! * It reads our requests and responses, and we read its requests.
//! * A response that is changed, signed by another, or for another nonce is refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_crypto::{DigestAlgorithm, SigningKey, SoftwareKey};
use shirushi_profile::{
    CertificateKind, RevocationReason,
    ocsp::{self, CertId, CertificateStatus, ReceivedResponse},
};
use std::path::Path;

/// A response of `signer` about the holder's certificate and two others.
fn response(
    authority: &Authority,
    ids: &[(CertId, CertificateStatus)],
    signer: &SoftwareKey,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let statuses: Vec<_> = ids
        .iter()
        .map(|(id, status)| (id.clone(), *status, at(0), at(900)))
        .collect();
    let key = authority.responder_key.public_key();
    let tbs = ocsp::response_tbs(key, at(0), &statuses, nonce).unwrap();
    let signature = signer.sign(&tbs).unwrap();
    ocsp::assemble_response(&tbs, signer.algorithm(), &signature, &authority.responder).unwrap()
}

/// What OpenSSL says of `response.der` as an answer to `request.der`. The leeway takes the times out of the question: the city's
/// clock is not the machine's.
fn judge(directory: &Path) -> String {
    let time = (NOW + 60).to_string();
    let (_, text) = try_run(
        directory,
        "openssl",
        &[
            "ocsp",
            "-reqin",
            "request.der",
            "-respin",
            "response.der",
            "-issuer",
            "ca.pem",
            "-CAfile",
            "ca.pem",
            "-attime",
            &time,
            "-validity_period",
            "2000000000",
            "-resp_text",
        ],
    );
    text
}

#[test]
fn openssl_accepts_our_statuses_and_refuses_changed_ones() {
    let authority = Authority::new(CertificateKind::Authentication);
    let directory = directory_of(&authority);
    let directory = directory.path();
    let id = |serial| CertId::new(&authority.certificate, serial, DigestAlgorithm::Sha1).unwrap();
    let (held, unknown) = (serial(), serial());
    let on_hold = CertificateStatus::Revoked {
        at: at(-3600),
        reason: RevocationReason::CertificateHold,
    };
    let statuses = [
        (id(authority.holder.serial()), CertificateStatus::Good),
        (id(&held), on_hold),
        (id(&unknown), CertificateStatus::Unknown),
    ];
    let ids: Vec<_> = statuses
        .iter()
        .map(|(id, _)| id.clone())
        .collect();
    let nonce = [0x5a; 32];
    let request = ocsp::build_request(&ids, Some(&nonce)).unwrap();
    std::fs::write(directory.join("request.der"), &request).unwrap();
    let write = |der: &[u8]| std::fs::write(directory.join("response.der"), der).unwrap();

    let good = response(&authority, &statuses, authority.responder_key, Some(&nonce));
    write(&good);
    let text = judge(directory);
    for expected in [
        "Response verify OK",
        "Cert Status: good",
        "Cert Status: revoked",
        "Revocation Time: Nov 21 23:00:00 2026 GMT",
        "Revocation Reason: certificateHold (0x6)",
        "Cert Status: unknown",
        "Produced At: Nov 22 00:00:00 2026 GMT",
        "Next Update: Nov 22 00:15:00 2026 GMT",
    ] {
        assert!(text.contains(expected), "no {expected} in {text}");
    }
    assert!(!text.contains("WARNING"), "{text}");

    // Without the nonce it is accepted with a warning; with another it is not.
    write(&response(
        &authority,
        &statuses,
        authority.responder_key,
        None,
    ));
    assert!(judge(directory).contains("WARNING: no nonce in response"));
    let other = response(
        &authority,
        &statuses,
        authority.responder_key,
        Some(&[1; 32]),
    );
    write(&other);
    assert!(judge(directory).contains("Nonce Verify error"));

    // Signed by the holder instead of the responder.
    let by_another = response(&authority, &statuses, authority.holder_key, Some(&nonce));
    write(&by_another);
    assert!(judge(directory).contains("Response Verify Failure"));

    // One status changed after signing: unknown becomes good.
    let unknown_status = hex::encode(&good).replacen("8200180f", "8000180f", 1);
    assert_ne!(unknown_status, hex::encode(&good));
    write(&hex::decode(unknown_status).unwrap());
    assert!(judge(directory).contains("Response Verify Failure"));

    let received = ReceivedResponse::from_der(&good).unwrap();
    assert_eq!(received.nonce(), Some(&nonce[..]));
    assert_eq!(received.produced_at(), at(0));
    let read: Vec<_> = received
        .statuses()
        .iter()
        .map(|s| (s.id.clone(), s.status))
        .collect();
    assert_eq!(read, statuses);
    assert!(received.is_by(&authority.responder));
    assert!(!received.is_by(&authority.holder));
    assert_eq!(received.certificates().len(), 1);
    assert_eq!(received.certificates()[0], authority.responder);
    authority
        .responder
        .public_key()
        .verify(
            received.signature_algorithm().unwrap(),
            received.tbs_der(),
            received.signature(),
        )
        .unwrap();
}

#[test]
fn requests_of_openssl_are_read_and_ours_are_read_by_it() {
    let authority = Authority::new(CertificateKind::Signature);
    let directory = directory_of(&authority);
    let directory = directory.path();
    for (digest, expected_digest) in [
        ("-sha1", DigestAlgorithm::Sha1),
        ("-sha256", DigestAlgorithm::Sha256),
    ] {
        run(
            directory,
            "openssl",
            &[
                "ocsp",
                digest,
                "-issuer",
                "ca.pem",
                "-cert",
                "holder.pem",
                "-cert",
                "responder.pem",
                "-reqout",
                "request.der",
            ],
        );
        let der = std::fs::read(directory.join("request.der")).unwrap();
        let request = ocsp::parse_request(&der).unwrap();
        assert_eq!(request.entries[0].digest(), Some(expected_digest));
        let serials: Vec<_> = request
            .entries
            .iter()
            .map(|id| *id.serial())
            .collect();
        let expected = [&authority.holder, &authority.responder].map(|c| *c.serial());
        assert_eq!(serials, expected);
        assert!(
            request
                .entries
                .iter()
                .all(|id| id.is_of(&authority.certificate))
        );
        let other = Authority::new(CertificateKind::Authentication);
        assert!(
            !request
                .entries
                .iter()
                .any(|id| id.is_of(&other.certificate))
        );
        assert!(
            request
                .nonce
                .is_some_and(|n| n.len() == 16)
        );
    }
    let ids = [CertId::new(
        &authority.certificate,
        authority.holder.serial(),
        DigestAlgorithm::Sha256,
    )
    .unwrap()];
    let request = ocsp::build_request(&ids, Some(&[7; 32])).unwrap();
    std::fs::write(directory.join("request.der"), request).unwrap();
    let text = run(
        directory,
        "openssl",
        &["ocsp", "-reqin", "request.der", "-req_text"],
    );
    let serial = authority
        .holder
        .serial()
        .to_string()
        .to_uppercase();
    for expected in ["Hash Algorithm: sha256", "OCSP Nonce", &serial] {
        assert!(text.contains(expected), "no {expected} in {text}");
    }
}
