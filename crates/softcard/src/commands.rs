//! From a command to the thing that carries it out (`facts/card.md` §9, §15).

mod data;
mod pins;
mod read;
mod select;
mod sign;

use crate::{
    SoftCard,
    files::{Application, File},
    unknowns::{CERTIFICATE_ABSENT, KEY_ABSENT, NO_SECURE_MESSAGING, NO_SESSION_KEY},
};
use shirushi_apdu::{Command, Response, StatusWord, initial_pin};

/// What a command comes to.
type Answer = Result<Response, StatusWord>;

/// CLA of ISO/IEC 7816-4 commands.
const ISO: u8 = 0x00;
/// CLA of JICSAP's and GlobalPlatform's own commands.
const PROPRIETARY: u8 = 0x80;
/// The same inside the issuer's channel.
const CHANNEL: u8 = 0x84;

impl SoftCard {
    /// Carries out a command.
    pub(crate) fn carry_out(&mut self, command: &Command) -> Answer {
        let issuer = self.session.application == Application::Issuer;
        match (command.class, command.instruction) {
            (ISO, 0x20) => self.verify(command),
            (ISO, 0x24) => self.change_reference_data(command),
            (ISO, 0x84) => self.challenge(command),
            (ISO, 0x88) => self.internal_authenticate(command),
            (ISO, 0xA4) => self.select(command),
            (ISO, 0xB0) => self.read_binary(command),
            (ISO, 0xB2) => self.read_record(command),
            (ISO, 0xCA) => self.data_object(command),
            (PROPRIETARY, 0xFC) => Err(StatusWord::WRONG_LENGTH),
            (PROPRIETARY | CHANNEL, _) if issuer => Ok(self.issuer_command(command)),
            (initial_pin::CLASS, initial_pin::INSTRUCTION) => self.set_initial_pin(command),
            (PROPRIETARY, 0x2A) => self.compute_signature(command),
            (PROPRIETARY, 0x32) => self.change_key(command),
            // A terminal's certificate is checked against EF 0016, which holds no key here.
            (PROPRIETARY, 0xA2) => Err(KEY_ABSENT),
            (PROPRIETARY, 0xAE) => Err(self.no_session_key()),
            (ISO | PROPRIETARY, _) => Err(StatusWord::INSTRUCTION),
            (0x01..=0x03 | 0x81..=0x83, _) => Err(StatusWord::CHANNEL),
            (0x08, _) => Err(NO_SECURE_MESSAGING),
            (0x04 | 0x0C | CHANNEL, _) => Err(StatusWord::SECURE_MESSAGING),
            _ => Err(StatusWord::CLASS),
        }
    }

    /// The EF that P2 designates, by the rule of VERIFY, CHANGE and COMPUTE SIGNATURE: 80 is the current one, 80 | SFI selects
    /// one by its short identifier, which is the low five bits of its identifier (`facts/card.md` §5).
    fn designated(&mut self, p2: u8) -> Result<u16, StatusWord> {
        match p2 {
            0x80 => self
                .session
                .current
                .ok_or(StatusWord::NO_CURRENT_FILE),
            0x81..=0x9E => self.select_short(p2 & 0x1F),
            _ => Err(StatusWord::WRONG_PARAMETERS),
        }
    }

    /// Makes the EF with this short identifier current.
    fn select_short(&mut self, short: u8) -> Result<u16, StatusWord> {
        let identifier = u16::from(short);
        self.file(identifier)?;
        self.session.current = Some(identifier);
        Ok(identifier)
    }

    /// The EF with this identifier in the current application.
    fn file(&self, identifier: u16) -> Result<File<'_>, StatusWord> {
        let application = self.session.application;
        match application.file(identifier, self.memory.state()) {
            Some(File::Unwritten) => Err(CERTIFICATE_ABSENT),
            Some(file) => Ok(file),
            None => Err(StatusWord::FILE_NOT_FOUND),
        }
    }

    fn no_session_key(&self) -> StatusWord {
        match self.session.application {
            Application::Jpki | Application::BasicRegister => StatusWord::SECURITY_STATUS,
            _ => NO_SESSION_KEY,
        }
    }
}
