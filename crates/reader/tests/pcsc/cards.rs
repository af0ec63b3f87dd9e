//! Cards:
//!
//! * A card pulled between commands or inside one is gone, and stays gone for this connection when it or another is put in.
//! * A PIN that was verified is no longer so when its connection is dropped, whoever comes next; after a proper leave the card is
//!   not even disturbed.
//! * T=0 and T=1, slow cards and mute ones.

use crate::bench::{
    FIRST, READ, SELECT_ISSUER, SELECT_JPKI, SELECT_KEY, SELECT_PIN, SIGN, Spoken, VERIFY, card,
    card_file, card_file_with, said,
};
use shirushi_lab::Lab;
use shirushi_softcard::Atr;
use std::time::{Duration, Instant};

#[test]
fn a_card_that_was_pulled_is_gone_for_good() {
    let lab = Lab::start();
    let (one, two) = (
        card_file(&lab, "0000000020610001"),
        card_file(&lab, "0000000020610002"),
    );
    let inserted = lab.insert(card(&lab, 0, &one, &[]));
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    inserted.pull();
    assert_eq!(connected.ask(READ), "! CardGone");
    assert_eq!(connected.ask(READ), "! CardGone");
    // The same card again.
    let inserted = lab.insert(card(&lab, 0, &one, &[]));
    assert_eq!(connected.ask(SELECT_JPKI), "! CardGone");
    inserted.pull();

    // Another in its place, before the connection has noticed anything.
    let inserted = lab.insert(card(&lab, 0, &one, &[]));
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    inserted.pull();
    let _inserted = lab.insert(card(&lab, 0, &two, &[]));
    assert_eq!(connected.ask(SELECT_JPKI), "! CardGone");
    let mut new = Spoken::connected(&lab, FIRST);
    assert_eq!(new.ask(SELECT_JPKI), "9000");
    // The old one is dropped beside the new one, and disturbs nothing.
    connected.leave();
    assert_eq!(new.status(READ), "9000");
}

#[test]
fn a_card_torn_out_of_a_command_is_gone() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    for word in ["torn-before:verify", "torn-after:verify"] {
        let inserted = lab.insert(card(&lab, 0, &file, &[word]));
        let mut connected = Spoken::connected(&lab, FIRST);
        assert_eq!(connected.ask(SELECT_JPKI), "9000");
        assert_eq!(connected.ask(SELECT_PIN), "9000");
        assert_eq!(connected.ask(VERIFY), "! CardGone", "{word}");
        drop(inserted);
        let inserted = lab.insert(card(&lab, 0, &file, &[]));
        assert_eq!(connected.ask(SELECT_JPKI), "! CardGone", "{word}");
        connected.leave();
        let mut connected = Spoken::connected(&lab, FIRST);
        assert_eq!(connected.ask(SELECT_JPKI), "9000");
        assert_eq!(connected.ask(SELECT_PIN), "9000");
        assert_eq!(connected.ask(VERIFY), "9000");
        connected.leave();
        inserted.pull();
    }
}

#[test]
fn a_card_that_is_back_before_the_service_has_missed_it_is_gone_too() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &["flash:verify"]));
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert_eq!(connected.ask(SELECT_PIN), "9000");
    let failure = connected.ask(VERIFY);
    assert!(failure.starts_with('!'), "{failure}");
    // It would answer.
    assert_eq!(connected.ask(SELECT_JPKI), failure);
    connected.leave();
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    connected.leave();
}

