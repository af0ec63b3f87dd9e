//! READ BINARY and READ RECORD (ISO/IEC 7816-4 §11.3.3, §11.4.3; `facts/card.md` §7.1, §9).

use super::Answer;
use crate::{
    SoftCard,
    files::{Access, File},
    pin::PinName,
    unknowns::READ_WITHOUT_LE,
};
use shirushi_apdu::{Command, Response, StatusWord};
use shirushi_rules::CERTIFICATE_NEEDS_PASSWORD;

/// P1 of READ BINARY: bits 5–1 are a short identifier and P2 is the offset.
const SHORT_FORM: u8 = 0x80;

impl SoftCard {
    pub(super) fn read_binary(&mut self, command: &Command) -> Answer {
        let expected = self.expected(command)?;
        let (identifier, offset) = if command.p1 & SHORT_FORM == 0 {
            let current = self.session.current;
            let identifier = current.ok_or(StatusWord::NO_CURRENT_FILE)?;
            let offset = u16::from_be_bytes([command.p1, command.p2]);
            (identifier, usize::from(offset))
        } else {
            if command.p1 & 0x60 != 0 {
                return Err(StatusWord::WRONG_PARAMETERS);
            }
            let identifier = self.select_short(command.p1 & 0x1F)?;
            (identifier, usize::from(command.p2))
        };
        let File::Transparent { body, read } = self.file(identifier)? else {
            return Err(StatusWord::INCOMPATIBLE_FILE);
        };
        // Before the offset, so that nobody learns the length of what he may not read.
        if !self.allows(read) {
            return Err(StatusWord::SECURITY_STATUS);
        }
        let rest = body
            .get(offset..)
            .filter(|rest| !rest.is_empty())
            .ok_or(StatusWord::OFFSET)?;
        // Less than was asked for is answered with 9000; nobody has seen 6282 (`facts/card.md` §7.1).
        Ok(Response::ok(&rest[..rest.len().min(expected)]))
    }

    pub(super) fn read_record(&mut self, command: &Command) -> Answer {
        /// P2, bits 3–1: record number in P1, that one record.
        const ONE: u8 = 0x04;
        /// The same, and all records after it.
        const FROM: u8 = 0x05;
        let expected = self.expected(command)?;
        let mode = command.p2 & 0x07;
        if mode != ONE && mode != FROM {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let identifier = match command.p2 >> 3 {
            0 => self
                .session
                .current
                .ok_or(StatusWord::NO_CURRENT_FILE)?,
            short => self.select_short(short)?,
        };
        let File::Records(records) = self.file(identifier)? else {
            return Err(StatusWord::INCOMPATIBLE_FILE);
        };
        // Records count from one.
        let wanted = usize::from(command.p1)
            .checked_sub(1)
            .and_then(|first| records.get(first..))
            .filter(|wanted| !wanted.is_empty())
            .ok_or(StatusWord::RECORD_NOT_FOUND)?;
        let mut data = match mode {
            ONE => wanted[0].clone(),
            _ => wanted.concat(),
        };
        data.truncate(expected);
        Ok(Response::ok(data))
    }

    /// Le of a command without data.
    fn expected(&self, command: &Command) -> Result<usize, StatusWord> {
        if !command.data.is_empty() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        command.expected.ok_or(READ_WITHOUT_LE)
    }

    fn allows(&self, access: Access) -> bool {
        match access {
            Access::Free => true,
            Access::AnyOf(pins) => pins
                .iter()
                .any(|pin| self.session.has(*pin)),
            Access::SignaturePassword => {
                self.session.has(PinName::Signature) || !CERTIFICATE_NEEDS_PASSWORD.is_on()
            }
            Access::Never => false,
        }
    }
}
