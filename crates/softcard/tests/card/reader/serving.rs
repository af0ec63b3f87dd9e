//! Messages, power, and connections that come and go.

use super::driver::{Slot, framed};
use crate::support::*;
use shirushi_softcard::{Atr, CardKind, Variant, faults::Script, vpcd::Stop};
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

/// A right PIN, and the files of certificate and key, by their short identifiers.
const VERIFY: &str = "00200098 04 34383239";
const SIGN: &str = "802A0097 05 3031323334 00";

fn slot() -> Slot {
    Slot::serving(personalised().0, Script::default())
}

#[test]
fn the_card_is_in_the_reader_and_answers_as_it_does_elsewhere() {
    let slot = slot();
    let mut card = slot.insert();
    assert_eq!(slot.event(), "inserted");
    assert_eq!(card.atr(), Atr::Contact.bytes());
    assert_eq!(card.ask(SELECT_JPKI), "9000");
    assert_eq!(card.ask("00200098"), "63C3");
    assert_eq!(card.ask(VERIFY), "9000");
    let signature = card.ask(SIGN);
    assert_eq!((signature.len(), &signature[512..]), (516, "9000"));
    // Bytes that are no command are one all the same.
    assert_eq!(card.ask("00A4"), "6700");
    card.send(&[]);
    assert_eq!(card.receive(), [0x67, 0x00]);

    // Over the connection the very same card came back that was given.
    drop(card);
    let mut card = slot.stop();
    card.power_on();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
}

#[test]
fn messages_may_come_in_pieces_and_several_at_once() {
    let slot = slot();
    let mut card = slot.insert();
    // As vpcd 3.3 sends them: length and body apart; and worse.
    let select = framed(&bytes(SELECT_JPKI));
    card.raw(&select[..2]);
    card.raw(&select[2..]);
    assert_eq!(card.receive(), [0x90, 0x00]);
    for byte in framed(&bytes("00200098")) {
        card.raw(&[byte]);
    }
    assert_eq!(card.receive(), [0x63, 0xC3]);

    let several = [
        framed(&[0x04]),
        framed(&bytes(VERIFY)),
        framed(&[0x02]),
        framed(&bytes("00200098")),
        framed(&[0x04])[..1].to_vec(),
    ];
    card.raw(&several.concat());
    assert_eq!(card.receive(), Atr::Contact.bytes());
    assert_eq!(card.receive(), [0x90, 0x00]);
    assert_eq!(card.receive(), [0x63, 0xC3]);
    card.raw(&framed(&[0x04])[1..]);
    assert_eq!(card.receive(), Atr::Contact.bytes());
}

#[test]
fn a_pin_stays_verified_as_long_as_there_is_power_and_a_reset_asks_the_variant() {
    for reset_clears in [false, true] {
        let variant = Variant {
            reset_clears,
            ..Variant::default()
        };
        let slot = Slot::serving(personalised_as(variant), Script::default());
        let mut card = slot.insert();
        let asks_for_pin = |card: &mut super::driver::Inserted| {
            assert_eq!(card.ask(SELECT_JPKI), "9000");
            card.ask(SIGN) == "6982"
        };
        assert!(asks_for_pin(&mut card));
        assert_eq!(card.ask(VERIFY), "9000");
        assert!(!asks_for_pin(&mut card));
        card.order(0x02);
        assert_eq!(asks_for_pin(&mut card), reset_clears);
        assert_eq!(card.ask(VERIFY), "9000");
        // Polls change nothing, and neither does an order of a later version.
        card.atr();
        card.order(0x7E);
        assert!(!asks_for_pin(&mut card));
        // Without power it answers its ATR and no command.
        card.order(0x00);
        assert_eq!(card.atr(), Atr::Contact.bytes());
        assert_eq!(card.ask(SELECT_JPKI), "6F00");
        card.order(0x01);
        assert!(asks_for_pin(&mut card));
        // A connection is power as well.
        assert_eq!(card.ask(VERIFY), "9000");
        drop(card);
        let mut card = slot.accept();
        assert_eq!(card.ask(SELECT_JPKI), "6F00");
        card.order(0x01);
        assert!(asks_for_pin(&mut card));
    }
}

