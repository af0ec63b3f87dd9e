//! Two readers, and another kind of card in the first, with which another program is at work.
//!
//! * Every command, the agent, the doctor and the module find the card in the second reader.
//! * The other card is asked once each time whether it is ours, and that is all: no PIN is sent to it, it is not reset, and the other
//!   program is still logged in afterwards.
//! * Where the other program has the card for itself, nothing changes.
//! * Of two cards that may be meant neither is taken, and it is said how to choose; without one it is said what lies where.

use crate::{
    agent::Agent,
    browser::Browser,
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::city,
    said::ended,
    seat::Seat,
    trace::verify,
};
use serde_json::Value;
use shirushi_lab::{Inserted, Lab};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// Another kind of card, in the protocol of vpcd: it has an object behind a PIN, and none of what it does not know. It writes down what
/// comes: commands, and what is done with its power.
const OTHER_CARD: &str = r#"
import socket, sys
s = socket.create_connection(("127.0.0.1", 35963))
log = open(sys.argv[1], "w", buffering=1)
verified = False
while True:
    head = s.recv(2, socket.MSG_WAITALL)
    if len(head) < 2: break
    body = s.recv(head[0] * 256 + head[1], socket.MSG_WAITALL)
    if body == b"\x04":
        answer = bytes.fromhex("3b80800101")
    elif len(body) == 1:
        log.write({0: "off", 1: "on", 2: "reset"}[body[0]] + "\n")
        verified = False
        continue
    else:
        log.write(body.hex() + "\n")
        if body.hex() == "002000810439393939":
            verified = True
        answer = b"\x90\x00" if verified and body[1] == 0x20 else b"\x6a\x82"
    s.sendall(len(answer).to_bytes(2, "big") + answer)
"#;

/// A program that works with the other card: it logs in, waits until its input ends, and then says whether it still is. `exclusive`: it
/// has the card for itself.
const OTHER_PROGRAM: &str = r#"
import ctypes, sys
library = ctypes.CDLL("libpcsclite.so.1")
class Protocol(ctypes.Structure):
    _fields_ = [("protocol", ctypes.c_ulong), ("length", ctypes.c_ulong)]
context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
assert library.SCardEstablishContext(0, None, None, ctypes.byref(context)) == 0
share = 1 if sys.argv[1] == "exclusive" else 2
name = b"Virtual PCD 00 00"
assert library.SCardConnect(context, name, share, 3, ctypes.byref(card), ctypes.byref(protocol)) == 0
def send(command):
    answer, length = ctypes.create_string_buffer(258), ctypes.c_ulong(258)
    header = Protocol(protocol.value, ctypes.sizeof(Protocol))
    code = library.SCardTransmit(card, ctypes.byref(header), command, len(command), None, answer, ctypes.byref(length))
    return "%08x %s" % (code & 0xFFFFFFFF, answer.raw[:length.value].hex())
print(send(bytes.fromhex("002000810439393939")), flush=True)
sys.stdin.read()
print(send(bytes.fromhex("00200081")), flush=True)
"#;

/// What it says when it is logged in.
const LOGGED_IN: &str = "00000000 9000\n";
/// SELECT of the JPKI application.
const SELECT: &str = "00a4040c0ad392f000260100000001";

struct OtherProgram {
    child: Child,
    told: BufReader<std::process::ChildStdout>,
}

impl OtherProgram {
    fn start(lab: &Lab, share: &str) -> Self {
        let mut child = lab
            .command_outside("/usr/bin/python3")
            .args(["-c", OTHER_PROGRAM, share])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap());
        let mut program = Self { child, told };
        assert_eq!(program.line(), LOGGED_IN);
        program
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }

    /// What the card answers it in the end.
    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let line = self.line();
        self.child.wait().unwrap();
        line
    }
}

fn insert_other(seat: &Seat) -> Inserted<'_> {
    let mut other = seat.lab.command("/usr/bin/python3");
    other
        .args(["-c", OTHER_CARD])
        .arg(seat.path("other.log"));
    seat.lab.insert(other)
}

/// Puts a copy of the card into the second reader.
fn insert_second(seat: &Seat) -> Inserted<'_> {
    let mut serve = seat
        .lab
        .command(env!("CARGO_BIN_EXE_shirushi"));
    serve
        .args(["card", "serve"])
        .arg(seat.path("taro.card"))
        .args(["--connect", &Lab::address(1)])
        .stderr(Stdio::null());
    seat.lab.insert_second(serve)
}

