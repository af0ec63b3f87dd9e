//! Readers:
//!
//! * Without the library, without the service, without a reader, without a card: each is told as what it is.
//! * The readers are listed in order, with their cards; who waits learns of a card that comes, of one that goes, of one that is
//!   another, and of a service that was started anew.

use crate::bench::{FIRST, SECOND, SELECT_JPKI, Spoken, card, card_file, readers, said};
use shirushi_lab::{Lab, Setup};
use shirushi_reader::{Pcsc, ReaderError};
use std::path::Path;

#[test]
fn without_the_library() {
    let path = Path::new("/nonexistent/libpcsclite.so.1");
    assert!(matches!(
        Pcsc::load_from(path),
        Err(ReaderError::NoLibrary { .. })
    ));
    // A library, but another.
    let other = Pcsc::load_from(Path::new("libc.so.6"));
    assert!(matches!(other, Err(ReaderError::NoLibrary { .. })));
}

#[test]
fn without_a_service_a_reader_or_a_card() {
    let lab = Lab::set_up(Setup::WithoutService);
    assert_eq!(said(&lab, &["list"]), ["! NoService"]);
    assert_eq!(said(&lab, &["send"]), ["! NoService"]);
    assert_eq!(said(&lab, &["send", FIRST]), ["! NoService"]);

    let lab = Lab::set_up(Setup::WithoutReaders);
    assert_eq!(said(&lab, &["list"]), ["0 readers"]);
    assert_eq!(said(&lab, &["send"]), ["! NoReader"]);
    assert_eq!(said(&lab, &["send", FIRST]), ["! NoReader"]);
    assert_eq!(
        said(&lab, &["wait", "1"]),
        ["0 readers", "waiting", "0 readers"]
    );

    let lab = Lab::start();
    let both = ["Virtual PCD 00 00: empty", "Virtual PCD 00 01: empty"];
    assert_eq!(without_changes(&said(&lab, &["list"]))[..2], both);
    assert_eq!(said(&lab, &["send"]), ["! NoCard"]);
    assert_eq!(said(&lab, &["send", FIRST]), ["! NoCard"]);
    assert_eq!(said(&lab, &["send", "Virtual PCD"]), ["! NoReader"]);
    assert_eq!(said(&lab, &["send", ""]), ["! NoReader"]);
}

#[test]
fn who_waits_learns_of_cards() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let waiting = || {
        let mut waiting = Spoken::start(readers(&lab, &["wait", "60"]));
        let known: Vec<String> = (0..4).map(|_| waiting.hear()).collect();
        assert_eq!(known[3], "waiting");
        (waiting, known)
    };
    let (mut wait, empty) = waiting();
    let inserted = lab.insert_second(card(&lab, 1, &file, &[]));
    assert_eq!(wait.hear(), empty[0]);
    assert!(
        wait.hear()
            .starts_with("Virtual PCD 00 01: card")
    );

    // The first that has a card is the second.
    let mut connected = Spoken::start(readers(&lab, &["send"]));
    assert_eq!(connected.hear(), "connected");
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    connected.leave();
    assert_eq!(said(&lab, &["send", FIRST]), ["! NoCard"]);

    let (mut wait, with_card) = waiting();
    assert!(with_card[1].starts_with("Virtual PCD 00 01: card"));
    inserted.pull();
    wait.hear();
    assert!(
        wait.hear()
            .starts_with("Virtual PCD 00 01: empty")
    );

    // The same card again, by which nothing but the number of changes is another.
    let _inserted = lab.insert_second(card(&lab, 1, &file, &[]));
    let again = said(&lab, &["list"]);
    assert_eq!(
        without_changes(&again)[..2],
        without_changes(&with_card)[..2]
    );
    assert_ne!(again[1], with_card[1]);
    assert_eq!(again[0], with_card[0]);
}

#[test]
fn a_service_that_was_started_anew_is_found_again() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let inserted = lab.insert(card(&lab, 0, &file, &[]));
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    let mut watch = Spoken::start(readers(&lab, &["watch"]));
    let listed = |watch: &mut Spoken| -> Vec<String> {
        watch.say("");
        (0..3).map(|_| watch.hear()).collect()
    };
    let before = listed(&mut watch);
    assert_eq!(listed(&mut watch), before);
    let mut wait = Spoken::start(readers(&lab, &["wait", "60"]));
    let known: Vec<String> = (0..4).map(|_| wait.hear()).collect();

    lab.kill_service();
    assert_eq!(wait.hear(), "! NoService");
    let failure = connected.ask(SELECT_JPKI);
    assert!(failure.starts_with("! Other"), "{failure}");
    assert_eq!(said(&lab, &["list"]), ["! NoService"]);
    assert_eq!(watch.ask(""), "! NoService");
    drop(inserted);

    lab.start_service();
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    // What has happened meanwhile nobody knows: it counts as a change.
    let after = listed(&mut watch);
    assert_eq!(without_changes(&after), without_changes(&before));
    assert!(after[0] != before[0] && after[1] != before[1], "{after:?}");
    // The old connection stays as it is, also now.
    let failure = connected.ask(SELECT_JPKI);
    assert!(failure.starts_with("! Other"), "{failure}");
    drop(connected);
    assert_eq!(
        without_changes(&said(&lab, &["list"])),
        without_changes(&known[..3])
    );
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    connected.leave();
    assert_eq!(said(&lab, &["send", SECOND]), ["! NoCard"]);
}

fn without_changes(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| {
            line.rsplit_once(',')
                .map_or(line.as_str(), |(line, _)| line)
        })
        .collect()
}
