//! VERIFY, CHANGE REFERENCE DATA, CHANGE KEY and SET INITIAL PIN (ISO/IEC 7816-4 §11.6.6–7; `facts/card.md` §8, §9).

use super::Answer;
use crate::{
    Blocked, EmptyVerify, SoftCard,
    files::{Application, File},
    pin::{Pin, PinName},
    unknowns::{BAD_NEW_PIN, TRIES_OF_UNSET_PIN, VERIFY_TOO_LONG, WRONG_KIND_OF_FILE},
};
use shirushi_apdu::{Command, Response, StatusWord, initial_pin};
use shirushi_personalisation::{Kind, Stage};
use shirushi_rules::{PIN_FORM, PIN_RIGHT, PIN_TRIES};

/// The longest value of any PIN, in bytes.
const LONGEST: usize = 16;

impl SoftCard {
    pub(super) fn verify(&mut self, command: &Command) -> Answer {
        if command.p1 != 0x00 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let identifier = self.designated(command.p2)?;
        let name = match self.file(identifier)? {
            File::Pin(name) => name,
            File::BlockedPin if command.data.is_empty() => return Err(StatusWord::tries_left(0)),
            File::BlockedPin => return Err(self.blocked()),
            _ => return Err(WRONG_KIND_OF_FILE),
        };
        if command.data.is_empty() {
            return Err(self.query(name));
        }
        if command.data.len() > LONGEST {
            return Err(VERIFY_TOO_LONG);
        }
        self.compare(name, &command.data)
    }

    /// `00 24 01 80`: the new value alone, after VERIFY of the old one.
    pub(super) fn change_reference_data(&mut self, command: &Command) -> Answer {
        if command.p1 != 0x01 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        match self.session.application {
            Application::Jpki | Application::Text | Application::Surface => {
                self.change_pin(command)
            }
            _ => Err(StatusWord::INSTRUCTION),
        }
    }

    /// `80 32 00 80`: what JICSAP has for the same in the common and the 住基 application.
    pub(super) fn change_key(&mut self, command: &Command) -> Answer {
        if command.p1 != 0x00 {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        match self.session.application {
            Application::Common | Application::BasicRegister => self.change_pin(command),
            _ => Err(StatusWord::INSTRUCTION),
        }
    }

    /// `80 24 00 98` or `9B`: the holder's first PIN, between the issuer's two visits.
    pub(super) fn set_initial_pin(&mut self, command: &Command) -> Answer {
        if self.session.application != Application::Jpki {
            return Err(StatusWord::INSTRUCTION);
        }
        let (kind, name) = match (command.p1, command.p2) {
            (initial_pin::P1, initial_pin::SIGNATURE) => (Kind::Signature, PinName::Signature),
            (initial_pin::P1, initial_pin::AUTHENTICATION) => {
                (Kind::Authentication, PinName::Authentication)
            }
            _ => return Err(StatusWord::WRONG_PARAMETERS),
        };
        let pending = self.memory.state().pending.as_ref();
        let is_awaited = pending.is_some_and(|pending| {
            pending.stage() == Stage::KeysMade && pending.kinds().any(|k| k == kind)
        });
        if !is_awaited {
            return Err(StatusWord::CONDITIONS);
        }
        let pin = self.new_pin(name, &command.data)?;
        self.memory.change(|state| {
            if let Some(draft) = state.draft_mut(kind) {
                draft.pin = Some(pin);
            }
        })?;
        Ok(Response::ok([]))
    }

    fn change_pin(&mut self, command: &Command) -> Answer {
        let identifier = self.designated(command.p2)?;
        let File::Pin(name) = self.file(identifier)? else {
            return Err(WRONG_KIND_OF_FILE);
        };
        if !name.is_changeable() {
            return Err(StatusWord::CONDITIONS);
        }
        if !self.session.has(name) {
            return Err(StatusWord::SECURITY_STATUS);
        }
        let pin = self.new_pin(name, &command.data)?;
        self.memory.change(|state| {
            state.pins.insert(name, pin);
        })?;
        Ok(Response::ok([]))
    }

    fn new_pin(&self, name: PinName, value: &[u8]) -> Result<Pin, StatusWord> {
        if value.is_empty() || value.len() > LONGEST {
            return Err(StatusWord::WRONG_LENGTH);
        }
        if !name.accepts(value) && PIN_FORM.is_on() {
            return Err(BAD_NEW_PIN);
        }
        Ok(Pin::new(name, value, &*self.random))
    }

    /// Spends a try, on the disk, before the comparison: whoever cuts the power on seeing that the comparison failed has
    /// spent it all the same.
    fn compare(&mut self, name: PinName, value: &[u8]) -> Answer {
        let tries = self.tries(name);
        if tries == 0 && PIN_TRIES.is_on() {
            return Err(self.blocked());
        }
        self.session.withdraw(name);
        let left = tries.saturating_sub(1);
        self.memory
            .change(|state| state.set_tries(name, left))?;
        let pin = self.memory.state().pins.get(&name);
        let is_right = pin.is_some_and(|pin| pin.matches(value));
        if !is_right && PIN_RIGHT.is_on() {
            return Err(StatusWord::tries_left(left));
        }
        self.memory
            .change(|state| state.set_tries(name, name.most_tries()))?;
        self.session.grant(name);
        Ok(Response::ok([]))
    }

    /// Tries left, at no cost.
    fn query(&self, name: PinName) -> StatusWord {
        let tries = self.tries(name);
        match self.memory.state().variant.empty_verify {
            EmptyVerify::SuccessWhenVerified if self.session.has(name) => StatusWord::OK,
            EmptyVerify::BlockedWhenBlocked if tries == 0 => self.blocked(),
            _ => StatusWord::tries_left(tries),
        }
    }

    fn tries(&self, name: PinName) -> u8 {
        self.memory
            .state()
            .pins
            .get(&name)
            .map_or(TRIES_OF_UNSET_PIN, |pin| pin.tries)
    }

    fn blocked(&self) -> StatusWord {
        match self
            .memory
            .state()
            .variant
            .blocked_status
        {
            Blocked::Status6984 => StatusWord::BLOCKED,
            Blocked::Status6983 => StatusWord::BLOCKED_ISO,
        }
    }
}
