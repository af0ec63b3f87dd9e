//! Paths, revocation lists and OCSP as OpenSSL judges them.
//!
//! * Every certificate verifies under its authority, strictly, for its purpose, and under no other authority.
//! * A revoked certificate is refused with the complete list and with its municipality's; one that is not listed passes with either;
//!   with another municipality's list nothing is decided.
//! * OpenSSL reads our OCSP requests and responses, we read its requests, and a response that is changed, or for another nonce,
//!   is refused.

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_crypto::{DigestAlgorithm, SigningKey, SoftwareKey};
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, MUNICIPALITIES, RevocationReason, RevokedEntry,
    ocsp::{self, CertId, CertificateStatus, ReceivedResponse},
};
use std::path::Path;

const HERE: CrlScope<'static> = CrlScope::Municipality(&MUNICIPALITIES[0]);
const ELSEWHERE: CrlScope<'static> = CrlScope::Municipality(&MUNICIPALITIES[1]);

fn verify(directory: &Path, more: &[&str], certificate: &str) -> (bool, String) {
    let time = (NOW + 60).to_string();
    let mut arguments = vec![
        "verify",
        "-x509_strict",
        "-attime",
        &time,
        "-CAfile",
        "ca.pem",
    ];
    arguments.extend(more);
    arguments.push(certificate);
    try_run(directory, "openssl", &arguments)
}

fn write_list(directory: &Path, list: &CertificateList) {
    std::fs::write(directory.join("list.der"), list.der()).unwrap();
    let arguments = [
        "crl", "-inform", "DER", "-in", "list.der", "-out", "list.pem",
    ];
    run(directory, "openssl", &arguments);
}

fn revoked(serial: shirushi_profile::SerialNumber) -> RevokedEntry {
    RevokedEntry {
        serial,
        revoked_at: at(-60),
        reason: RevocationReason::AffiliationChanged,
    }
}

#[test]
fn every_certificate_verifies_under_its_own_authority_only() {
    let [sign, auth] = CertificateKind::ALL.map(Authority::new);
    let [sign_directory, auth_directory] = [&sign, &auth].map(directory_of);
    let signature_policy = "1.2.392.200149.8.5.1.0.20";
    let authentication_policy = "1.2.392.200149.8.5.1.0.30";
    for (directory, other, purpose, policy, other_policy) in [
        (
            sign_directory.path(),
            auth_directory.path(),
            "any",
            signature_policy,
            authentication_policy,
        ),
        (
            auth_directory.path(),
            sign_directory.path(),
            "sslclient",
            authentication_policy,
            signature_policy,
        ),
    ] {
        for (certificate, purpose) in [
            ("holder.pem", purpose),
            ("responder.pem", "ocsphelper"),
            ("ca.pem", "any"),
        ] {
            let (ok, text) = verify(directory, &["-purpose", purpose], certificate);
            assert!(ok, "{certificate}: {text}");
        }
        for (policy, expected) in [(policy, true), (other_policy, false)] {
            let check = ["-policy_check", "-explicit_policy", "-policy", policy];
            let (ok, text) = verify(directory, &check, "holder.pem");
            assert_eq!(ok, expected, "{policy}: {text}");
        }
        let foreign = other.join("holder.pem");
        let (ok, text) = verify(directory, &[], &foreign.to_string_lossy());
        assert!(!ok, "{text}");
    }
    // clientAuth only: no key for a TLS server.
    let (ok, text) = verify(
        auth_directory.path(),
        &["-purpose", "sslserver"],
        "holder.pem",
    );
    assert!(
        !ok && text.contains("unsuitable certificate purpose"),
        "{text}"
    );
}

