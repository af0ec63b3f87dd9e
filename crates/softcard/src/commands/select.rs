//! SELECT (ISO/IEC 7816-4 §11.2.2; `facts/card.md` §9).

use super::Answer;
use crate::{SoftCard, files::Application, unknowns::SELECT_WITH_FCI};
use shirushi_apdu::{Command, Response, StatusWord};

/// P2: first occurrence, no file control information.
const NO_FCI: u8 = 0x0C;
/// P2: first occurrence, file control information wanted.
const FCI: u8 = 0x00;

impl SoftCard {
    /// A SELECT that fails changes nothing: OpenSC sends some thirty of them before it asks for the right application.
    pub(super) fn select(&mut self, command: &Command) -> Answer {
        match command.p1 {
            0x02 => self.select_file(command),
            0x04 => self.select_application(command),
            _ => Err(StatusWord::WRONG_PARAMETERS),
        }
    }

    fn select_application(&mut self, command: &Command) -> Answer {
        if !(1..=16).contains(&command.data.len()) {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let state = self.memory.state();
        let application =
            Application::by_identifier(&command.data, state).ok_or(StatusWord::FILE_NOT_FOUND)?;
        let status = match command.p2 {
            NO_FCI => StatusWord::OK,
            FCI => SELECT_WITH_FCI,
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        };
        self.session.enter(application, state);
        self.channel.reset();
        Ok(Response::from(status))
    }

    fn select_file(&mut self, command: &Command) -> Answer {
        if command.p2 != NO_FCI {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let Ok(identifier) = <[u8; 2]>::try_from(command.data.as_slice()) else {
            return Err(StatusWord::WRONG_LENGTH);
        };
        let identifier = u16::from_be_bytes(identifier);
        self.file(identifier)?;
        self.session.current = Some(identifier);
        Ok(Response::ok([]))
    }
}
