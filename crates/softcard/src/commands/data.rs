//! GET CHALLENGE and GET DATA (ISO/IEC 7816-4 §11.6.3, §11.5.3; `facts/card.md` §9, §15).

use super::Answer;
use crate::{Atr, SoftCard, files::Application, unknowns::GET_DATA_ELSEWHERE};
use shirushi_apdu::{Command, Response, StatusWord};

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
        if self.session.application != Application::Issuer {
            return Err(GET_DATA_ELSEWHERE);
        }
        let state = self.memory.state();
        let holder = state.holder.as_ref();
        let value = match u16::from_be_bytes([command.p1, command.p2]) {
            0x00F0 => holder.map(|holder| holder.municipality.as_bytes()),
            0x00F2 => holder.map(|holder| holder.expires.as_bytes()),
            // The contact interface's, without TS, whichever interface is in use.
            0x5F51 => match state.variant.atr {
                Atr::Contactless => Atr::Contact.bytes().get(1..),
                contact => contact.bytes().get(1..),
            },
            _ => None,
        };
        let value = value.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        let expected = command
            .expected
            .ok_or(StatusWord::WRONG_LENGTH)?;
        Ok(Response::ok(&value[..value.len().min(expected)]))
    }
}
