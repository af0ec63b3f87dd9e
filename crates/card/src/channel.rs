//! What the applications of the card have in common: files, PINs and what is remembered of them between commands.

use crate::CardError;
use crate::exchange::{exchange, exchange_for_secret, exchange_secret};
use shirushi_apdu::{Command, Response, StatusWord, Transmit, ber, select};
use shirushi_crypto::Secret;
use shirushi_rules::{Bilingual, Facts, PIN_FORM, PIN_RIGHT, PIN_TRIES};

pub(crate) const SELECT: u8 = 0xA4;
pub(crate) const READ_BINARY: u8 = 0xB0;
pub(crate) const VERIFY: u8 = 0x20;
pub(crate) const CHANGE_REFERENCE_DATA: u8 = 0x24;

/// P2 that means "the key or PIN of the current file"; with a short identifier in its low bits, the one of that file.
pub(crate) const CURRENT: u8 = 0x80;
/// Most bytes that one short command gives.
pub(crate) const CHUNK: usize = 256;
/// The end of what a READ BINARY with a 15-bit offset reaches.
const MOST_FILE: usize = 0x8000;

/// A PIN on the card.
#[derive(Debug)]
pub(crate) struct PinObject {
    pub(crate) file: u16,
    /// What it is called, as the fact `pin` of a refusal.
    pub(crate) name: Bilingual,
    /// What it must look like, as the fact `wanted` of a refusal.
    pub(crate) form: Bilingual,
    /// Tries of one that has not been entered wrongly.
    pub(crate) most_tries: u8,
}

impl PinObject {
    /// The facts of `card/pin-form`.
    pub(crate) fn form_facts(&self) -> Facts {
        self.facts().and("wanted", self.form)
    }

    fn facts(&self) -> Facts {
        Facts::new().and("pin", self.name)
    }
}

/// A transport whose card has one application selected.
pub(crate) struct Channel<T> {
    transport: T,
    /// The file selected last.
    current: Option<u16>,
    /// The file of the PIN that the last command asked about, and its tries.
    counted: Option<(u16, u8)>,
    /// Whether a PIN was sent, which may be verified now.
    is_open: bool,
    short: Short,
}

/// Whether files are named by their short identifiers inside commands, which saves the SELECT before each (`facts/card.md` §9). Not every client
/// does so; a card that does not know them is asked in the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Short {
    /// They are not.
    No,
    /// They may be; the card has not been asked.
    Perhaps,
    /// The card has counted the tries of a PIN that was named so.
    Yes,
}

impl<T: Transmit> Channel<T> {
    /// Selects an application; the status word when the card does not.
    pub(crate) fn select(
        mut transport: T,
        aid: &[u8],
    ) -> Result<Result<Self, StatusWord>, CardError> {
        let select = select::application(aid);
        let mut status = exchange(&mut transport, &select)?.status;
        if status == StatusWord::DIAGNOSIS {
            // Some cards answer 6F00 to the first command after power-on, whatever it is (facts/card.md §11).
            status = exchange(&mut transport, &select)?.status;
        }
        if !status.is_ok() {
            return Ok(Err(status));
        }
        Ok(Ok(Self::as_it_is(transport)))
    }

