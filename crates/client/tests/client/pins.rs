//! PINs changed over connections that hold, and over connections that break at any point.
//!
//! * each of the three PINs is changed, and only the new one is taken afterwards;
//! * a break before the new one is sent leaves the old one, and it is said so;
//! * after a break at the sending the card is asked, whichever side of the break its memory was on;
//! * finding out never makes the last try, and never more than one wrong one where the answer is one of the two;
//! * a PIN is never sent to another PIN's counter.

use crate::home::{AUTHENTICATION_PIN, Home, SIGNATURE_PASSWORD, TEXT_PIN};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::CardError;
use shirushi_client::{PinAccess, PinChangeError, PinName, SetPin, TypedPin, find_pin, pin_status};
use shirushi_softcard::SoftCard;

/// CHANGE REFERENCE DATA.
const CHANGE: u8 = 0x24;

fn old(name: PinName) -> TypedPin {
    let text = match name {
        PinName::Authentication => AUTHENTICATION_PIN,
        PinName::Signature => SIGNATURE_PASSWORD,
        PinName::Text => TEXT_PIN,
    };
    TypedPin::new(name, text).unwrap()
}

fn new(name: PinName) -> TypedPin {
    let text = match name {
        PinName::Signature => "KAWARI0NO",
        _ => "7350",
    };
    TypedPin::new(name, text).unwrap()
}

fn other(name: PinName) -> TypedPin {
    let text = match name {
        PinName::Signature => "CHIGAU1NO",
        _ => "1111",
    };
    TypedPin::new(name, text).unwrap()
}

/// A card whose connection breaks at a command, before the card has heard it or before its answer is heard.
struct Torn<'a> {
    card: &'a mut SoftCard,
    at: usize,
    is_heard: bool,
    sent: usize,
    broke_at: Option<u8>,
}

impl<'a> Torn<'a> {
    fn new(card: &'a mut SoftCard, at: usize, is_heard: bool) -> Self {
        Self {
            card,
            at,
            is_heard,
            sent: 0,
            broke_at: None,
        }
    }
}

impl Transmit for Torn<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.sent += 1;
        if self.broke_at.is_some() {
            return Err(TransmitError::CardGone);
        }
        if self.sent == self.at {
            self.broke_at = Some(command[1]);
            if self.is_heard {
                self.card.answer(command);
            }
            self.card.power_off();
            self.card.power_on();
            return Err(TransmitError::CardGone);
        }
        Ok(self.card.answer(command))
    }
}

fn tries(card: &mut SoftCard, name: PinName) -> u8 {
    PinAccess::open(card, name)
        .unwrap()
        .tries()
        .unwrap()
}

#[test]
fn each_pin_is_changed_and_only_the_new_one_is_taken() {
    for name in PinName::ALL {
        let mut home = Home::new();
        let mut access = PinAccess::open(&mut home.card, name).unwrap();
        access
            .change(&old(name), &new(name))
            .unwrap();
        access.leave().unwrap();
        let mut access = PinAccess::open(&mut home.card, name).unwrap();
        let error = access
            .change(&old(name), &other(name))
            .unwrap_err();
        assert!(matches!(
            error,
            PinChangeError::Unchanged(CardError::Refused(refusal)) if refusal.rule().id == "card/pin-right"
        ));
        access
            .change(&new(name), &old(name))
            .unwrap();
    }
}

#[test]
fn a_break_anywhere_ends_in_a_known_state() {
    for name in PinName::ALL {
        let mut broke = [0_usize; 2];
        for is_heard in [false, true] {
            for at in 2.. {
                let mut home = Home::new();
                let mut torn = Torn::new(&mut home.card, at, is_heard);
                let changed = PinAccess::open(&mut torn, name)
                    .map_err(PinChangeError::Unchanged)
                    .and_then(|mut access| access.change(&old(name), &new(name)));
                let Some(instruction) = torn.broke_at else {
                    changed.unwrap();
                    break;
                };
                let error = changed.unwrap_err();
                assert!(error.is_card_gone());
                let mut access = PinAccess::open(&mut home.card, name).unwrap();
                let set = find_pin(&mut access, &old(name), &new(name)).unwrap();
                let is_new = instruction == CHANGE && is_heard;
                assert_eq!(set, if is_new { SetPin::New } else { SetPin::Old });
                assert_eq!(
                    matches!(error, PinChangeError::Unknown(_)),
                    instruction == CHANGE,
                    "broken at command {at}"
                );
                access.leave().unwrap();
                // Both are known to be right or wrong, and no try is left spent.
                assert_eq!(tries(&mut home.card, name), name.most_tries());
                broke[usize::from(instruction == CHANGE)] += 1;
            }
        }
        assert_eq!(broke[1], 2, "the change itself was broken on both sides");
        assert!(broke[0] >= 4);
    }
}

#[test]
fn finding_out_never_makes_the_last_try() {
    for name in PinName::ALL {
        let mut home = Home::new();
        let mut spent = 0;
        let found = loop {
            let mut access = PinAccess::open(&mut home.card, name).unwrap();
            let found = find_pin(&mut access, &other(name), &new(name)).unwrap();
            spent += 1;
            assert!(spent < 10);
            if matches!(found, SetPin::NotAsked { .. }) {
                break found;
            }
        };
        assert_eq!(found, SetPin::NotAsked { tries: 1 });
        assert_eq!(tries(&mut home.card, name), 1);
    }
}

#[test]
fn a_pin_that_is_neither_is_told_with_the_tries() {
    let mut home = Home::new();
    let name = PinName::Signature;
    let mut access = PinAccess::open(&mut home.card, name).unwrap();
    let found = find_pin(&mut access, &other(name), &new(name)).unwrap();
    assert_eq!(found, SetPin::Neither { tries: 3 });
}

#[test]
fn a_pin_is_not_sent_to_another_pins_counter() {
    let mut home = Home::new();
    for (name, foreign) in [
        (PinName::Authentication, PinName::Text),
        (PinName::Text, PinName::Authentication),
        (PinName::Signature, PinName::Authentication),
    ] {
        let mut access = PinAccess::open(&mut home.card, name).unwrap();
        for (first, second) in [(old(foreign), new(name)), (old(name), new(foreign))] {
            let error = access
                .change(&first, &second)
                .unwrap_err();
            assert!(matches!(
                error,
                PinChangeError::Unchanged(CardError::Refused(refusal)) if refusal.rule().id == "card/pin-form"
            ));
        }
        access.leave().unwrap();
        assert_eq!(tries(&mut home.card, name), name.most_tries());
    }
}

#[test]
fn the_tries_of_all_three_are_told() {
    let mut home = Home::new();
    let mut access = PinAccess::open(&mut home.card, PinName::Text).unwrap();
    find_pin(&mut access, &other(PinName::Text), &other(PinName::Text)).unwrap();
    let (status, _) = pin_status(&mut home.card).unwrap();
    assert_eq!(status.tries, [Some(3), Some(5), Some(1)]);
    let (status, _) = pin_status(&mut crate::home::without_text()).unwrap();
    assert_eq!(status.tries[2], None);
}
