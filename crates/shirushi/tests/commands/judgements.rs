//! `verify` before inputs that are wrong in one respect each, and the table of indications in the documents.
//!
//! * Every row of `docs/verification.md` and its Japanese twin is run: exit code, indication, what is said, what to do.
//! * Inputs of other programs get their right answers; what is no input is told apart from what is judged.
//! * A report says of nothing that it holds which nobody has looked at.

use crate::place::{ENGLISH, Ended, JAPANESE, Place};
use serde_json::Value;
use std::{
    fs::{File, copy},
    path::{Path, PathBuf},
};

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A home with all inputs in it.
fn place() -> Place {
    let place = Place::new();
    for entry in beside("tests/commands/inputs")
        .read_dir()
        .unwrap()
    {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        copy(entry.path(), place.path(&name)).unwrap();
    }
    place
}

fn report(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{ended:?}"))
}

/// One row of the table.
#[derive(Debug)]
struct Row {
    indication: String,
    sub: Option<String>,
    code: i32,
    arguments: Vec<String>,
    said: String,
    advice: String,
}

impl Row {
    fn all(document: &str) -> Vec<Self> {
        std::fs::read_to_string(beside("../../docs").join(document))
            .unwrap()
            .lines()
            .filter(|line| line.contains("`shirushi verify"))
            .filter_map(Self::of)
            .collect()
    }

    fn of(line: &str) -> Option<Self> {
        let cells: Vec<_> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let [indication, sub, code, command, said, advice] = cells[..] else {
            panic!("{line}");
        };
        let bare = |cell: &str| cell.trim_matches('`').to_owned();
        Some(Self {
            indication: bare(indication),
            sub: (sub != "–").then(|| bare(sub)),
            code: code.parse().unwrap(),
            arguments: bare(command)
                .split(' ')
                .skip(1)
                .map(str::to_owned)
                .collect(),
            said: said.to_owned(),
            advice: advice.to_owned(),
        })
    }
}

