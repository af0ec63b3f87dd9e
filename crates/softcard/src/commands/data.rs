//! GET CHALLENGE and GET DATA (ISO/IEC 7816-4 §11.6.3, §11.5.3; `facts/card.md` §9, §15).

use super::Answer;
use crate::{
    Atr, CardKind, SoftCard,
    files::{Application, sandbox},
    unknowns::{CARD_RECOGNITION, GET_DATA_ELSEWHERE},
};
use shirushi_apdu::{Command, Response, StatusWord};

/// The tag of the contact interface's answer to reset; it is told in every application.
const CONTACT_ATR: u16 = 0x5F51;
/// The most bytes of an answer to a short command.
const SHORT_ANSWER: usize = 256;

impl SoftCard {
    pub(super) fn challenge(&mut self, command: &Command) -> Answer {
        if (command.p1, command.p2) != (0x00, 0x00) {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let length = match command.expected {
            Some(length) if command.data.is_empty() => length,
            _ => return Err(StatusWord::WRONG_LENGTH),
        };
        if self.is_extended || length > 256 {
            return Err(StatusWord::CONDITIONS);
        }
        let mut data = vec![0; length];
        self.random.fill(&mut data);
        Ok(Response::ok(data))
    }

    pub(super) fn data_object(&mut self, command: &Command) -> Answer {
        let tag = u16::from_be_bytes([command.p1, command.p2]);
        if self.session.application != Application::Issuer && tag != CONTACT_ATR {
            return Err(GET_DATA_ELSEWHERE);
        }
        let value = self
            .value_of(tag)
            .ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        let expected = command
            .expected
            .ok_or(StatusWord::WRONG_LENGTH)?;
        // What is longer than a short answer is not cut to one.
        if value.len() > SHORT_ANSWER && !self.is_extended {
            return Err(StatusWord::WRONG_LENGTH);
        }
        Ok(Response::ok(&value[..value.len().min(expected)]))
    }

    /// The data objects of the MF's level (`facts/card.md` §15). Those about the holder's card are on cards that have the other
    /// applications too.
    fn value_of(&self, tag: u16) -> Option<Vec<u8>> {
        let state = self.memory.state();
        let holder = || {
            state
                .holder
                .as_ref()
                .filter(|_| state.kind != CardKind::AndroidToken)
        };
        match tag {
            0x0042 => holder().map(|_| sandbox::AUTHORITY_ID.to_vec()),
            0x0045 => holder().map(|_| state.card_number.as_bytes().to_vec()),
            0x0066 => Some(CARD_RECOGNITION.to_vec()),
            0x00F0 => holder().map(|holder| holder.municipality.as_bytes().to_vec()),
            0x00F2 => holder().map(|holder| holder.expires.as_bytes().to_vec()),
            0x00F7 => holder().map(|_| sandbox::AUTHORITY_ID.to_vec()),
            0x00F8 => holder().and_then(|_| sandbox::chain_certificate(true)),
            0x7F21 => holder().and_then(|_| sandbox::chain_certificate(false)),
            // The contact interface's, without TS, whichever interface is in use.
            CONTACT_ATR => {
                let atr = match state.variant.atr {
                    Atr::Contactless => Atr::Contact,
                    contact => contact,
                };
                atr.bytes().get(1..).map(<[u8]>::to_vec)
            }
            _ => None,
        }
    }
}
