//! Real limits of the machine, and the words of the report.

use crate::patient::{Diagnosis, SHIRUSHI, doctor};
use shirushi_lab::{Lab, Setup};
use std::process::Command;

fn faults_of(command: &mut Command, lab: &Lab) -> Diagnosis {
    Diagnosis::of(doctor(command, lab.folder()))
}

#[test]
fn memory_that_cannot_be_locked() {
    let lab = Lab::set_up(Setup::WithoutReaders);
    let mut command = lab.command("bash");
    // Root may lock what it likes, unless it has lost that power.
    let limit = "ulimit -l 0; exec setpriv --bounding-set=-ipc_lock --inh-caps=-all \"$@\"";
    command.args(["-ec", limit, "bash", SHIRUSHI]);
    let diagnosis = faults_of(&mut command, &lab);
    assert!(
        diagnosis
            .with("fault")
            .contains("machine/memory"),
        "{diagnosis:#?}"
    );
}

#[test]
fn a_disk_that_is_full_or_cannot_be_written() {
    let lab = Lab::set_up(Setup::WithoutReaders);
    let folder = lab
        .folder()
        .join(".local/share/shirushi-agent");
    std::fs::create_dir_all(&folder).unwrap();
    for options in ["size=1m,mode=700", "ro,mode=700"] {
        let mut command = lab.command("unshare");
        let script = format!("mount -t tmpfs -o {options} none \"$1\"; shift; exec \"$@\"");
        command
            .args(["--mount", "bash", "-ec", &script, "bash"])
            .arg(&folder)
            .arg(SHIRUSHI);
        let diagnosis = faults_of(&mut command, &lab);
        assert!(
            diagnosis
                .with("fault")
                .contains("machine/folder"),
            "{options}: {diagnosis:#?}"
        );
    }
}

#[test]
fn what_is_said_is_said_in_the_readers_language() {
    let lab = Lab::set_up(Setup::WithoutReaders);
    for (locale, told) in [
        (
            "ja_JP.UTF-8",
            [
                "問題　 reader/present: リーダーがありません",
                "→ リーダーをつないでください。",
                "問題 1件、注意 0件、見ていないもの ",
            ],
        ),
        (
            "C.UTF-8",
            [
                "FAULT    reader/present: There is no reader",
                "→ Plug a reader in.",
                "faults: 1, warnings: 0, not looked at: ",
            ],
        ),
    ] {
        let mut command = lab.command(SHIRUSHI);
        let output = command
            .arg("doctor")
            .env("HOME", lab.folder())
            .env_remove("XDG_DATA_HOME")
            .env("LC_ALL", locale)
            .output()
            .unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{report}");
        // What is wrong comes first.
        assert!(report.starts_with(told[0]), "{report}");
        for words in told {
            assert!(report.contains(words), "{words} is not in\n{report}");
        }
    }
}

#[test]
fn the_list_names_every_check() {
    let output = Command::new(SHIRUSHI)
        .args(["doctor", "--list"])
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    let json = Command::new(SHIRUSHI)
        .args(["doctor", "--list", "--json"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let checks = json["checks"].as_array().unwrap();
    assert!(checks.len() >= 25);
    for check in checks {
        let id = check["check"].as_str().unwrap();
        assert!(list.lines().any(|line| line == id), "{id}");
        assert!(list.contains(check["fix"]["en"].as_str().unwrap()), "{id}");
    }
}
