//! The steps of a replacement as the operating system sees them: the simulation shows that their order is right, this that
//! they are taken. A kill would not show it, for the page cache survives it; so strace records the calls.

use crate::support::*;
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{SoftCard, Variant};
use std::{io::Write, process::Command};

/// Where the child puts its card.
const FOLDER: &str = "SHIRUSHI_SOFTCARD_FOLDER";

#[test]
fn an_answer_leaves_the_card_after_its_file_and_its_name_are_forced() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let child = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-e",
            "trace=write,fsync,?rename,?renameat,?renameat2",
            "-o",
        ])
        .arg(&record)
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "forces::spends_three_tries_and_tells",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .output()
        .expect("the program strace is installed (apt-get install strace)");
    assert!(child.status.success());

    let record = std::fs::read_to_string(&record).unwrap();
    let calls: Vec<&str> = record
        .lines()
        .filter_map(call)
        .collect();
    // Making the card, then each of three wrong PINs: one replacement, and only then the answer.
    let replacement = ["write", "force", "rename", "force the folder"];
    let expected: Vec<&str> = (0..4)
        .flat_map(|_| {
            replacement
                .into_iter()
                .chain(["answer"])
        })
        .collect();
    assert_eq!(calls, expected);
}

/// What a line of the record is about, when it is about the card.
fn call(line: &str) -> Option<&'static str> {
    let (_, call) = line.split_once(' ')?;
    let call = call.trim_start();
    let is_new = call.contains("/card.new>");
    match call.split_once('(')?.0 {
        "write" if is_new => Some("write"),
        "write" if call.contains("\\nanswered ") => Some("answer"),
        "fsync" if is_new => Some("force"),
        "fsync" => Some("force the folder"),
        // Which of the three it is depends on the processor.
        "rename" | "renameat" | "renameat2"
            if call.contains("/card.new\", ") && call.contains("/card\")") =>
        {
            Some("rename")
        }
        _ => None,
    }
}

/// The body of the child. Run by itself, it has a folder of its own.
#[test]
fn spends_three_tries_and_tells() {
    let own = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).unwrap_or_else(|| own.path().into());
    let tell = |answer: &str| {
        let told = format!("\nanswered {answer}\n");
        let mut out = std::io::stdout().lock();
        out.write_all(told.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let path = std::path::Path::new(&folder).join("card");
    let manufacture = manufacture(Variant::default());
    let random = std::sync::Arc::new(SystemRandom);
    let mut card = SoftCard::create_file(&path, manufacture, random).unwrap();
    tell("made");
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    for expected in ["63C2", "63C1", "63C0"] {
        let answer = verify(&mut card, 0x91, "0000");
        tell(&answer);
        assert_eq!(answer, expected);
    }
}