    /// A transport whose card may have an application selected, by somebody before.
    pub(crate) fn as_it_is(transport: T) -> Self {
        Self {
            transport,
            current: None,
            counted: None,
            is_open: false,
            short: Short::No,
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.transport
    }

    /// Whether a PIN was sent.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// From now on files are named by their short identifiers, where the card knows them.
    pub(crate) fn name_files_shortly(&mut self) {
        self.short = Short::Perhaps;
    }

    /// Tries left of a PIN, without spending one. 0 when it is blocked.
    pub(crate) fn tries(&mut self, pin: &PinObject) -> Result<u8, CardError> {
        let status = self.query(pin.file)?;
        let tries = tries_of(status, pin).ok_or(CardError::Status {
            instruction: VERIFY,
            status,
        })?;
        self.counted = Some((pin.file, tries));
        Ok(tries)
    }

    /// VERIFY without data. It spends nothing whatever it means to a card, so that it also tells whether a PIN can be named by its short
    /// identifier.
    fn query(&mut self, file: u16) -> Result<StatusWord, CardError> {
        if self.short != Short::No {
            self.current = None;
            let status = self.query_by(CURRENT | short(file))?;
            let is_count = status.tries().is_some()
                || matches!(status, StatusWord::BLOCKED | StatusWord::BLOCKED_ISO);
            if is_count {
                self.short = Short::Yes;
                return Ok(status);
            }
            self.short = Short::No;
        }
        self.select_file(file)?;
        self.query_by(CURRENT)
    }

    fn query_by(&mut self, reference: u8) -> Result<StatusWord, CardError> {
        let query = Command::new(0x00, VERIFY, 0x00, reference);
        let status = self.send(&query)?.status;
        if status == StatusWord::WRONG_LENGTH {
            // Behind some drivers a command of four bytes does not arrive; five say the same.
            return Ok(self.send(&query.ne(CHUNK))?.status);
        }
        Ok(status)
    }

    /// VERIFY, after counting the tries, unless [`Channel::tries`] was what was asked just before.
    pub(crate) fn verify(&mut self, pin: &PinObject, value: &Secret) -> Result<(), CardError> {
        let tries = match self.counted.take() {
            Some((counted, tries)) if counted == pin.file => tries,
            _ => self.tries(pin)?,
        };
        PIN_TRIES.require(tries > 0, pin.facts())?;
        let reference = match self.short {
            Short::Yes => CURRENT | short(pin.file),
            Short::No | Short::Perhaps => {
                self.select_file(pin.file)?;
                CURRENT
            }
        };
        let status = self.send_secret(Command::new(0x00, VERIFY, 0x00, reference), value)?;
        match (status, status.tries()) {
            (StatusWord::OK, _) => Ok(()),
            (StatusWord::BLOCKED | StatusWord::BLOCKED_ISO, _) | (_, Some(0)) => {
                Err(CardError::by_rule(&PIN_TRIES, pin.facts(), VERIFY, status))
            }
            (_, Some(tries)) => {
                let facts = pin.facts().and("tries", tries);
                Err(CardError::by_rule(&PIN_RIGHT, facts, VERIFY, status))
            }
            _ => Err(CardError::Status {
                instruction: VERIFY,
                status,
            }),
        }
    }

    /// CHANGE REFERENCE DATA of a PIN that has been verified; 6982 is a [`CardError::Status`].
    pub(crate) fn change(&mut self, pin: &PinObject, new: &Secret) -> Result<(), CardError> {
        self.select_file(pin.file)?;
        let header = Command::new(0x00, CHANGE_REFERENCE_DATA, 0x01, CURRENT);
        let status = self.send_secret(header, new)?;
        new_pin_taken(pin, CHANGE_REFERENCE_DATA, status)
    }

    /// The BER object that a file starts with, header included; filler follows it (`facts/card.md` §7.1). None when the file is not
    /// there or starts with another tag.
    pub(crate) fn object(&mut self, file: u16, tag: &[u8]) -> Result<Option<Vec<u8>>, CardError> {
        self.object_until(file, tag, Vec::new(), &|_| false)
    }

    /// The same, going on from its first bytes where there are some, to where it is enough.
    pub(crate) fn object_until(
        &mut self,
        file: u16,
        tag: &[u8],
        first: Vec<u8>,
        is_enough: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, CardError> {
        let malformed = || CardError::Malformed {
            instruction: READ_BINARY,
        };
        let by_short = match first.is_empty() {
            true => self.start_by_short(file)?,
            false => None,
        };
        let is_short = by_short.is_some();
        let start = match by_short {
            Some(bytes) => Ok(bytes),
            None => self
                .select_file(file)
                .and_then(|()| match first.is_empty() {
                    true => self.read_binary(0, CHUNK),
                    false => Ok(first),
                }),
        };
        let mut bytes = match start {
            Ok(bytes) => bytes,
            Err(CardError::Status {
                status: StatusWord::FILE_NOT_FOUND | StatusWord::OFFSET,
                ..
            }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !bytes.starts_with(tag) {
            return Ok(None);
        }
        let length = ber::first_object_length(&bytes)
            .filter(|length| *length <= MOST_FILE)
            .ok_or_else(malformed)?;
        while bytes.len() < length && !is_enough(&bytes) {
            let missing = length - bytes.len();
            let chunk = match self.read_binary(bytes.len(), missing.min(CHUNK)) {
                // To this card the file is not the current one for having been named.
                Err(CardError::Status {
                    status: StatusWord::NO_CURRENT_FILE | StatusWord::INCOMPATIBLE_FILE,
                    ..
                }) if is_short => {
                    self.short = Short::No;
                    return self.object_until(file, tag, Vec::new(), is_enough);
                }
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Err(malformed());
            }
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(length);
        Ok(Some(bytes))
    }

    /// The first bytes of a file that is named by its short identifier; none where that is not done, or not known to the card.
    fn start_by_short(&mut self, file: u16) -> Result<Option<Vec<u8>>, CardError> {
        if self.short == Short::No {
            return Ok(None);
        }
        let response = self.read_short(file, CHUNK)?;
        match response.status {
            StatusWord::OK => Ok(Some(response.data)),
            status @ StatusWord::SECURITY_STATUS => Err(CardError::Status {
                instruction: READ_BINARY,
                status,
            }),
            _ => Ok(None),
        }
    }

    /// A command whose P2 names a file: by its short identifier where the card has shown that it knows them, otherwise as the current one.
    /// What is refused in the short form, but for want of a PIN, is tried in the other.
    pub(crate) fn at_file(
        &mut self,
        file: u16,
        command: impl Fn(u8) -> Command,
    ) -> Result<Response, CardError> {
        if self.short == Short::Yes {
            self.current = None;
            let response = self.send(&command(CURRENT | short(file)))?;
            if response.status.is_ok() || response.status == StatusWord::SECURITY_STATUS {
                return Ok(response);
            }
        }
        self.select_file(file)?;
        self.send(&command(CURRENT))
    }

    /// The first bytes of a file that holds a secret, in one command.
    pub(crate) fn secret(&mut self, file: u16, length: usize) -> Result<Secret, CardError> {
        self.select_file(file)?;
        self.counted = None;
        let command = Command::new(0x00, READ_BINARY, 0x00, 0x00).ne(length);
        let (data, status) = exchange_for_secret(&mut self.transport, &command)?;
        success(READ_BINARY, Response::from(status))?;
        Ok(data)
    }

    /// READ BINARY by a short identifier, from the file's start. Which file is current afterwards is left open.
    pub(crate) fn read_short(&mut self, file: u16, length: usize) -> Result<Response, CardError> {
        self.current = None;
        let command = Command::new(0x00, READ_BINARY, CURRENT | short(file), 0x00).ne(length);
        self.send(&command)
    }

    /// READ BINARY of the current file at an offset below 32768.
    pub(crate) fn read_binary(
        &mut self,
        offset: usize,
        length: usize,
    ) -> Result<Vec<u8>, CardError> {
        let [.., high, low] = offset.to_be_bytes();
        let command = Command::new(0x00, READ_BINARY, high, low).ne(length);
        let response = self.send(&command)?;
        success(READ_BINARY, response)
    }

    pub(crate) fn select_file(&mut self, file: u16) -> Result<(), CardError> {
        if self.current == Some(file) {
            return Ok(());
        }
        self.current = None;
        let response = self.send(&select::file(file))?;
        success(SELECT, response)?;
        self.current = Some(file);
        Ok(())
    }

    pub(crate) fn send(&mut self, command: &Command) -> Result<Response, CardError> {
        self.counted = None;
        exchange(&mut self.transport, command)
    }

    pub(crate) fn send_secret(
        &mut self,
        header: Command,
        value: &Secret,
    ) -> Result<StatusWord, CardError> {
        self.counted = None;
        self.is_open = true;
        exchange_secret(&mut self.transport, header, value)
    }

    /// Selects the first of these applications that there is, which clears the PIN state of the one that is left. Where no PIN was
    /// sent there is none to clear, but perhaps another program's: then the card is left as it is.
    pub(crate) fn leave_for(mut self, applications: [&[u8]; 2]) -> Result<T, CardError> {
        if !self.is_open {
            return Ok(self.transport);
        }
        let [first, second] = applications;
        let mut status = self
            .send(&select::application(first))?
            .status;
        if !status.is_ok() {
            status = self
                .send(&select::application(second))?
                .status;
        }
        success(SELECT, Response::from(status))?;
        Ok(self.transport)
    }
}

/// What a new PIN's status means.
pub(crate) fn new_pin_taken(
    pin: &PinObject,
    instruction: u8,
    status: StatusWord,
) -> Result<(), CardError> {
    match status {
        StatusWord::OK => Ok(()),
        StatusWord::WRONG_DATA => Err(CardError::by_rule(
            &PIN_FORM,
            pin.form_facts(),
            instruction,
            status,
        )),
        status => Err(CardError::Status {
            instruction,
            status,
        }),
    }
}

pub(crate) fn success(instruction: u8, response: Response) -> Result<Vec<u8>, CardError> {
    if response.status.is_ok() {
        Ok(response.data)
    } else {
        Err(CardError::Status {
            instruction,
            status: response.status,
        })
    }
}

fn tries_of(status: StatusWord, pin: &PinObject) -> Option<u8> {
    match status {
        StatusWord::BLOCKED | StatusWord::BLOCKED_ISO => Some(0),
        // Not seen on a card, but tolerated: a PIN that is verified has all its tries (facts/card.md §8).
        StatusWord::OK => Some(pin.most_tries),
        status => status.tries(),
    }
}

/// The short identifier of a file: its low five bits (`facts/card.md` §5).
fn short(file: u16) -> u8 {
    let [_, low] = file.to_be_bytes();
    low & 0x1F
}