#[test]
fn a_dropped_connection_leaves_nothing_verified() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    let sign = |connected: &mut Spoken| {
        assert_eq!(connected.ask(SELECT_JPKI), "9000");
        assert_eq!(connected.ask(SELECT_KEY), "9000");
        connected.status(SIGN)
    };
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(sign(&mut connected), "6982");
    assert_eq!(connected.ask(SELECT_PIN), "9000");
    assert_eq!(connected.ask(VERIFY), "9000");
    assert_eq!(sign(&mut connected), "9000");
    connected.leave();
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(sign(&mut connected), "6982");
    connected.leave();

    // Left properly, the card keeps its power: what is selected stays selected.
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert_eq!(connected.ask(SELECT_PIN), "9000");
    assert_eq!(connected.ask(VERIFY), "9000");
    assert_eq!(connected.ask(SELECT_ISSUER), "9000");
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert_eq!(connected.ask(SELECT_KEY), "9000");
    connected.leave();
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.status(SIGN), "6982");
    connected.leave();
    // Not so after a PIN.
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert_eq!(connected.ask(SELECT_PIN), "9000");
    assert_eq!(connected.ask(VERIFY), "9000");
    assert_eq!(connected.ask(SELECT_KEY), "9000");
    connected.leave();
    let mut connected = Spoken::connected(&lab, FIRST);
    let status = connected.status(SIGN);
    assert!(!["9000", "6982"].contains(&status.as_str()), "{status}");
}

#[test]
fn a_card_of_t0_signs() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &["t0"]));
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert_eq!(connected.ask(SELECT_PIN), "9000");
    // Four bytes become five.
    assert_eq!(connected.ask("00200080"), "63C3");
    assert_eq!(connected.ask(VERIFY), "9000");
    assert_eq!(connected.ask(SELECT_KEY), "9000");
    // Data and Le become data; the answer is fetched.
    assert_eq!(connected.ask(SIGN), "6100");
    let signature = connected.ask("00C0000000");
    assert_eq!((signature.len(), &signature[512..]), (516, "9000"));
    // 160 bytes are there.
    assert_eq!(connected.ask("00B0860000"), "6CA0");
    assert_eq!(connected.ask("00B08600A0").len(), 324);
    connected.leave();
}

#[test]
fn a_card_of_t1_signs_whatever_its_answer_to_reset() {
    let lab = Lab::start();
    for (number, atr) in [
        ("0000000020610001", Atr::Contact),
        ("0000000020610002", Atr::ContactWithHistory),
        // It offers T=0 as well.
        ("0000000020610003", Atr::Contactless),
    ] {
        let file = card_file_with(&lab, number, atr);
        let inserted = lab.insert(card(&lab, 0, &file, &[]));
        let mut connected = Spoken::connected(&lab, FIRST);
        assert_eq!(connected.ask(SELECT_JPKI), "9000", "{atr:?}");
        assert_eq!(connected.ask(SELECT_PIN), "9000");
        assert_eq!(connected.ask("00200080"), "63C3");
        assert_eq!(connected.ask(VERIFY), "9000");
        assert_eq!(connected.ask(SELECT_KEY), "9000");
        let signature = connected.ask(SIGN);
        assert_eq!(
            (signature.len(), &signature[512..]),
            (516, "9000"),
            "{atr:?}"
        );
        connected.leave();
        inserted.pull();
    }
}

#[test]
fn a_slow_card_is_waited_for() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &["slow:2500"]));
    let mut connected = Spoken::connected(&lab, FIRST);
    let began = Instant::now();
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    assert!(began.elapsed() >= Duration::from_millis(2500));
    connected.leave();
}

#[test]
fn a_mute_card_is_told_as_one() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _mute = lab.insert(card(&lab, 0, &file, &["mute-atr"]));
    let listed = said(&lab, &["list"]);
    assert!(
        listed[0].starts_with("Virtual PCD 00 00: card"),
        "{listed:?}"
    );
    assert_eq!(said(&lab, &["send", FIRST]), ["! Mute"]);
}

#[test]
fn a_forked_child_leaves_the_parents_connection_alone() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    let lines = said(&lab, &["fork", FIRST]);
    assert_eq!(lines[0], "before: 6A82");
    assert!(lines[1].starts_with("child: ! Other"), "{lines:?}");
    assert_eq!(lines[4], "2 readers", "{lines:?}");
    assert_eq!(lines[5..], ["parent: 6A82", "2 readers, true"]);
}
