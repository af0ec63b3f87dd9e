//! The library over pcscd with virtual readers.

use crate::{
    api::{Api, INNER, call, library, mechanism},
    cards::{FIRST, PASSWORD, PIN, SECOND, town},
};
use cryptoki_sys::*;
use shirushi_crypto::SystemRandom;
use shirushi_lab::{Lab, exchanges};
use shirushi_softcard::{
    SoftCard,
    faults::{Faults, Script},
    vpcd::{Stop, serve},
};
use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    ptr,
    sync::Arc,
};

/// Tells a process which card it serves.
const CARD: &str = "SHIRUSHI_TEST_CARD";

/// Not a test: the program that puts a card into a lab's reader, when it is told which.
#[test]
fn a_card_is_served() {
    let Some(card) = env::var_os(CARD) else {
        return;
    };
    let mut card = SoftCard::open_file(Path::new(&card), Arc::new(SystemRandom)).unwrap();
    let mut faults = Faults::new(Script::default());
    let address = Lab::address(0);
    serve(&mut card, &address, &mut faults, &Stop::new(), &mut |_| ());
}

fn card(lab: &Lab, file: &Path) -> Command {
    let mut command = lab.command(env::current_exe().unwrap());
    command
        .args(["readers::a_card_is_served", "--exact"])
        .env(CARD, file);
    command
}

fn card_file(lab: &Lab, number: &str) -> PathBuf {
    town().card_in(lab.folder(), number)
}

/// A program with the lab's readers and without any settings.
fn outside(lab: &Lab, program: impl AsRef<Path>) -> Command {
    let mut command = lab.command_outside(program);
    command
        .env("XDG_CONFIG_HOME", lab.folder())
        .env_remove("SHIRUSHI_PKCS11_TOKENS");
    command
}

/// `pkcs11-tool`, which must succeed.
fn tool(lab: &Lab, arguments: &[&str]) -> String {
    let output = outside(lab, "pkcs11-tool")
        .arg("--module")
        .arg(library())
        .args(arguments)
        .current_dir(lab.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{complained}");
    said
}

#[test]
fn both_tokens_of_a_card_in_a_reader_work() {
    let lab = Lab::start();
    let empty = tool(&lab, &["-L"]);
    assert!(
        empty.contains("Virtual PCD 00 00") && empty.contains("(empty)"),
        "{empty}"
    );
    let file = card_file(&lab, FIRST);
    let _card = lab.insert(card(&lab, &file));
    let full = tool(&lab, &["-L"]);
    assert!(full.contains("JPKI Digital Signature"), "{full}");
    for (slot, pin) in [("0", PIN), ("1", PASSWORD)] {
        let said = tool(&lab, &["--slot", slot, "--login", "--pin", pin, "-t"]);
        assert!(said.contains("No errors"), "{said}");
    }
    fs::write(lab.folder().join("data"), "x").unwrap();
    tool(
        &lab,
        &[
            "--login",
            "--pin",
            PIN,
            "-s",
            "-m",
            "SHA256-RSA-PKCS",
            "--id",
            "01",
            "-i",
            "data",
            "-o",
            "s",
        ],
    );
    // The card loses its power behind the signature, and what the PIN allows with it: who finds it then is allowed nothing.
    let log = exchanges(&lab.log());
    let last = log.last().unwrap();
    assert!(last.command.starts_with(&[0x80, 0x2A]), "{last:?}");
    let mut other = lab.command_outside("opensc-tool");
    other.args(["--card-driver", "default", "--reader", "0"]);
    for command in [
        "00A4040C0AD392F000260100000001",
        "00A4020C020017",
        "802A0080046162636400",
    ] {
        other.args(["--send-apdu", command]);
    }
    let said = other.output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout);
    assert_eq!(
        said.matches("SW1=0x90, SW2=0x00")
            .count(),
        2,
        "{said}"
    );
    assert!(said.contains("SW1=0x69, SW2=0x82"), "{said}");
}

