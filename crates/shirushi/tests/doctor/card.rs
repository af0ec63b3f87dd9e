//! Cards in a reader of pcscd, and what the city says of their certificates.

use crate::{
    citizen::{OFFICER_PASSWORD, Officer, text},
    city::{City, city},
    http::post,
    patient::{Diagnosis, SHIRUSHI, doctor},
};
use serde_json::json;
use shirushi_crypto::SystemRandom;
use shirushi_lab::{Inserted, Lab, exchanges};
use shirushi_softcard::SoftCard;
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

/// 印　太郎
const TARO: &str = "90000000014";

/// A card with a broken ATR, in the protocol of vpcd: a byte alone is an order, of which 4 asks for the ATR.
const MUTE: &str = r#"
import socket
s = socket.create_connection(("127.0.0.1", 35963))
while True:
    head = s.recv(2, socket.MSG_WAITALL)
    if len(head) < 2: break
    body = s.recv(head[0] * 256 + head[1], socket.MSG_WAITALL)
    if body == b"\x04": s.sendall(b"\x00\x01\x3b")
"#;

/// Holds the card in the first reader until its standard input ends.
const HOLDS: &str = r#"
import ctypes, sys
library = ctypes.CDLL("libpcsclite.so.1")
context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
assert library.SCardEstablishContext(0, None, None, ctypes.byref(context)) == 0
SHARE_EXCLUSIVE, ANY = 1, 3
name = b"Virtual PCD 00 00"
assert library.SCardConnect(context, name, SHARE_EXCLUSIVE, ANY, ctypes.byref(card), ctypes.byref(protocol)) == 0
print("held", flush=True)
sys.stdin.read()
"#;

/// A lab with a copy of the card, not yet in the reader.
fn lab(city: &City) -> Lab {
    let lab = Lab::start();
    std::fs::copy(city.card(), lab.folder().join("taro.card")).unwrap();
    lab
}

fn insert(lab: &Lab) -> Inserted<'_> {
    let mut serve = lab.command(SHIRUSHI);
    serve
        .args(["card", "serve"])
        .arg(lab.folder().join("taro.card"))
        .stderr(Stdio::null());
    lab.insert(serve)
}

/// What the doctor says who trusts the city's authority. He sits outside the lab, where the city is.
fn diagnose(lab: &Lab, arguments: &[&str]) -> Diagnosis {
    let mut command = lab.command_outside(SHIRUSHI);
    let command = doctor(&mut command, lab.folder())
        .arg("--trust")
        .arg(city().pem("auth-ca"))
        .args(arguments);
    Diagnosis::of(command)
}

