//! Paths and revocation lists as OpenSSL judges them.
//!
//! * Every certificate verifies under its authority, strictly, for its purpose, and under no other authority.
//! * A revoked certificate is refused with the complete list and with its municipality's; one that is not listed passes with either;
//!   with another municipality's list nothing is decided.
//! * Who wants a list for each certificate of the path has enough with the complete list, or with a municipality's and that of
//!   authorities; with either of the two alone nobody passes.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, MUNICIPALITIES, RevocationReason, RevokedEntry,
};
use std::{path::Path, sync::LazyLock};

static HERE: LazyLock<CrlScope> = LazyLock::new(|| CrlScope::Municipality(MUNICIPALITIES[0].code));
static ELSEWHERE: LazyLock<CrlScope> =
    LazyLock::new(|| CrlScope::Municipality(MUNICIPALITIES[1].code));

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
        for scope in [CrlScope::Complete, *HERE] {
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
        write_list(directory, &authority.list(*ELSEWHERE, &[]));
        let (ok, text) = verify(directory, &check, "holder.pem");
        assert!(
            !ok && text.contains("different CRL scope"),
            "{kind}: {text}"
        );
    }
}

#[test]
fn a_list_for_each_certificate_of_the_path_is_two_or_the_complete_one() {
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let directory = directory_of(&authority);
        let directory = directory.path();
        let dead = [revoked(*authority.holder.serial())];
        let dead_authority = [revoked(*authority.certificate.serial())];
        let list = |scope, entries: &[RevokedEntry]| {
            write_list(directory, &authority.list(scope, entries));
            std::fs::read_to_string(directory.join("list.pem")).unwrap()
        };
        let whole = CrlScope::Complete;
        let own = CrlScope::Authorities;
        let refused_at = |depth: u8, fault: &str| format!("error {fault} at {depth} depth lookup");
        for (what, lists, refusal) in [
            ("complete", list(whole, &[]), None),
            (
                "complete, revoked",
                list(whole, &dead),
                Some(refused_at(0, "23")),
            ),
            ("both", list(*HERE, &[]) + &list(own, &[]), None),
            // In whatever order they stand.
            ("both, turned", list(own, &[]) + &list(*HERE, &[]), None),
            ("all", list(whole, &[]) + &list(own, &[]), None),
            (
                "both, revoked",
                list(*HERE, &dead) + &list(own, &[]),
                Some(refused_at(0, "23")),
            ),
            (
                "both, and the authority is revoked",
                list(*HERE, &[]) + &list(own, &dead_authority),
                Some(refused_at(1, "23")),
            ),
            // 44: different CRL scope.
            (
                "the municipality's",
                list(*HERE, &[]),
                Some(refused_at(1, "44")),
            ),
            ("authorities", list(own, &[]), Some(refused_at(0, "44"))),
            // It says nothing of a holder, not even where it names one.
            (
                "authorities, with a holder's number",
                list(own, &dead),
                Some(refused_at(0, "44")),
            ),
        ] {
            std::fs::write(directory.join("list.pem"), lists).unwrap();
            let check = ["-crl_check", "-crl_check_all", "-CRLfile", "list.pem"];
            let (ok, text) = verify(directory, &check, "holder.pem");
            assert_eq!(ok, refusal.is_none(), "{kind}, {what}: {text}");
            if let Some(refusal) = refusal {
                assert!(text.contains(&refusal), "{kind}, {what}: {text}");
            }
        }
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
    let list = authority.list(*HERE, &entries);
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
    let own = authority.list(CrlScope::Authorities, &[]);
    write_list(directory, &own);
    let text = run(
        directory,
        "openssl",
        &["crl", "-in", "list.pem", "-noout", "-text"],
    );
    for expected in [
        "X509v3 Issuing Distribution Point: critical",
        "Only CA Certificates",
        "URI:http://127.0.0.1:8080/crl/sign/authorities.crl",
    ] {
        assert!(text.contains(expected), "no {expected} in {text}");
    }
    let point = own
        .issuing_distribution_point()
        .unwrap();
    // The list of the point that the authority's certificate names.
    let named = &authority
        .certificate
        .distribution_points()[0];
    assert_eq!(point.names[..1], named.names);
}
