//! The card itself: power, and bytes in and bytes out.

use crate::{
    CardKind, Disk, FileDisk, Manufacture, SoftCardError, Variant, disk::ReadOnly,
    session::Session, state::Memory,
};
use shirushi_apdu::{Command, Response, StatusWord, Transmit, TransmitError};
use shirushi_crypto::Random;
use shirushi_personalisation::CardEnd;
use std::{io, path::Path, sync::Arc};
use zeroize::Zeroize;

/// A My Number Card in software.
///
/// It has power when it is made or opened, as if just put into a reader. `Debug` shows its number and nothing secret.
pub struct SoftCard {
    pub(crate) memory: Memory,
    pub(crate) session: Session,
    pub(crate) channel: CardEnd,
    pub(crate) random: Arc<dyn Random>,
    /// Whether the command being carried out has extended length fields.
    pub(crate) is_extended: bool,
    has_power: bool,
}

impl SoftCard {
    /// Makes a card on a disk that holds none.
    ///
    /// # Errors
    /// [`SoftCardError`] when the disk holds a card already or fails, or the manufacture is not allowed.
    pub fn make(
        disk: Arc<dyn Disk>,
        manufacture: Manufacture,
        random: Arc<dyn Random>,
    ) -> Result<Self, SoftCardError> {
        let memory = Memory::make(disk, &manufacture, &*random)?;
        Ok(Self::with(memory, random))
    }

    /// Opens the card on a disk.
    ///
    /// # Errors
    /// [`SoftCardError`] when the disk holds none, fails, or holds something damaged.
    pub fn open(disk: Arc<dyn Disk>, random: Arc<dyn Random>) -> Result<Self, SoftCardError> {
        let memory = Memory::open(disk, &*random)?;
        Ok(Self::with(memory, random))
    }

    /// Makes a card in a new file.
    ///
    /// # Errors
    /// As [`SoftCard::make`]; [`SoftCardError::InUse`] when another card is being made there.
    pub fn create_file(
        path: &Path,
        manufacture: Manufacture,
        random: Arc<dyn Random>,
    ) -> Result<Self, SoftCardError> {
        let disk = FileDisk::at(path).map_err(SoftCardError::read)?;
        Self::make(Arc::new(disk), manufacture, random)
    }

    /// Opens the card in a file.
    ///
    /// # Errors
    /// As [`SoftCard::open`]; [`SoftCardError::InUse`] when the card is open elsewhere.
    pub fn open_file(path: &Path, random: Arc<dyn Random>) -> Result<Self, SoftCardError> {
        if !path.exists() {
            return Err(SoftCardError::Missing);
        }
        // Before the lock, which would leave a file beside what is no card.
        let bytes = FileDisk::peek(path).map_err(SoftCardError::read)?;
        Self::look(bytes, Arc::clone(&random))?;
        let disk = FileDisk::at(path).map_err(SoftCardError::read)?;
        Self::open(Arc::new(disk), random)
    }

    /// The card in these bytes of a file, to be looked at: it takes no new state and answers 6581 where it would need one.
    ///
    /// # Errors
    /// [`SoftCardError`] when they are no card.
    pub fn look(file: Vec<u8>, random: Arc<dyn Random>) -> Result<Self, SoftCardError> {
        Self::open(Arc::new(ReadOnly::new(file)), random)
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        self.memory.state().variant.atr.bytes()
    }

    /// Its number, which is the token's serial number too.
    #[must_use]
    pub fn card_number(&self) -> &str {
        &self.memory.state().card_number
    }

    /// Which card it is.
    #[must_use]
    pub fn kind(&self) -> CardKind {
        self.memory.state().kind
    }

    /// As what it behaves.
    #[must_use]
    pub fn variant(&self) -> &Variant {
        &self.memory.state().variant
    }

    /// Has it behave as another card until it is opened again; its disk keeps what it was made as. Its power is cut for that.
    ///
    /// # Errors
    /// [`SoftCardError::Filler`].
    pub fn vary(&mut self, kind: CardKind, variant: Variant) -> Result<(), SoftCardError> {
        variant.check()?;
        self.memory.vary(kind, variant);
        self.power_off();
        self.power_on();
        Ok(())
    }

    /// Makes another card of it for good: kind and variant of its manufacture. Keys it has stay what they are. Its power is cut
    /// for that.
    ///
    /// # Errors
    /// [`SoftCardError::Filler`]; [`SoftCardError::Write`], and it is what it was.
    pub fn settle(&mut self, kind: CardKind, variant: Variant) -> Result<(), SoftCardError> {
        variant.check()?;
        self.memory
            .settle(kind, variant)
            .map_err(|_| SoftCardError::write(io::ErrorKind::Other.into()))?;
        self.power_off();
        self.power_on();
        Ok(())
    }

    /// Gives power: a session begins, nothing is verified.
    pub fn power_on(&mut self) {
        self.start();
        self.has_power = true;
    }

    /// Takes power away, and with it everything that was verified.
    pub fn power_off(&mut self) {
        self.start();
        self.has_power = false;
    }

    /// A warm reset. A real card keeps its security state over it (`facts/card.md` §11); the variant decides.
    pub fn reset(&mut self) {
        self.channel.reset();
        if self.memory.state().variant.reset_clears {
            self.start();
        }
    }

    /// Answers a command APDU with a response APDU: always two bytes at least, whatever the command is. Without power that is
    /// 6F00; [`Transmit::transmit`] says it better.
    pub fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        if !self.has_power || self.session.swallows() {
            return Response::from(StatusWord::DIAGNOSIS).to_bytes();
        }
        // A byte 00 after the header starts an extended length field when more than an Le follows (ISO/IEC 7816-3 §12.1.3).
        self.is_extended = command.len() > 5 && command[4] == 0;
        let Ok(mut command) = Command::parse(command) else {
            return Response::from(StatusWord::WRONG_LENGTH).to_bytes();
        };
        let response = self
            .carry_out(&command)
            .unwrap_or_else(Response::from);
        // It may have been a PIN.
        command.data.zeroize();
        response.to_bytes()
    }

    fn with(memory: Memory, random: Arc<dyn Random>) -> Self {
        Self {
            session: Session::start(memory.state()),
            memory,
            channel: CardEnd::new(),
            random,
            is_extended: false,
            has_power: true,
        }
    }

    fn start(&mut self) {
        self.session = Session::start(self.memory.state());
        self.channel.reset();
    }
}

impl Transmit for SoftCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        match self.has_power {
            true => Ok(self.answer(command)),
            false => Err(TransmitError::CardGone),
        }
    }
}

impl std::fmt::Debug for SoftCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftCard")
            .field("kind", &self.kind())
            .field("card_number", &self.card_number())
            .field("has_power", &self.has_power)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
