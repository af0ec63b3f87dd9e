//! Other programs at the same card:
//!
//! * Of two connections one waits until the other is dropped, and then goes on; nothing of the one shows in the other.
//! * A program that keeps the card is waited for as long as patience lasts, whether it has a transaction or the reader for itself.
//! * Another program is told that its card was reset when a PIN was sent to it, and otherwise nothing has happened to its card.
//! * A card that another program resets before a connection has it is taken as it is then.

use crate::bench::{
    FIRST, SELECT_ISSUER, SELECT_JPKI, SELECT_KEY, SELECT_PIN, SIGN, Spoken, VERIFY, card,
    card_file, other_program, readers, said,
};
use shirushi_lab::Lab;
use std::time::{Duration, Instant};

#[test]
fn of_two_connections_one_waits() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    let mut one = Spoken::connected(&lab, FIRST);
    assert_eq!(one.ask(SELECT_JPKI), "9000");
    assert_eq!(one.ask(SELECT_PIN), "9000");
    assert_eq!(one.ask(VERIFY), "9000");
    let impatient = said(&lab, &["--patience", "300", "send", FIRST]);
    assert_eq!(impatient, ["! Busy"]);
    let mut two = Spoken::start(readers(&lab, &["--patience", "60000", "send", FIRST]));
    // Who looks only does not wait.
    assert_eq!(said(&lab, &["list"]).len(), 3);
    assert_eq!(one.ask(SELECT_KEY), "9000");
    assert_eq!(one.status(SIGN), "9000");
    // What was verified for the one is not for the other, though it was connected all the time.
    one.leave();
    assert_eq!(two.hear(), "connected");
    assert_eq!(two.ask(SELECT_JPKI), "9000");
    assert_eq!(two.ask(SELECT_KEY), "9000");
    assert_eq!(two.status(SIGN), "6982");
    two.leave();
}

#[test]
fn a_program_that_keeps_the_card_is_waited_for_with_patience() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    for how in ["exclusive", "transaction"] {
        let mut other = other_program(&lab, how);
        let began = Instant::now();
        let impatient = said(&lab, &["--patience", "700", "send", FIRST]);
        assert_eq!(impatient, ["! Busy"], "{how}");
        let waited = began.elapsed();
        assert!(waited >= Duration::from_millis(700), "{how}: {waited:?}");
        assert!(waited < Duration::from_secs(20), "{how}: {waited:?}");
        let mut waiting = Spoken::start(readers(&lab, &["--patience", "60000", "send", FIRST]));
        assert_eq!(other.ask(""), "done");
        drop(other);
        assert_eq!(waiting.hear(), "connected", "{how}");
        assert_eq!(waiting.ask(SELECT_JPKI), "9000");
        waiting.leave();
    }
}

#[test]
fn a_card_that_was_reset_meanwhile_is_taken_as_it_is() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    for word in ["reset", "unpower"] {
        let mut other = other_program(&lab, "transaction");
        let mut waiting = Spoken::start(readers(&lab, &["--patience", "60000", "send", FIRST]));
        assert_eq!(other.ask(word), "done");
        assert_eq!(waiting.hear(), "connected", "{word}");
        assert_eq!(waiting.ask(SELECT_JPKI), "9000");
        waiting.leave();
    }
    // A program that is connected all the time hinders nobody.
    let _other = other_program(&lab, "shared");
    let mut connected = Spoken::connected(&lab, FIRST);
    assert_eq!(connected.ask(SELECT_JPKI), "9000");
    connected.leave();
}

#[test]
fn another_programs_card_is_left_alone_unless_a_pin_was_sent() {
    let lab = Lab::start();
    let file = card_file(&lab, "0000000020610042");
    let _inserted = lab.insert(card(&lab, 0, &file, &[]));
    let mut other = other_program(&lab, "shared");
    let mut looking = Spoken::connected(&lab, FIRST);
    assert_eq!(looking.ask(SELECT_JPKI), "9000");
    assert_eq!(looking.ask(SELECT_PIN), "9000");
    assert_eq!(looking.ask("00200080"), "63C3");
    looking.leave();
    assert_eq!(other.ask("go on"), "00000000");
    // Another application is selected now than the other program knows of.
    let mut logged_in = Spoken::connected(&lab, FIRST);
    for command in [SELECT_JPKI, SELECT_PIN, VERIFY, SELECT_ISSUER] {
        assert_eq!(logged_in.ask(command), "9000");
    }
    logged_in.leave();
    assert_eq!(other.ask("go on"), "80100068");
}
