//! A card that expects exact bytes and answers from a list.

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, Pin, PinVerified};
use shirushi_card::{CardError, Credential};
use std::collections::VecDeque;

/// SELECT of the JPKI application.
pub(crate) const SELECT_JPKI: &str = "00a4040c0ad392f000260100000001";
/// READ BINARY of EF 0006 by its short identifier.
pub(crate) const READ_TOKEN: &str = "00b08600a0";
/// SELECT of the issuer's domain.
pub(crate) const SELECT_ISSUER: &str = "00a4040c07a0000001510000";
pub(crate) const OK: &str = "9000";

pub(crate) const PASSWORD: &str = "ABC123";
pub(crate) const PASSWORD_FILE: &str = "00a4020c02001b";
pub(crate) const PIN_FILE: &str = "00a4020c020018";
pub(crate) const TRIES: &str = "00200080";
/// Which certificates there are, by the short identifier of EF 0008.
pub(crate) const AVAILABILITY: &str = "00b0880003";
pub(crate) const VERIFY_PASSWORD: &str = "0020008006414243313233";
pub(crate) const VERIFY_PIN: &str = "002000800431323334";

/// Commands with their answers, in hexadecimal. An answer of `gone` is the card's being taken out.
#[derive(Debug)]
pub(crate) struct Script {
    steps: VecDeque<(String, String)>,
    pub(crate) sent: usize,
}

impl Script {
    pub(crate) fn new(steps: &[(&str, &str)]) -> Self {
        let steps = steps
            .iter()
            .map(|(command, answer)| ((*command).to_owned(), (*answer).to_owned()))
            .collect();
        Self { steps, sent: 0 }
    }

    /// Everything expected was sent.
    pub(crate) fn finish(&self) {
        assert!(self.steps.is_empty(), "not sent: {:?}", self.steps);
    }
}

impl Transmit for Script {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.sent += 1;
        let (expected, answer) = self
            .steps
            .pop_front()
            .unwrap_or_else(|| panic!("sent beyond the script: {}", hex::encode(command)));
        assert_eq!(hex::encode(command), expected);
        match answer.as_str() {
            "gone" => Err(TransmitError::CardGone),
            answer => Ok(hex::decode(answer).unwrap()),
        }
    }
}

/// The token information of a My Number Card, as `facts/card.md` §6 has it.
pub(crate) fn token(label: &str) -> String {
    let mut file = format!("{label:32}{:032}{:16}{:016}", 1, "E16R01NJ", 20_500_003).into_bytes();
    file.resize(160, 0x39);
    format!("{}9000", hex::encode(file))
}

/// Opens a card and runs `steps` on it after that.
pub(crate) fn open(steps: &[(&str, &str)]) -> Card<Script> {
    let token = token("JPKIAPICCTOKEN2");
    let opening = [(SELECT_JPKI, OK), (READ_TOKEN, token.as_str())];
    Card::open(Script::new(&[&opening, steps].concat())).unwrap()
}

/// Opens a card, verifies the password and runs `steps` after that.
pub(crate) fn open_with_password(steps: &[(&str, &str)]) -> (Card<Script>, PinVerified) {
    let verifying = [(PASSWORD_FILE, OK), (TRIES, "63c5"), (VERIFY_PASSWORD, OK)];
    let mut card = open(&[&verifying, steps].concat());
    let verified = card
        .verify(Credential::Signature, &password())
        .unwrap();
    (card, verified)
}

/// Opens a card, verifies the authentication PIN and runs `steps` after that.
pub(crate) fn open_with_pin(steps: &[(&str, &str)]) -> (Card<Script>, PinVerified) {
    let verifying = [(PIN_FILE, OK), (TRIES, "63c3"), (VERIFY_PIN, OK)];
    let mut card = open(&[&verifying, steps].concat());
    let verified = card
        .verify(Credential::Authentication, &pin())
        .unwrap();
    (card, verified)
}

pub(crate) fn password() -> Pin {
    Pin::signature(PASSWORD).unwrap()
}

pub(crate) fn pin() -> Pin {
    Pin::authentication("1234").unwrap()
}

/// The id of the rule that refused.
pub(crate) fn rule(error: &CardError) -> &'static str {
    match error {
        CardError::Refused(refusal) => refusal.rule().id,
        error => panic!("not refused by a rule: {error:?}"),
    }
}
