//! What the city publishes, as pkilint 0.13.3 sees it (RFC 5280 and RFC 6960). Findings are exactly those of
//! `pkilint-findings.txt`, each accepted there with its reason: a new one fails, and so does one that has vanished.

use crate::{
    city::{Exhibits, tell_and_look},
    run::run,
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

const ACCEPTED: &str = include_str!("pkilint-findings.txt");

/// Linters at once.
const AT_ONCE: usize = 2;

const LIST: [&str; 4] = ["-t", "CRL", "-p", "PKIX"];
const LIST_OF_AUTHORITIES: [&str; 4] = ["-t", "ARL", "-p", "PKIX"];

/// The part of pkilint's JSON that is compared.
#[derive(Deserialize)]
struct Report {
    results: Vec<Validation>,
}

#[derive(Deserialize)]
struct Validation {
    validator: String,
    finding_descriptions: Vec<Description>,
}

#[derive(Deserialize)]
struct Description {
    severity: String,
    code: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn pkilint_finds_in_what_the_city_publishes_exactly_what_is_accepted() {
    let folder = tell_and_look(&[
        ("the-agency-accepts-the-filing", collect_first),
        (
            "a-death-ends-the-authentication-certificate-too",
            collect_last,
        ),
    ])
    .await;
    let exhibits = folder.path().join("exhibits");
    let found = Mutex::new(BTreeSet::new());
    let waiting = Mutex::new(artefacts());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((program, files)) = next(&waiting) {
                    let name = files.last().unwrap().replace('.', "-");
                    for finding in lint(&exhibits, program, &files) {
                        found
                            .lock()
                            .unwrap()
                            .insert(format!("{name} {program} {finding}"));
                    }
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let accepted = accepted();
    let new: Vec<_> = found.difference(&accepted).collect();
    let vanished: Vec<_> = accepted.difference(&found).collect();
    assert!(
        new.is_empty() && vanished.is_empty(),
        "new: {new:#?}\nvanished: {vanished:#?}"
    );
}

/// Takes one artefact; the lock is not held while it is linted.
fn next(waiting: &Mutex<Vec<(&'static str, Vec<String>)>>) -> Option<(&'static str, Vec<String>)> {
    waiting.lock().unwrap().pop()
}

/// Programs with the files that each is given.
fn artefacts() -> Vec<(&'static str, Vec<String>)> {
    let mut all = Vec::new();
    for kind in ["sign", "auth"] {
        for name in ["ca", "holder", "responder"] {
            all.push(("lint_pkix_cert", vec![format!("{kind}-{name}.cer")]));
        }
        for name in ["holder", "responder"] {
            let pair = ["ca", name].map(|name| format!("{kind}-{name}.cer"));
            all.push(("lint_pkix_signer_signee_cert_chain", pair.to_vec()));
        }
        for name in ["municipal", "complete"] {
            for state in ["empty", "filled"] {
                all.push(("lint_crl", vec![format!("{kind}-{name}-{state}.crl")]));
            }
        }
        all.push(("lint_crl", vec![format!("{kind}-authorities-empty.crl")]));
        for status in ["good", "revoked", "unknown"] {
            all.push(("lint_ocsp_response", vec![format!("{kind}-{status}.ocsp")]));
        }
    }
    all
}

/// Certificates, lists while nothing is revoked, and the responses "good" and "unknown".
fn collect_first(exhibits: &Exhibits) {
    for kind in ["sign", "auth"] {
        exhibits.certificates(kind);
        let held = std::fs::read(exhibits.path(&format!("{kind}.cer"))).unwrap();
        std::fs::write(exhibits.path(&format!("{kind}-holder.cer")), held).unwrap();
        let ca = exhibits.bytes(&format!("/ca/{kind}.cer"));
        std::fs::write(exhibits.path(&format!("{kind}-ca.cer")), ca).unwrap();
        lists(exhibits, kind, "empty", "No Revoked Certificates.");
        list(
            exhibits,
            kind,
            ["authorities", "authorities", "empty"],
            "Only CA Certificates",
        );

        let held = format!("{kind}.pem");
        respond(exhibits, kind, &["-cert", &held], "good");
        respond(
            exhibits,
            kind,
            &["-serial", "0x7fedcba987654321"],
            "unknown",
        );
        keep_responder(exhibits, kind);
    }
}

/// Lists with entries, and the response "revoked".
fn collect_last(exhibits: &Exhibits) {
    for kind in ["sign", "auth"] {
        exhibits.until_listed(kind);
        let text = lists(exhibits, kind, "filled", "Serial Number: ");
        let (_, rest) = text
            .split_once("Serial Number: ")
            .unwrap();
        let serial: String = rest
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        let serial = format!("0x{serial}");
        respond(exhibits, kind, &["-serial", &serial], "revoked");
    }
}

/// Keeps both lists of the kind, each of which must say `expected`; gives what OpenSSL reads in the last.
fn lists(exhibits: &Exhibits, kind: &str, state: &str, expected: &str) -> String {
    let mut text = String::new();
    for (name, file) in [("municipal", "13998"), ("complete", "complete")] {
        text = list(exhibits, kind, [name, file, state], expected);
    }
    text
}

/// Keeps a list of the kind by its name, which must say `expected`; gives what OpenSSL reads in it.
fn list(exhibits: &Exhibits, kind: &str, named: [&str; 3], expected: &str) -> String {
    let [name, file, state] = named;
    let list = exhibits.bytes(&format!("/crl/{kind}/{file}.crl"));
    let name = format!("{kind}-{name}-{state}.crl");
    std::fs::write(exhibits.path(&name), list).unwrap();
    let said = exhibits.openssl(&["crl", "-inform", "DER", "-in", &name, "-noout", "-text"]);
    assert!(said.answer.contains(expected), "{name}: {}", said.answer);
    said.answer
}

fn respond(exhibits: &Exhibits, kind: &str, about: &[&str], status: &str) {
    let (ca, url) = (format!("{kind}-ca.pem"), exhibits.responder_address(kind));
    let file = format!("{kind}-{status}.ocsp");
    let arguments = [
        &["ocsp", "-issuer", &ca],
        about,
        &["-url", &url, "-CAfile", &ca, "-respout", &file],
    ];
    let said = exhibits.openssl(&arguments.concat());
    assert!(
        said.answer
            .contains(&format!(": {status}\n")),
        "{}",
        said.text
    );
}

/// Keeps the responder's certificate, which stands in its responses.
fn keep_responder(exhibits: &Exhibits, kind: &str) {
    let response = format!("{kind}-good.ocsp");
    let said = exhibits.openssl(&["ocsp", "-respin", &response, "-noverify", "-resp_text"]);
    let begin = said
        .answer
        .find("-----BEGIN CERTIFICATE-----")
        .unwrap();
    std::fs::write(exhibits.path("responder.pem"), &said.answer[begin..]).unwrap();
    let file = format!("{kind}-responder.cer");
    let arguments = ["x509", "-in", "responder.pem", "-outform", "DER", "-out"];
    exhibits.openssl(&[&arguments[..], &[&file]].concat());
}

/// Validator, code and severity of each finding.
fn lint(folder: &Path, program: &str, files: &[String]) -> Vec<String> {
    let path = programs().join(program);
    assert!(
        path.is_file(),
        "{} is missing: run ./test, or python3 -m venv target/python && target/python/bin/pip install pkilint==0.13.3",
        path.display()
    );
    let mut arguments = vec!["lint"];
    if program == "lint_crl" {
        let is_of_authorities = files[0].contains("-authorities-");
        arguments.extend(if is_of_authorities {
            LIST_OF_AUTHORITIES
        } else {
            LIST
        });
    }
    arguments.extend(["-s", "INFO", "-f", "JSON", "--document-format", "DER"]);
    arguments.extend(files.iter().map(String::as_str));
    // The exit code is the number of findings.
    let said = run(folder, &path.to_string_lossy(), &arguments);
    let report: Report = serde_json::from_str(&said.answer)
        .unwrap_or_else(|error| panic!("{program} {files:?}: {error}\n{}", said.text));
    report
        .results
        .into_iter()
        .flat_map(|validation| {
            let Validation {
                validator,
                finding_descriptions,
            } = validation;
            finding_descriptions
                .into_iter()
                .map(move |found| format!("{validator} {} {}", found.code, found.severity))
        })
        .collect()
}

/// Where pkilint's programs are.
fn programs() -> PathBuf {
    let environment = match std::env::var_os("SHIRUSHI_PYTHON_ENV") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python"),
    };
    environment.join("bin")
}

fn accepted() -> BTreeSet<String> {
    ACCEPTED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (finding, reason) = line
                .split_once(" | ")
                .unwrap_or((line, ""));
            assert!(reason.len() > 10, "no reason is given for: {finding}");
            finding.to_owned()
        })
        .collect()
}
