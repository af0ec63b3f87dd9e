//! What is built, as pkilint 0.13.3 sees it (RFC 5280 and RFC 6960).
//!
//! * Every artefact is linted: both authorities, both certificates of a card, both responders, the complete list, that of
//!   authorities, a municipality's list and an OCSP response.
//! * Findings are exactly those of `pkilint-findings.txt`, each accepted there with its reason.
//! * A new finding fails, and so does one that has vanished.
//! * pkilint does find a fault put into a list, a response and a certificate: it reads what it is given.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use serde::Deserialize;
use shirushi_crypto::{DigestAlgorithm, SigningKey};
use shirushi_profile::{
    CertificateKind, CrlScope, MUNICIPALITIES, RevocationReason, RevokedEntry,
    ocsp::{self, CertId, CertificateStatus},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const ACCEPTED: &str = include_str!("pkilint-findings.txt");

/// The part of pkilint's JSON that is compared.
#[derive(Deserialize)]
struct Result {
    validator: String,
    finding_descriptions: Vec<Description>,
}

#[derive(Deserialize)]
struct Description {
    severity: String,
    code: String,
}

#[test]
fn pkilint_finds_exactly_what_is_accepted() {
    let mut found = BTreeSet::new();
    for kind in CertificateKind::ALL {
        let authority = Authority::new(kind);
        let directory = directory_of(&authority);
        let directory = directory.path();
        write_lists(&authority, directory);
        let name = kind.path();
        for (artefact, program, arguments, file) in [
            ("ca", "lint_pkix_cert", &[][..], "ca.der"),
            ("holder", "lint_pkix_cert", &[], "holder.der"),
            ("responder", "lint_pkix_cert", &[], "responder.der"),
            (
                "complete-list",
                "lint_crl",
                &["-t", "CRL", "-p", "PKIX"],
                "complete.crl",
            ),
            (
                "authorities-list",
                "lint_crl",
                &["-t", "ARL", "-p", "PKIX"],
                "authorities.crl",
            ),
            (
                "municipality-list",
                "lint_crl",
                &["-t", "CRL", "-p", "PKIX"],
                "13998.crl",
            ),
            (
                "empty-list",
                "lint_crl",
                &["-t", "CRL", "-p", "PKIX"],
                "empty.crl",
            ),
            ("response", "lint_ocsp_response", &[], "response.der"),
        ] {
            for line in lint(directory, program, arguments, file) {
                found.insert(format!("{name}-{artefact} {line}"));
            }
        }
    }
    let accepted: BTreeSet<String> = ACCEPTED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (finding, reason) = line
                .split_once(" | ")
                .unwrap_or((line, ""));
            assert!(reason.len() > 10, "no reason is given for: {finding}");
            finding.to_owned()
        })
        .collect();
    let new: Vec<_> = found.difference(&accepted).collect();
    let vanished: Vec<_> = accepted.difference(&found).collect();
    assert!(
        new.is_empty() && vanished.is_empty(),
        "new: {new:#?}\nvanished: {vanished:#?}"
    );
}

#[test]
fn pkilint_finds_a_fault_that_is_put_in() {
    let authority = Authority::new(CertificateKind::Signature);
    let directory = directory_of(&authority);
    let directory = directory.path();
    write_lists(&authority, directory);
    let list = ["-t", "CRL", "-p", "PKIX"];
    for (file, program, arguments, right, wrong) in [
        // cRLNumber becomes an unknown extension.
        (
            "complete.crl",
            "lint_crl",
            &list[..],
            "0603551d14",
            "0603551d7f",
        ),
        // responseStatus 4 is not used.
        (
            "response.der",
            "lint_ocsp_response",
            &[],
            "0a0100",
            "0a0104",
        ),
        // keyUsage without a bit.
        ("ca.der", "lint_pkix_cert", &[], "03020106", "03020100"),
    ] {
        let path = directory.join(file);
        let der = hex::encode(std::fs::read(&path).unwrap());
        assert!(der.contains(right), "{file} has no {right}");
        std::fs::write(&path, hex::decode(der.replacen(right, wrong, 1)).unwrap()).unwrap();
        let findings = lint(directory, program, arguments, file);
        let fault = findings
            .iter()
            .find(|f| f.ends_with("ERROR") || f.ends_with("FATAL"));
        assert!(fault.is_some(), "{file}: {findings:?}");
    }
}

/// Validator, code and severity of each finding of `file`.
fn lint(directory: &Path, program: &str, arguments: &[&str], file: &str) -> Vec<String> {
    let program = programs().join(program);
    assert!(
        program.is_file(),
        "{} is missing: run ./test, or python3 -m venv target/python && target/python/bin/pip install pkilint==0.13.3",
        program.display()
    );
    let mut all = vec!["lint"];
    all.extend(arguments);
    all.extend(["-s", "INFO", "-f", "JSON", "--document-format", "DER", file]);
    // The exit code is the number of findings.
    let (_, text) = try_run(directory, &program.to_string_lossy(), &all);
    let report: Report = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{} {file}: {e}\n{text}", program.display()));
    report
        .results
        .into_iter()
        .flat_map(|result| {
            let Result {
                validator,
                finding_descriptions,
            } = result;
            finding_descriptions
                .into_iter()
                .map(move |d| format!("{validator} {} {}", d.code, d.severity))
        })
        .collect()
}

#[derive(Deserialize)]
struct Report {
    results: Vec<Result>,
}

/// Where pkilint's programs are.
fn programs() -> PathBuf {
    let environment = match std::env::var_os("SHIRUSHI_PYTHON_ENV") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python"),
    };
    environment.join("bin")
}

fn write_lists(authority: &Authority, directory: &Path) {
    let entries = [
        RevokedEntry {
            serial: *authority.holder.serial(),
            revoked_at: at(-60),
            reason: RevocationReason::KeyCompromise,
        },
        RevokedEntry {
            serial: serial(),
            revoked_at: at(-120),
            reason: RevocationReason::Unspecified,
        },
    ];
    let town = CrlScope::Municipality(MUNICIPALITIES[0].code);
    for (file, scope, entries) in [
        ("complete.crl", CrlScope::Complete, &entries[..]),
        ("authorities.crl", CrlScope::Authorities, &[]),
        ("13998.crl", town, &entries),
        ("empty.crl", town, &[]),
    ] {
        let list = authority.list(scope, entries);
        std::fs::write(directory.join(file), list.der()).unwrap();
    }
    let id = |serial| CertId::new(&authority.certificate, serial, DigestAlgorithm::Sha1).unwrap();
    let revoked = CertificateStatus::Revoked {
        at: at(-60),
        reason: RevocationReason::CertificateHold,
    };
    let statuses = [
        (
            id(authority.holder.serial()),
            CertificateStatus::Good,
            at(0),
            at(900),
        ),
        (id(&serial()), revoked, at(0), at(900)),
        (id(&serial()), CertificateStatus::Unknown, at(0), at(900)),
    ];
    let key = authority.responder_key;
    let tbs = ocsp::response_tbs(key.public_key(), at(0), &statuses, Some(&[7; 32])).unwrap();
    let signature = key.sign(&tbs).unwrap();
    let response =
        ocsp::assemble_response(&tbs, key.algorithm(), &signature, &authority.responder).unwrap();
    std::fs::write(directory.join("response.der"), response).unwrap();
}
