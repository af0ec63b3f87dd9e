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

impl Row {
    /// Runs it; what it says must be what the document says.
    fn check(&self, place: &Place, locale: &str) {
        let arguments: Vec<_> = self
            .arguments
            .iter()
            .map(String::as_str)
            .collect();
        let ended = place.run(locale, &arguments);
        assert_eq!(ended.code, self.code, "{self:?} {ended:?}");
        for words in [&self.said, &self.advice] {
            let is_said = words == "–" || ended.out.contains(words);
            assert!(is_said, "{words:?} of {self:?} is not in {}", ended.out);
        }
        let (japanese, english) = match self.indication.as_str() {
            "TOTAL-PASSED" => ("合格", "PASSED"),
            "TOTAL-FAILED" => ("不合格", "FAILED"),
            _ => ("判定できません", "INDETERMINATE"),
        };
        let first = ended.out.lines().next().unwrap();
        let is_right = first.starts_with(japanese) || first.starts_with(english);
        assert!(is_right, "{first}: {self:?}");
        let end = match &self.sub {
            Some(sub) => format!("[{sub}]"),
            None => String::new(),
        };
        assert!(first.ends_with(&end), "{first}: {self:?}");
    }

    /// What both documents have alike.
    fn in_any_language(&self) -> (&str, Option<&str>, i32, &[String]) {
        let sub = self.sub.as_deref();
        (&self.indication, sub, self.code, &self.arguments)
    }
}

#[test]
fn the_table_of_indications_is_what_verify_says() {
    let place = place();
    let documents = [
        ("verification.md", ENGLISH),
        ("verification.ja.md", JAPANESE),
    ];
    let rows = documents.map(|(document, _)| Row::all(document));
    assert!(rows[0].len() >= 20, "{} rows", rows[0].len());
    let alike = rows.each_ref().map(|rows| {
        rows.iter()
            .map(Row::in_any_language)
            .collect::<Vec<_>>()
    });
    assert_eq!(alike[0], alike[1], "both documents have the same rows");
    std::thread::scope(|scope| {
        for (rows, (_, locale)) in rows.iter().zip(documents) {
            let place = &place;
            scope.spawn(move || {
                rows.iter()
                    .for_each(|row| row.check(place, locale))
            });
        }
    });
    // What is for programs says the same.
    let [row] = rows[0]
        .iter()
        .filter(|row| row.sub.as_deref() == Some("REVOKED"))
        .collect::<Vec<_>>()[..]
    else {
        panic!("one row of that kind");
    };
    let arguments: Vec<_> = row
        .arguments
        .iter()
        .map(String::as_str)
        .chain(["--report", "json"])
        .collect();
    let told = report(&place.run(ENGLISH, &arguments));
    assert_eq!(told["indication"], "TOTAL-FAILED");
    assert_eq!(told["sub_indication"], "REVOKED");
    assert_eq!(told["advice"]["en"], row.advice.as_str());
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

/// Lists of other programs, beside a good signature.
const LISTS: [(&str, i32, &str); 10] = [
    ("crl-entry-revoked-in-2034.crl", 2, "REVOKED_NO_POE"),
    ("crl-issuer-in-printable-string-revoked.crl", 1, "[REVOKED]"),
    ("crl-number-2-64.crl", 0, "PASSED"),
    ("crl-number-20-octets.crl", 0, "PASSED"),
    ("crl-pem.crl", 0, "PASSED"),
    ("crl-reason-11-of-another.crl", 0, "PASSED"),
    ("crl-reason-7-of-another.crl", 0, "PASSED"),
    (
        "crl-revoked-after-the-signing-time.crl",
        2,
        "2026-11-29T09:01:00Z",
    ),
    ("crl-sha256rsa-parameters-absent.crl", 0, "PASSED"),
    (
        "crl-this-update-in-2034.crl",
        2,
        "This machine's clock or the authority's is wrong",
    ),
];

#[test]
fn lists_of_other_programs_get_their_right_answers() {
    let place = place();
    for (list, code, words) in LISTS {
        let line = format!("verify good.p7s --content letter.txt --trust ca.pem --crl {list}");
        let ended = place.run(ENGLISH, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, code, "{list}: {ended:?}");
        assert!(ended.out.contains(words), "{list}: {}", ended.out);
    }
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
        ("verify - --content -", 64, "Standard input"),
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