fn set(ids: &[&'static str]) -> BTreeSet<&'static str> {
    ids.iter().copied().collect()
}

#[test]
fn a_card_that_is_well_then_revoked() {
    let city = city();
    let lab = lab(city);
    let _card = insert(&lab);
    let diagnosis = diagnose(&lab, &[]);
    assert_eq!(diagnosis.with("fault"), set(&[]), "{diagnosis:#?}");
    // vpcd has two readers, and one card.
    assert_eq!(diagnosis.with("warning"), set(&[]), "{diagnosis:#?}");
    assert_eq!(diagnosis.with("not-looked-at"), set(&[]), "{diagnosis:#?}");
    assert_eq!(diagnosis.code, Some(0));
    for check in [
        "pcsc/library",
        "pcsc/protocol",
        "card/application",
        "card/pin-locked-signature",
        "card/certificate-signature",
        "certificate/anchor",
        "certificate/revoked",
        "network/responder",
        "network/clock",
    ] {
        assert_eq!(diagnosis.finding(check)["outcome"], "ok", "{diagnosis:#?}");
    }

    let officer = log_in(city);
    revoke(&officer, "authentication", "cessation-of-operation");
    diagnose(&lab, &[]).only_fault("certificate/revoked");
    // Another card for the same person.
    revoke(&officer, "signature", "cessation-of-operation");
    let another = tempfile::tempdir().unwrap();
    officer.issue(another.path()).put_away();
    let diagnose_another = || {
        let mut command = Command::new(SHIRUSHI);
        let command = doctor(&mut command, another.path())
            .arg("--card")
            .arg(another.path().join("taro.card"))
            .arg("--trust")
            .arg(city.pem("auth-ca"));
        Diagnosis::of(command)
    };
    assert_eq!(diagnose_another().with("fault"), set(&[]));
    revoke(&officer, "authentication", "key-compromise");
    diagnose_another().only_fault("certificate/revoked");
}

fn log_in(city: &City) -> Officer {
    let name_and_password = json!({ "name": "officer-kokuin", "password": OFFICER_PASSWORD });
    let session = post(&city.base, "/counter/log-in", None, &name_and_password).success();
    Officer {
        base: city.base.clone(),
        session: text(&session["session"]),
        code: String::new(),
    }
}

fn revoke(officer: &Officer, kind: &str, reason: &str) {
    let request = json!({ "resident_code": TARO, "kinds": [kind], "reason": reason });
    officer
        .post("/counter/revocations", &request)
        .success();
}

#[test]
fn a_childs_card() {
    // 朱肉　花, fourteen until 2027-05-05.
    let diagnosis = of_new_card("90000000021");
    assert_eq!(diagnosis.with("fault"), set(&[]), "{diagnosis:#?}");
    let outcome = |check: &str| diagnosis.finding(check)["outcome"].clone();
    assert_eq!(outcome("card/certificate-signature"), "warning");
    // The password that was never set is not a locked one.
    assert_eq!(outcome("card/pin-locked-signature"), "not-concerned");
    assert_eq!(outcome("card/certificate-authentication"), "ok");
}

/// What the doctor says of a card that the city makes and issues for a resident.
fn of_new_card(resident: &str) -> Diagnosis {
    let city = city();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.card");
    let made = Command::new(SHIRUSHI)
        .args(["card", "new"])
        .arg(&file)
        .args(["--resident", resident, "--ready", "--city", &city.base])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut command = Command::new(SHIRUSHI);
    let command = doctor(&mut command, folder.path())
        .arg("--card")
        .arg(&file)
        .arg("--trust")
        .arg(city.pem("auth-ca"));
    Diagnosis::of(command)
}

#[test]
fn an_empty_reader() {
    let lab = lab(city());
    let seen = diagnose(&lab, &[]).only_fault("card/present");
    assert!(seen.contains("Virtual PCD 00 00"), "{seen}");
}

#[test]
fn a_mute_card() {
    let lab = lab(city());
    let mut mute = lab.command("/usr/bin/python3");
    mute.args(["-c", MUTE]);
    let _card = lab.insert(mute);
    diagnose(&lab, &[]).only_fault("card/answers");
}

#[test]
fn a_card_that_another_program_holds() {
    let lab = lab(city());
    let _card = insert(&lab);
    let mut holder = Holder::start(&lab);
    let diagnosis = diagnose(&lab, &[]);
    diagnosis.only_fault("reader/free");
    let fix = diagnosis.finding("reader/free")["fix"]["en"].to_string();
    let named = format!("python3 ({})", holder.0.id());
    assert!(fix.contains(&named), "{named} is not in {fix}");
    holder.end();
    let after = diagnose(&lab, &["--offline"]);
    assert_eq!(after.with("fault"), set(&[]), "{after:#?}");
}

struct Holder(Child);

impl Holder {
    fn start(lab: &Lab) -> Self {
        let mut child = lab
            .command_outside("/usr/bin/python3")
            .args(["-c", HOLDS])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "held\n");
        Self(child)
    }

    fn end(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

#[test]
fn a_locked_pin() {
    let lab = lab(city());
    lock(&lab);
    let _card = insert(&lab);
    let diagnosis = diagnose(&lab, &["--offline"]);
    diagnosis.only_fault("card/pin-locked-authentication");
}

/// Three wrong PINs, before the card is in the reader.
fn lock(lab: &Lab) {
    let file = lab.folder().join("taro.card");
    let mut card = SoftCard::open_file(&file, Arc::new(SystemRandom)).unwrap();
    for command in [
        "00a4040c0ad392f000260100000001",
        "00a4020c020018",
        "002000800430303030",
        "002000800430303030",
        "002000800430303030",
    ] {
        card.answer(&hex::decode(command).unwrap());
    }
}

#[test]
fn a_reader_by_a_name_that_none_has() {
    let lab = lab(city());
    let _card = insert(&lab);
    diagnose(&lab, &["--reader", "ACR39"]).only_fault("reader/present");
}

#[test]
fn a_card_in_a_file() {
    let lab = lab(city());
    let file = lab.folder().join("taro.card");
    let mut command = Command::new(SHIRUSHI);
    let command = doctor(&mut command, lab.folder())
        .args(["--offline", "--card"])
        .arg(&file);
    let diagnosis = Diagnosis::of(command);
    assert_eq!(diagnosis.code, Some(0), "{diagnosis:#?}");
    assert_eq!(diagnosis.finding("card/file")["outcome"], "ok");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&file, bytes).unwrap();
    Diagnosis::of(command).only_fault("card/file");
}

/// What `doctor --card-report` says in one language: its exit code, standard output and standard error.
fn report(lab: &Lab, language: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = lab.command_outside(SHIRUSHI);
    command
        .current_dir(lab.folder())
        .env("LC_ALL", language)
        .args(["doctor", "--card-report", "report.txt"])
        .args(arguments);
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// What is in the report, and what is sent for it, is in the tests of the doctor's own room; here it goes through pcscd.
#[test]
fn a_report_is_written_for_who_has_a_card_and_replaces_nothing() {
    let lab = lab(city());
    let (code, _, errors) = report(&lab, "C.UTF-8", &[]);
    assert_eq!(code, Some(3), "{errors}");
    assert!(errors.contains("no card in the reader"), "{errors}");
    assert!(!lab.folder().join("report.txt").exists());

    let _card = insert(&lab);
    let before = lab.log().len();
    let (code, said, errors) = report(&lab, "ja_JP.UTF-8", &[]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(said.contains("違う答え: 0件"), "{said}");
    assert!(said.contains("どこにも送っていません"), "{said}");
    let text = std::fs::read_to_string(lab.folder().join("report.txt")).unwrap();
    // As the reader tells it.
    assert!(text.contains(": 3BE000FF8131FE4514\n"), "{text}");
    for exchange in exchanges(&lab.log()[before..]) {
        let is_pin = matches!(exchange.command.as_slice(), [_, 0x20, _, _, _, ..]);
        let is_signature = exchange.command.get(1) == Some(&0x2A);
        assert!(!is_pin && !is_signature, "{exchange:?}");
    }

    for (language, told) in [
        ("ja_JP.UTF-8", "すでにあります"),
        ("C.UTF-8", "is there already"),
    ] {
        let (code, _, errors) = report(&lab, language, &[]);
        assert_eq!(code, Some(1));
        assert!(errors.contains(told), "{errors}");
    }
    let (code, said, _) = report(&lab, "C.UTF-8", &["--force"]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("differ from the software card's: 0"),
        "{said}"
    );
}