#[test]
fn the_table_of_indications_is_what_verify_says() {
    let place = place();
    let mut commands = Vec::new();
    for (document, locale) in [
        ("verification.md", ENGLISH),
        ("verification.ja.md", JAPANESE),
    ] {
        let rows = Row::all(document);
        assert!(rows.len() >= 20, "{} rows in {document}", rows.len());
        for row in &rows {
            let arguments: Vec<_> = row
                .arguments
                .iter()
                .map(String::as_str)
                .collect();
            let ended = place.run(locale, &arguments);
            assert_eq!(ended.code, row.code, "{row:?} {ended:?}");
            for words in [&row.said, &row.advice] {
                let is_said = words == "–" || ended.out.contains(words);
                assert!(is_said, "{words:?} of {row:?} is not in {}", ended.out);
            }
            let sub = row
                .sub
                .as_ref()
                .map_or(Value::Null, |sub| sub.as_str().into());
            if let Some(sub) = &row.sub {
                let first = ended.out.lines().next().unwrap();
                assert!(first.ends_with(&format!("[{sub}]")), "{first}");
            }
            if locale == ENGLISH {
                let told = place.run(locale, &[&arguments[..], &["--report", "json"]].concat());
                let told = report(&told);
                assert_eq!(told["indication"], row.indication.as_str(), "{row:?}");
                assert_eq!(told["sub_indication"], sub, "{row:?}");
            }
        }
        commands.push(
            rows.into_iter()
                .map(|row| (row.indication, row.sub, row.code, row.arguments))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(
        commands[0], commands[1],
        "both documents have the same rows"
    );
}

/// Signatures of other programs over `letter.txt`, beside the list of their authority.
const SIGNATURES: [(&str, i32, &str); 8] = [
    ("cms-base64.p7s", 0, "PASSED"),
    ("cms-extra-root-serial-0.p7s", 0, "PASSED"),
    ("cms-extra-root-serial-negative.p7s", 0, "PASSED"),
    ("cms-pem.p7s", 0, "PASSED"),
    ("cms-signer-named-in-printable-string.p7s", 0, "PASSED"),
    (
        "cms-signing-time-before-certificate.p7s",
        0,
        "before the certificate was valid",
    ),
    ("cms-zero-padding.p7s", 0, "PASSED"),
    ("cms-truncated.p7s", 1, "is cut short"),
];

#[test]
fn signatures_of_other_programs_get_their_right_answers() {
    let place = place();
    let verify = |signature: &str| {
        let judged = "--content letter.txt --trust ca.pem --crl good.crl";
        let arguments: Vec<_> = ["verify", signature]
            .into_iter()
            .chain(judged.split(' '))
            .collect();
        place.run(ENGLISH, &arguments)
    };
    for (signature, code, words) in SIGNATURES {
        let ended = verify(signature);
        assert_eq!(ended.code, code, "{signature}: {ended:?}");
        assert!(ended.out.contains(words), "{signature}: {}", ended.out);
    }
    let none = place.run(
        ENGLISH,
        &[
            "verify",
            "cms-no-certificates.p7s",
            "--content",
            "letter.txt",
            "--trust",
            "ca.pem",
            "--crl",
            "good.crl",
            "--certificate",
            "signer.pem",
        ],
    );
    assert_eq!(none.code, 0, "the certificate was given: {none:?}");
}

#[test]
fn what_is_no_input_is_not_judged() {
    let place = place();
    let run = |line: &str| place.run(ENGLISH, &line.split(' ').collect::<Vec<_>>());
    for (line, code, words) in [
        ("verify absent.p7s --content letter.txt", 66, "absent.p7s"),
        ("verify good.p7s --content absent.txt", 66, "absent.txt"),
        ("verify good.p7s --content .", 66, "cannot be read"),
        (
            "verify good.p7s --content letter.txt --trust letter.txt",
            66,
            "letter.txt",
        ),
        (
            "verify good.p7s --content letter.txt --certificate absent.pem",
            66,
            "absent.pem",
        ),
        (
            "verify good.p7s --content letter.txt --crl letter.txt",
            66,
            "revocation list",
        ),
        ("verify - --content -", 64, "standard input"),
        ("verify good.p7s", 64, "--content"),
    ] {
        let ended = run(line);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (code, ""),
            "{line}: {ended:?}"
        );
        assert!(ended.err.contains(words), "{line}: {}", ended.err);
    }
}

#[test]
fn a_document_is_read_in_pieces_and_may_come_from_standard_input() {
    let place = place();
    let judged = ["--trust", "ca.pem", "--crl", "good.crl"];
    let piped = place.run_from(
        ENGLISH,
        &[&["verify", "good.p7s", "--content", "-"], &judged[..]].concat(),
        File::open(place.path("letter.txt")).unwrap(),
    );
    assert_eq!(piped.code, 0, "{piped:?}");
    let piped = place.run_from(
        ENGLISH,
        &[&["verify", "-", "--content", "letter.txt"], &judged[..]].concat(),
        File::open(place.path("good.p7s")).unwrap(),
    );
    assert_eq!(piped.code, 0, "{piped:?}");
    // A hole of 300 MiB: more than may be signed here, and judged all the same, in little memory.
    File::create(place.path("large"))
        .unwrap()
        .set_len(300 << 20)
        .unwrap();
    let line = format!(
        "ulimit -v 400000; exec {} verify good.p7s --content large --report json",
        env!("CARGO_BIN_EXE_shirushi")
    );
    let output = place
        .command("bash", ENGLISH)
        .args(["-c", &line])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["sub_indication"], "HASH_FAILURE");
    // A container of that size is not kept, and says nothing about a signature.
    let ended = place.run(ENGLISH, &["verify", "large", "--content", "letter.txt"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended
            .out
            .contains("SIG_CONSTRAINTS_FAILURE"),
        "{}",
        ended.out
    );
}

#[test]
fn nothing_holds_that_nobody_has_looked_at() {
    let place = place();
    let outcomes = |line: &str| {
        let arguments: Vec<_> = format!("verify {line} --content letter.txt --report json")
            .split(' ')
            .map(str::to_owned)
            .collect();
        let arguments: Vec<_> = arguments
            .iter()
            .map(String::as_str)
            .collect();
        let told = report(&place.run(ENGLISH, &arguments));
        let findings = told["findings"]
            .as_array()
            .unwrap()
            .clone();
        move |rule: &str| {
            findings
                .iter()
                .find(|finding| finding["rule"] == rule)
                .unwrap()["outcome"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    };
    let without_trust = outcomes("good.p7s --crl good.crl");
    assert_eq!(without_trust("filing/signature-verifies"), "holds");
    assert_eq!(without_trust("filing/trusted-issuer"), "broken");
    assert_eq!(without_trust("filing/not-revoked"), "not-asked");
    assert_eq!(without_trust("filing/status-known"), "not-asked");
    let without_list = outcomes("good.p7s --trust ca.pem");
    assert_eq!(without_list("filing/trusted-issuer"), "holds");
    assert_eq!(without_list("filing/not-revoked"), "not-asked");
    assert_eq!(without_list("filing/status-known"), "broken");
    let revoked = outcomes("own-signer.p7s --trust own-ca.pem --crl own-revoked.crl");
    assert_eq!(revoked("filing/not-revoked"), "broken");
    assert_eq!(revoked("filing/status-known"), "holds");
    let without_certificate = outcomes("cms-no-certificates.p7s --trust ca.pem --crl good.crl");
    assert_eq!(without_certificate("filing/unchanged"), "holds");
    assert_eq!(
        without_certificate("filing/signature-verifies"),
        "not-asked"
    );
    assert_eq!(without_certificate("filing/trusted-issuer"), "not-asked");
    let text = place.run(ENGLISH, &["verify", "good.p7s", "--content", "letter.txt"]);
    assert!(
        text.out
            .contains("－ filing/not-revoked (Law 15(1), 19(1), not asked)"),
        "{}",
        text.out
    );
}
