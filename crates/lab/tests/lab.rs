//! A lab does what other tests rely on.

#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_lab::{Exchange, Lab, Setup, exchanges};
use std::process::Command;

fn card(lab: &Lab, port: u16) -> Command {
    let mut card = lab.command("python3");
    card.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/card.py"))
        .arg(port.to_string());
    card
}

fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&told).into_owned()
}

fn send(lab: &Lab, reader: &str, apdu: &str) -> String {
    let mut tool = lab.command("opensc-tool");
    tool.args([
        "--card-driver",
        "default",
        "--reader",
        reader,
        "--send-apdu",
        apdu,
    ]);
    said(tool)
}

#[test]
fn cards_come_and_go_in_two_readers_of_two_labs() {
    let (lab, other) = (Lab::start(), Lab::start());
    let first = lab.insert(card(&lab, 35_963));
    let second = lab.insert_second(card(&lab, 35_964));
    assert_eq!((lab.insertions(0), lab.insertions(1)), (1, 1));
    assert_eq!((other.insertions(0), other.insertions(1)), (0, 0));

    assert!(send(&lab, "0", "00B0000004").contains("SW1=0x6D, SW2=0x00"));
    assert!(send(&lab, "1", "00B0000004").contains("SW1=0x6D, SW2=0x00"));
    assert!(!send(&other, "0", "00B0000004").contains("SW1="));
    let read = Exchange {
        command: vec![0x00, 0xB0, 0x00, 0x00, 0x04],
        response: Some(vec![0x6D, 0x00]),
    };
    let seen = exchanges(&lab.log());
    assert_eq!(
        seen.iter()
            .filter(|e| **e == read)
            .count(),
        2,
        "{seen:?}"
    );
    assert_eq!(exchanges(&other.log()), []);

    let mut outside = lab.command_outside("opensc-tool");
    outside.args(["--reader", "0", "--atr"]);
    assert!(said(outside).starts_with("3b:e0:00:ff:81:31:fe:45:14"));

    first.pull();
    assert_eq!((lab.removals(0), lab.removals(1)), (1, 0));
    drop(second);
}

#[test]
fn the_service_can_die_and_come_back() {
    let lab = Lab::start();
    let listed = || {
        said({
            let mut list = lab.command("opensc-tool");
            list.arg("--list-readers");
            list
        })
    };
    assert!(listed().contains("Virtual PCD 00 01"), "{}", listed());
    lab.kill_service();
    assert!(!listed().contains("Virtual PCD"), "{}", listed());
    lab.start_service();
    assert!(listed().contains("Virtual PCD 00 01"), "{}", listed());
}

#[test]
fn a_lab_can_be_without_readers_or_without_service() {
    for setup in [Setup::WithoutReaders, Setup::WithoutService] {
        let lab = Lab::set_up(setup);
        let mut list = lab.command("opensc-tool");
        list.arg("--list-readers");
        let listed = said(list);
        assert!(!listed.contains("Virtual PCD"), "{setup:?}: {listed}");
        assert_eq!(lab.socket().exists(), setup == Setup::WithoutReaders);
    }
}

#[test]
fn a_lab_sees_nothing_of_the_machines_network() {
    let lab = Lab::start();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut probe = lab.command("bash");
    probe.args(["-c", &format!("exec 3<>/dev/tcp/127.0.0.1/{port}")]);
    assert!(!probe.output().unwrap().status.success());
    let here = Command::new("bash")
        .args(["-c", &format!("exec 3<>/dev/tcp/127.0.0.1/{port}")])
        .output()
        .unwrap();
    assert!(here.status.success());
}
