//! Each fault as the reader meets it.

use super::driver::Slot;
use crate::support::*;
use shirushi_apdu::StatusWord;
use shirushi_softcard::faults::{Fault, Garbage, Script};
use std::time::{Duration, Instant};

const RIGHT: &str = "00200098 04 34383239";
const WRONG: &str = "00200098 04 39393939";

fn slot(when: &str, fault: Fault) -> Slot {
    let script = Script {
        at: vec![(when.parse().unwrap(), fault)],
        return_after: Duration::ZERO,
        ..Script::default()
    };
    Slot::serving(personalised().0, script)
}

/// Inserts the card and selects the application.
fn selected(slot: &Slot) -> super::driver::Inserted {
    let mut card = slot.insert();
    assert_eq!(card.ask(SELECT_JPKI), "9000");
    card
}

#[test]
fn torn_before_a_command_no_try_is_spent_after_it_one_is() {
    for (fault, left) in [(Fault::TornBefore, "63C3"), (Fault::TornAfter, "63C2")] {
        let slot = slot("verify", fault);
        let mut card = selected(&slot);
        card.send(&bytes(WRONG));
        assert!(card.is_closed(), "{fault:?}");
        assert_eq!(selected(&slot).ask("00200098"), left, "{fault:?}");
        assert_eq!(
            [slot.event(), slot.event(), slot.event()],
            ["inserted", "removed", "inserted"]
        );
    }
}

#[test]
fn a_pulled_card_has_answered_and_comes_back_without_its_pin_verified() {
    let slot = slot("verify", Fault::PulledAfter);
    let mut card = selected(&slot);
    assert_eq!(card.ask(RIGHT), "9000");
    assert!(card.is_closed());
    let mut card = selected(&slot);
    assert_eq!(card.ask("802A0097 05 3031323334 00"), "6982");
    // Once, as ordered.
    assert_eq!(card.ask(RIGHT), "9000");
    assert_eq!(card.ask("00200098"), "63C3");
}

#[test]
fn the_card_is_out_as_long_as_ordered() {
    let script = Script {
        at: vec![("1".parse().unwrap(), Fault::PulledAfter)],
        return_after: Duration::from_millis(500),
        ..Script::default()
    };
    let slot = Slot::serving(personalised().0, script);
    let mut card = slot.insert();
    assert_eq!(card.ask(SELECT_JPKI), "9000");
    let begin = Instant::now();
    slot.accept();
    // The clock here began after the card's.
    assert!(begin.elapsed() > Duration::from_millis(400));
}

#[test]
fn a_mute_card_answers_nothing_not_even_a_poll_until_it_is_taken_out() {
    let never = slot("verify", Fault::Mute);
    let mut card = selected(&never);
    card.send(&bytes(WRONG));
    card.send(&[0x04]);
    assert!(card.is_silent());
    // The reader gives up.
    drop(card);
    assert_eq!(selected(&never).ask("00200098"), "63C3");

    let script = Script {
        at: vec![("2".parse().unwrap(), Fault::Mute)],
        mute_for: Some(Duration::from_millis(400)),
        ..Script::default()
    };
    let slot = Slot::serving(personalised().0, script);
    let mut card = selected(&slot);
    let begin = Instant::now();
    card.send(&bytes(WRONG));
    assert!(card.is_closed());
    assert!(begin.elapsed() > Duration::from_millis(300));
    selected(&slot);
}

#[test]
fn garbage_arrives_in_place_of_the_answer() {
    let garbled = |garbage| {
        let slot = slot("verify", Fault::Garbled(garbage));
        let mut card = selected(&slot);
        card.send(&bytes(WRONG));
        let answer = card.receive();
        // It was carried out, and the card goes on.
        assert_eq!(card.ask("00200098"), "63C2", "{garbage:?}");
        answer
    };
    assert_eq!(garbled(Garbage::OneByte), [0x90]);
    assert_eq!(garbled(Garbage::WrongLength), [0, 0, 0, 0, 0, 0x63, 0xC2]);
    let random = garbled(Garbage::Random);
    assert!((2..=257).contains(&random.len()));
    assert_eq!(random, garbled(Garbage::Random), "chance has a seed");
    assert_ne!(random, [0x63, 0xC2]);
}

/// An empty message would make the driver of vpcd 3.3 wait for ever.
#[test]
fn no_answer_at_all_is_the_end_of_the_connection() {
    let slot = slot("verify", Fault::Garbled(Garbage::Empty));
    let mut card = selected(&slot);
    card.send(&bytes(WRONG));
    assert!(card.is_closed());
    // It was carried out, and the card is back.
    assert_eq!(selected(&slot).ask("00200098"), "63C2");
}

#[test]
fn a_status_word_on_order_comes_without_the_command_being_carried_out() {
    let slot = slot("verify:2", Fault::Status(StatusWord(0x6F00)));
    let mut card = selected(&slot);
    assert_eq!(card.ask(WRONG), "63C2");
    assert_eq!(card.ask(WRONG), "6F00");
    assert_eq!(card.ask("00200098"), "63C2");
    assert_eq!(card.ask(RIGHT), "9000");
}

#[test]
fn every_command_can_be_slow() {
    let script = Script {
        slow: Duration::from_millis(150),
        ..Script::default()
    };
    let slot = Slot::serving(personalised().0, script);
    let begin = Instant::now();
    let mut card = selected(&slot);
    card.ask("00200098");
    assert!(begin.elapsed() >= Duration::from_millis(300));
    // The reader's own questions are not.
    let begin = Instant::now();
    card.atr();
    assert!(begin.elapsed() < Duration::from_millis(150));
}