#[test]
fn without_pcscd_there_are_no_slots_and_no_faults() {
    let lab = Lab::set_up(shirushi_lab::Setup::WithoutService);
    let output = outside(&lab, "pkcs11-tool")
        .arg("--module")
        .arg(library())
        .args(["-I", "-L"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Cryptoki version 2.40"), "{said}");
    assert!(!said.contains("Slot 0"), "{said}");
}

/// A process with the library, with which the test speaks line by line.
struct Inner {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Inner {
    fn start(lab: &Lab, test: &str) -> Self {
        let mut child = outside(lab, env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(INNER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Waits until it says so.
    fn hears(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            let count = self
                .output
                .read_line(&mut line)
                .unwrap();
            assert_ne!(count, 0, "it ended before it said {word}");
        }
    }

    fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "go on").unwrap();
    }

    fn ends_well(mut self) {
        self.hears("test result: ok. 1 passed");
        assert!(self.child.wait().unwrap().success());
    }
}

/// In the inner process: says a word, and waits to be told to go on.
fn say(word: &str) {
    println!("{word}");
    io::stdin()
        .read_line(&mut String::new())
        .unwrap();
}

#[test]
fn a_card_swapped_under_a_session_is_another_card() {
    if env::var_os(INNER).is_some() {
        let api = Api::load();
        api.initialize();
        let (session, key) = api.user();
        api.sign_init(session, key);
        assert_eq!(api.sign(session).0, CKR_OK);
        api.sign_init(session, key);
        say("begun");
        assert_eq!(api.sign(session).0, CKR_DEVICE_REMOVED);
        assert_eq!(api.sign(session).0, CKR_SESSION_HANDLE_INVALID);
        let session = api.session(0);
        assert!(
            api.find(session, CKO_PRIVATE_KEY)
                .is_empty()
        );
        let mut sha = mechanism(CKM_SHA256_RSA_PKCS);
        assert_eq!(
            call!(api, C_SignInit, session, &raw mut sha, key),
            CKR_KEY_HANDLE_INVALID
        );
        let (session, key) = api.user();
        api.sign_init(session, key);
        assert_eq!(api.sign(session).0, CKR_OK);
        return;
    }
    let lab = Lab::start();
    let (first, second) = (card_file(&lab, FIRST), card_file(&lab, SECOND));
    let inserted = lab.insert(card(&lab, &first));
    let test = "readers::a_card_swapped_under_a_session_is_another_card";
    let mut inner = Inner::start(&lab, test);
    inner.hears("begun");
    inserted.pull();
    let _second = lab.insert(card(&lab, &second));
    inner.go_on();
    inner.ends_well();
}

#[test]
fn a_card_put_in_and_taken_out_is_an_event() {
    if env::var_os(INNER).is_some() {
        let api = Api::load();
        api.initialize();
        let mut count = 0;
        let list = |count: &mut CK_ULONG| {
            call!(
                api,
                C_GetSlotList,
                CK_TRUE,
                ptr::null_mut(),
                &raw mut *count
            )
        };
        assert_eq!(list(&mut count), CKR_OK);
        assert_eq!(count, 0);
        let event = |flags| {
            let mut slot = 99;
            let rv = call!(
                api,
                C_WaitForSlotEvent,
                flags,
                &raw mut slot,
                ptr::null_mut()
            );
            (rv, slot)
        };
        assert_eq!(event(CKF_DONT_BLOCK).0, CKR_NO_EVENT);
        println!("waiting");
        assert_eq!(event(0), (CKR_OK, 0));
        assert_eq!(event(0), (CKR_OK, 1), "the card's other token");
        assert_eq!(list(&mut count), CKR_OK);
        assert_eq!(count, 2);
        let session = api.session(0);
        println!("seen");
        assert_eq!(event(0), (CKR_OK, 0));
        let mut info = CK_SESSION_INFO::default();
        let rv = call!(api, C_GetSessionInfo, session, &raw mut info);
        assert_eq!(rv, CKR_SESSION_HANDLE_INVALID);
        return;
    }
    let lab = Lab::start();
    let file = card_file(&lab, FIRST);
    let mut inner = Inner::start(&lab, "readers::a_card_put_in_and_taken_out_is_an_event");
    inner.hears("waiting");
    let inserted = lab.insert(card(&lab, &file));
    inner.hears("seen");
    inserted.pull();
    inner.ends_well();
}