#[test]
fn a_revoked_certificate_is_refused_with_either_list_and_passes_when_not_listed() {
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let directory = directory_of(&authority);
        let directory = directory.path();
        let check = ["-crl_check", "-CRLfile", "list.pem"];
        let serial = *authority.holder.serial();
        for scope in [CrlScope::Complete, HERE] {
            for entries in [&[][..], &[revoked(fixture::serial())]] {
                write_list(directory, &authority.list(scope, entries));
                let (ok, text) = verify(directory, &check, "holder.pem");
                assert!(ok, "{kind} {scope:?}: {text}");
            }
            let entries = [revoked(fixture::serial()), revoked(serial)];
            write_list(directory, &authority.list(scope, &entries));
            let (ok, text) = verify(directory, &check, "holder.pem");
            assert!(!ok && text.contains("error 23"), "{kind} {scope:?}: {text}");
        }
        write_list(directory, &authority.list(ELSEWHERE, &[]));
        let (ok, text) = verify(directory, &check, "holder.pem");
        assert!(
            !ok && text.contains("different CRL scope"),
            "{kind}: {text}"
        );
    }
}

#[test]
fn a_list_is_signed_numbered_and_scoped_as_written() {
    let authority = Authority::new(CertificateKind::Signature);
    let directory = directory_of(&authority);
    let directory = directory.path();
    let reasons = [
        (RevocationReason::Unspecified, ""),
        (RevocationReason::KeyCompromise, "Key Compromise"),
        (RevocationReason::CaCompromise, "CA Compromise"),
        (RevocationReason::AffiliationChanged, "Affiliation Changed"),
        (RevocationReason::Superseded, "Superseded"),
        (
            RevocationReason::CessationOfOperation,
            "Cessation Of Operation",
        ),
        (RevocationReason::CertificateHold, "Certificate Hold"),
        (RevocationReason::PrivilegeWithdrawn, "Privilege Withdrawn"),
    ];
    let entries: Vec<_> = reasons
        .iter()
        .map(|(reason, _)| RevokedEntry {
            serial: serial(),
            revoked_at: at(-3600),
            reason: *reason,
        })
        .collect();
    let list = authority.list(HERE, &entries);
    write_list(directory, &list);
    let text = run(
        directory,
        "openssl",
        &[
            "crl", "-in", "list.pem", "-noout", "-text", "-verify", "-CAfile", "ca.pem",
        ],
    );
    for expected in [
        "verify OK",
        "Version 2 (0x1)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Last Update: Nov 22 00:00:00 2026 GMT",
        "Next Update: Nov 24 00:00:00 2026 GMT",
        "X509v3 Issuing Distribution Point: critical",
        "OU = CRL Distribution Points, OU = Tokyo-to, CN = Shirushi-shi CRLDP",
        "URI:http://127.0.0.1:8080/crl/sign/13998.crl",
    ] {
        assert!(text.contains(expected), "no {expected} in {text}");
    }
    let number = run(
        directory,
        "openssl",
        &["crl", "-in", "list.pem", "-noout", "-crlnumber"],
    );
    assert_eq!(number.trim(), "crlNumber=0x07");
    for (entry, (reason, shown)) in entries.iter().zip(reasons) {
        let serial = entry.serial.to_string().to_uppercase();
        let part = text
            .split("Serial Number: ")
            .find(|part| part.starts_with(&serial))
            .unwrap();
        assert!(part.contains("Nov 21 23:00:00 2026 GMT"), "{part}");
        let has_reason = part.contains("CRL Reason Code");
        assert_eq!(has_reason, !shown.is_empty(), "{reason}: {part}");
        assert!(part.contains(shown), "{reason}: {part}");
        // And as we read it ourselves.
        assert_eq!(list.entry(&entry.serial), Some(*entry));
    }
    assert_eq!(list.entry(&serial()), None);
    assert_eq!((list.len(), list.number()), (8, Some(7)));
    let point = list
        .issuing_distribution_point()
        .unwrap();
    assert_eq!(point.names, authority.holder.distribution_points()[0].names);
    let empty = authority.list(CrlScope::Complete, &[]);
    write_list(directory, &empty);
    let text = run(
        directory,
        "openssl",
        &["crl", "-in", "list.pem", "-noout", "-text"],
    );
    assert!(text.contains("No Revoked Certificates."), "{text}");
    assert!(!text.contains("Issuing Distribution Point"), "{text}");
}

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
    assert_eq!(received.certificates(), [authority.responder.clone()]);
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