/// Signs through the module with OpenSC's tool, which takes the first token that there is.
fn sign_through_the_module(seat: &Seat) {
    let module = std::env::current_exe()
        .unwrap()
        .with_file_name("libshirushi_pkcs11.so");
    let mut tool = seat.lab.command_outside("pkcs11-tool");
    tool.current_dir(seat.lab.folder())
        .env("HOME", seat.lab.folder())
        .arg("--module")
        .arg(module)
        .args(["--login", "--pin", AUTHENTICATION_PIN])
        .args(["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01"])
        .args(["--input-file", "filing.xml", "--output-file", "raw"]);
    ended(&mut tool, "").good();
    let mut openssl = Command::new("openssl");
    openssl
        .current_dir(seat.lab.folder())
        .args(["dgst", "-sha256", "-signature", "raw", "-verify"])
        .arg(city().key("auth"))
        .arg("filing.xml");
    ended(&mut openssl, "").good();
}

/// What the doctor found at a check.
fn found(report: &Value, check: &str) -> String {
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap();
    format!(
        "{}: {}",
        finding["outcome"].as_str().unwrap(),
        finding["seen"]["en"].as_str().unwrap()
    )
}

fn diagnose(seat: &Seat) -> Value {
    let said = ended(
        &mut seat.command(&["doctor", "--json", "--offline", "--agent", "127.0.0.1:9"]),
        "",
    );
    serde_json::from_str(&said.answer).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

fn everything(seat: &Seat) {
    assert_eq!(seat.tries(), [3, 5, 3]);
    for (old, new) in [(AUTHENTICATION_PIN, "2580"), ("2580", AUTHENTICATION_PIN)] {
        seat.shirushi(&["pin", "change", "auth"], &[old, new, new])
            .good();
    }
    seat.shirushi(
        &["sign", "filing.xml", "-o", "signed", "--force"],
        &[SIGNATURE_PASSWORD],
    )
    .good();
    verify(seat);
    seat.shirushi(&["cert", "show"], &[])
        .good();
    seat.shirushi(&["cert", "check", "--json"], &[])
        .good();
    seat.shirushi(&["cert", "items"], &["1234"])
        .good();
    seat.shirushi(
        &[
            "cert", "export", "auth", "-o", "auth.der", "--der", "--force",
        ],
        &[],
    )
    .good();
    let portal = city()
        .base
        .replace("127.0.0.1", "portal.localhost");
    seat.shirushi(
        &["login", &portal, "--cookies", "jar"],
        &[AUTHENTICATION_PIN],
    )
    .good();
    let report = diagnose(seat);
    assert_eq!(found(&report, "card/application"), "ok: JPKIAPICCTOKEN2");
    let seen = found(&report, "reader/single");
    assert!(
        seen.starts_with("ok: The card is in \"Virtual PCD 00 01\""),
        "{seen}"
    );
    sign_through_the_module(seat);
    let agent = Agent::start(seat);
    let mut browser = Browser::new(&agent.url);
    let errand = agent.errand(&mut browser);
    assert_eq!(
        browser
            .get(&errand)
            .hidden("tries")
            .as_deref(),
        Some("3")
    );
}

#[test]
fn the_card_is_found_beside_another_one_that_is_left_alone() {
    let seat = Seat::new();
    std::fs::write(seat.path("filing.xml"), "申告書").unwrap();
    let other = insert_other(&seat);
    let card = insert_second(&seat);
    let program = OtherProgram::start(&seat.lab, "shared");
    let log = || std::fs::read_to_string(seat.path("other.log")).unwrap();
    let before = log();
    everything(&seat);
    assert_eq!(program.end(), LOGGED_IN);
    let log = log();
    let passed: Vec<&str> = log[before.len()..].lines().collect();
    let (query, ours) = passed.split_last().unwrap();
    assert_eq!(*query, "00200081");
    assert!(!ours.is_empty());
    for command in ours {
        assert_eq!(*command, SELECT);
    }

    // One that has its card for itself, as GnuPG's has: nobody waits for it.
    let program = OtherProgram::start(&seat.lab, "exclusive");
    assert_eq!(seat.tries(), [3, 5, 3]);
    sign_through_the_module(&seat);
    assert_eq!(program.end(), LOGGED_IN);

    card.pull();
    seat.shirushi(&["pin", "status"], &[])
        .bad(
            1,
            "Virtual PCD 00 00: another kind of card\n    Virtual PCD 00 01: no card",
        );
    let report = diagnose(&seat);
    assert!(found(&report, "card/application").starts_with("fault: "));
    other.pull();
    seat.shirushi(&["pin", "status"], &[])
        .bad(3, "no card in the reader");

    seat.lay("second.card");
    let _first = seat.insert_card("second.card", &[]);
    let _second = insert_second(&seat);
    seat.shirushi(&["pin", "status"], &[])
        .bad(3, "--reader");
    seat.shirushi(&["pin", "status", "--reader", "00 01"], &[])
        .good();
}