#[test]
fn tries_are_spent_for_good() {
    let slot = slot();
    let mut card = slot.insert();
    card.ask(SELECT_JPKI);
    assert_eq!(card.ask("00200098 04 39393939"), "63C2");
    card.order(0x00);
    card.order(0x01);
    card.ask(SELECT_JPKI);
    assert_eq!(card.ask("00200098"), "63C2");
    drop(card);
    let mut card = slot.insert();
    card.ask(SELECT_JPKI);
    assert_eq!(card.ask("00200098"), "63C2");
}

#[test]
fn a_poll_during_a_slow_command_is_answered_right_after_it() {
    let script = Script {
        slow_signature: Duration::from_millis(400),
        ..Script::default()
    };
    let slot = Slot::serving(personalised().0, script);
    let mut card = slot.insert();
    card.ask(SELECT_JPKI);
    card.ask(VERIFY);
    let begin = Instant::now();
    card.send(&bytes(SIGN));
    card.send(&[0x04]);
    assert_eq!(card.receive().len(), 258);
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert_eq!(card.receive(), Atr::Contact.bytes());
    // Only signatures are slow.
    let begin = Instant::now();
    card.ask("00200098");
    assert!(begin.elapsed() < Duration::from_millis(400));
}

#[test]
fn the_card_comes_back_when_the_connection_is_lost_and_waits_for_a_reader() {
    let slot = slot();
    drop(slot.insert());
    assert_eq!((slot.event(), slot.event()), ("inserted", "removed"));
    drop(slot.insert());
    assert_eq!((slot.event(), slot.event()), ("inserted", "removed"));

    // An address where nobody listens, until somebody does.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let waiting = Slot::serving_at(
        elsewhere,
        address.to_string(),
        personalised().0,
        Script::default(),
    );
    assert_eq!(waiting.event(), "unreachable");
    let listener = TcpListener::bind(address).unwrap();
    let waiting = waiting.listening(listener);
    waiting.insert();
    // That nobody was there is told once, not at every attempt.
    assert_eq!(waiting.event(), "inserted");
    waiting.stop();
}

#[test]
fn whatever_it_waits_for_it_stops_at_once() {
    let soon = |slot: Slot| {
        let begin = Instant::now();
        slot.stop();
        assert!(begin.elapsed() < Duration::from_secs(2));
    };
    // For a reader.
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let waiting = Slot::serving_at(
        elsewhere,
        nobody.to_string(),
        personalised().0,
        Script::default(),
    );
    assert_eq!(waiting.event(), "unreachable");
    soon(waiting);
    // For the reader to take the connection, and for its next message.
    soon(slot());
    let idle = slot();
    let card = idle.insert();
    assert_eq!(idle.event(), "inserted");
    soon(idle);
    drop(card);
    // For a slow command's time to pass.
    let script = Script {
        slow: Duration::from_secs(3600),
        ..Script::default()
    };
    let slow = Slot::serving(personalised().0, script);
    let mut card = slow.insert();
    card.send(&bytes(SELECT_JPKI));
    assert_eq!(slow.event(), "inserted");
    soon(slow);
    // And it does not begin after it was stopped.
    let stop = Stop::new();
    stop.stop();
    assert!(stop.is_stopped());
}

#[test]
fn each_interface_has_its_answer_to_reset() {
    for atr in [Atr::Contact, Atr::ContactWithHistory, Atr::Contactless] {
        let variant = Variant {
            atr,
            ..Variant::default()
        };
        let (mut card, _) = personalised();
        card.vary(CardKind::IndividualNumberCard, variant)
            .unwrap();
        let slot = Slot::serving(card, Script::default());
        let mut card = slot.insert();
        assert_eq!(card.atr(), atr.bytes());
        assert_eq!(card.ask(SELECT_JPKI), "9000");
    }
}

/// vpcd 3.3 writes length and body apart and lets Nagle's algorithm hold the second back until the first is acknowledged, which
/// may take 40 ms.
#[cfg(target_os = "linux")]
#[test]
fn no_command_waits_for_an_acknowledgement() {
    const COMMANDS: u32 = 100;
    let slot = slot();
    let mut card = slot.insert();
    let select = framed(&bytes(SELECT_JPKI));
    let begin = Instant::now();
    for _ in 0..COMMANDS {
        card.raw_as_vpcd(&select[..2]);
        card.raw_as_vpcd(&select[2..]);
        assert_eq!(card.receive(), [0x90, 0x00]);
    }
    assert!(begin.elapsed() < COMMANDS * Duration::from_millis(20));
}
