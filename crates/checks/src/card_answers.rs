//! What a card answers, read by the client (`shirushi_card`): any card, or something that only looks like one.

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, Credential, Pin, TextApplication, TextPin};

/// Everything that a client asks of a card comes to an end, whatever is answered.
pub fn check(bytes: &[u8]) {
    let mut answers = Answers {
        bytes,
        asked: 0,
        most: 2 * bytes.len() + 1_000,
    };
    ask_jpki(&mut answers);
    ask_text(&mut answers);
}

fn ask_jpki(answers: &mut Answers<'_>) {
    let Ok(mut card) = Card::open(&mut *answers) else {
        return;
    };
    let _ = card.token().serial.len();
    for credential in [Credential::Authentication, Credential::Signature] {
        let _ = card.tries(credential);
        let _ = card.certificate(credential, None);
        let _ = card.ca_certificate(credential);
        let Ok(pin) = Pin::new(credential, "1234").or_else(|_| Pin::new(credential, "ABC123"))
        else {
            continue;
        };
        if let Ok(verified) = card.verify(credential, &pin) {
            let _ = card.certificate(credential, Some(&verified));
            let _ = card.sign_digest_info(credential, &verified, &[0x30; 51]);
            let _ = card.change_pin(credential, &verified, &pin);
        }
    }
    let _ = card.leave();
}

fn ask_text(answers: &mut Answers<'_>) {
    let Ok(mut text) = TextApplication::open(&mut *answers) else {
        return;
    };
    let _ = text.information();
    let Ok(pin) = TextPin::new("1234") else {
        return;
    };
    if let Ok(verified) = text.verify(&pin) {
        if let Ok(items) = text.items(&verified) {
            assert!(items.birth.len() == 8);
        }
        if let Ok(number) = text.individual_number(&verified) {
            assert_eq!(number.len(), 12);
        }
    }
    let _ = text.leave();
}

/// Each begins with its length; `FF` says that two bytes of length follow. After the last the card is gone.
struct Answers<'a> {
    bytes: &'a [u8],
    asked: usize,
    most: usize,
}

impl Transmit for Answers<'_> {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.asked += 1;
        assert!(self.asked <= self.most, "the client never ends");
        let (length, rest) = match self.bytes {
            [0xFF, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [length, rest @ ..] => (usize::from(*length), rest),
            [] => return Err(TransmitError::CardGone),
        };
        let (answer, rest) = rest.split_at(length.min(rest.len()));
        self.bytes = rest;
        Ok(answer.to_vec())
    }
}
