//! A reader whose card the test puts in and takes out, and that knows what was sent to it.

use crate::cards::town;
use shirushi_apdu::{JPKI_AID, Transmit, TransmitError};
use shirushi_card::{Card, Credential, Pin};
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::InBoth;
use shirushi_softcard::{CardKind, SoftCard, Variant};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};
use tempfile::TempDir;

#[derive(Clone)]
pub(crate) struct Tray(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    folder: TempDir,
}

#[derive(Default)]
struct State {
    readers: Vec<Place>,
    log: Vec<Vec<u8>>,
    connections: usize,
    /// What is done at the command with this INS, before the card sees it.
    fault: Option<(u8, Fault)>,
    /// Whether it is done at each such command.
    is_lasting: bool,
}

#[derive(Default)]
struct Place {
    card: Option<SoftCard>,
    stranger: Option<Stranger>,
    changes: u64,
    is_held: bool,
}

/// What is no card of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// Another kind of card: it has nothing of what it is asked for.
    Other,
    /// Another program holds it.
    Held,
    /// It does not answer.
    Mute,
}

/// What can happen at a command.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The card is taken out.
    Pull,
    /// The answer is other bytes.
    Garbage,
    /// The answer is that there is no such file.
    NotFound,
}

impl Tray {
    /// One reader with a card of this number in it.
    pub(crate) fn with(number: &str) -> Self {
        let tray = Self::empty();
        tray.insert(number);
        tray
    }

    /// One reader with a card that behaves otherwise.
    pub(crate) fn varied(number: &str, kind: CardKind, variant: Variant) -> Self {
        let tray = Self::with(number);
        let mut state = tray.state();
        let card = state.readers[0].card.as_mut().unwrap();
        card.vary(kind, variant).unwrap();
        drop(state);
        tray
    }

    /// One reader without a card.
    pub(crate) fn empty() -> Self {
        let tray = Self(Arc::new(Inner {
            state: Mutex::default(),
            changed: Condvar::new(),
            folder: tempfile::tempdir().unwrap(),
        }));
        tray.add_reader();
        tray
    }

    /// Another reader.
    pub(crate) fn add_reader(&self) {
        self.state()
            .readers
            .push(Place::default());
        self.0.changed.notify_all();
    }

    /// Puts something else into a reader.
    pub(crate) fn insert_stranger(&self, reader: usize, stranger: Stranger) {
        let mut state = self.state();
        let place = &mut state.readers[reader];
        place.card = None;
        place.stranger = Some(stranger);
        place.changes += 1;
        drop(state);
        self.0.changed.notify_all();
    }

    /// How often somebody has tried to connect to a card since the last call.
    pub(crate) fn connections(&self) -> usize {
        std::mem::take(&mut self.state().connections)
    }

    /// Puts a card into the first reader: the same one when it was in before.
    pub(crate) fn insert(&self, number: &str) {
        self.insert_into(0, number);
    }

    pub(crate) fn insert_into(&self, reader: usize, number: &str) {
        let path = self.0.folder.path().join(number);
        if !path.exists() {
            town().card_in(self.0.folder.path(), number);
        }
        let mut card = SoftCard::open_file(&path, Arc::new(SystemRandom)).unwrap();
        card.power_on();
        let mut state = self.state();
        state.readers[reader].card = Some(card);
        state.readers[reader].changes += 1;
        drop(state);
        self.0.changed.notify_all();
    }

    /// Another card is in the first reader, and the reader says nothing of it.
    pub(crate) fn swap_unseen(&self, number: &str) {
        let changes = self.state().readers[0].changes;
        self.insert(number);
        self.state().readers[0].changes = changes;
    }

    /// Takes the card out of the first reader.
    pub(crate) fn eject(&self) {
        let mut state = self.state();
        state.readers[0].card = None;
        state.readers[0].changes += 1;
        drop(state);
        self.0.changed.notify_all();
    }

    /// From now on this happens at the next command with this INS.
    pub(crate) fn at(&self, instruction: u8, fault: Fault) {
        self.state().fault = Some((instruction, fault));
    }

    /// From now on this happens at every command with this INS.
    pub(crate) fn always_at(&self, instruction: u8, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((instruction, fault));
        state.is_lasting = true;
    }

    /// The commands since the last call.
    pub(crate) fn log(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.state().log)
    }

    /// How many of them were VERIFY with a PIN.
    pub(crate) fn verifications(&self) -> usize {
        self.log()
            .iter()
            .filter(|command| command[1] == 0x20 && command.len() > 5)
            .count()
    }

    /// Tries left, as another program counts them.
    pub(crate) fn tries(&self, credential: Credential) -> u8 {
        let mut card = Card::open(self.connect("reader 0").unwrap()).unwrap();
        let tries = card.tries(credential).unwrap();
        card.leave().unwrap();
        tries
    }

    /// Another program tries a PIN.
    pub(crate) fn try_elsewhere(&self, credential: Credential, pin: &str) {
        let mut card = Card::open(self.connect("reader 0").unwrap()).unwrap();
        let _ = card.verify(credential, &Pin::new(credential, pin).unwrap());
        card.leave().unwrap();
    }

    /// Another program changes a PIN.
    pub(crate) fn change_elsewhere(&self, credential: Credential, old: &str, new: &str) {
        let mut card = Card::open(self.connect("reader 0").unwrap()).unwrap();
        let old = Pin::new(credential, old).unwrap();
        let verified = card.verify(credential, &old).unwrap();
        let new = Pin::new(credential, new).unwrap();
        card.change_pin(credential, &verified, &new)
            .unwrap();
        card.leave().unwrap();
    }

    /// Whether the key signs without a PIN: whether somebody left it verified.
    pub(crate) fn is_left_open(&self, key: u8) -> bool {
        let mut connection = self.connect("reader 0").unwrap();
        let mut send = |command: &[u8]| connection.transmit(command).unwrap();
        // The application is still selected where it was not left; selecting it again would not close it.
        send(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, key]);
        let answer = send(&[0x80, 0x2A, 0x00, 0x80, 0x01, 0x5A, 0x00]);
        answer.ends_with(&[0x90, 0x00])
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

impl State {
    fn readers(&self) -> Vec<Reader> {
        let readers = self.readers.iter().enumerate();
        readers
            .map(|(number, place)| {
                let name = format!("reader {number}");
                Reader {
                    id: name.clone(),
                    name: InBoth {
                        ja: name.clone(),
                        en: name,
                    },
                    has_card: place.card.is_some() || place.stranger.is_some(),
                    changes: place.changes,
                }
            })
            .collect()
    }
}

impl CardSource for Tray {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(self.state().readers())
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        let number = reader
            .strip_prefix("reader ")
            .and_then(|number| number.parse::<usize>().ok())
            .ok_or(ReaderError::NoReader)?;
        let mut state = self.state();
        state.connections += 1;
        let place = state
            .readers
            .get_mut(number)
            .ok_or(ReaderError::NoReader)?;
        match place.stranger {
            None if place.card.is_none() => return Err(ReaderError::NoCard),
            None | Some(Stranger::Other) => (),
            Some(Stranger::Held) => return Err(ReaderError::Busy),
            Some(Stranger::Mute) => return Err(ReaderError::Mute),
        }
        if place.is_held {
            return Err(ReaderError::Busy);
        }
        place.is_held = true;
        Ok(Box::new(Held {
            number,
            changes: place.changes,
            is_open: false,
            tray: self.clone(),
        }))
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let (state, _) = self
            .0
            .changed
            .wait_timeout_while(self.state(), patience, |state| state.readers() == known)
            .unwrap();
        Ok(state.readers())
    }
}

struct Held {
    tray: Tray,
    number: usize,
    changes: u64,
    /// Whether a PIN was sent, and no other application selected behind it.
    is_open: bool,
}

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        let mut state = self.tray.state();
        let fault = state
            .fault
            .filter(|(instruction, _)| command[1] == *instruction)
            .map(|(_, fault)| fault);
        if fault.is_some() && !state.is_lasting {
            state.fault = None;
        }
        state.log.push(command.to_vec());
        match command {
            [_, 0x20, _, _, _, _, ..] => self.is_open = true,
            [0x00, 0xA4, 0x04, ..]
                if !command
                    .windows(10)
                    .any(|aid| aid == JPKI_AID) =>
            {
                self.is_open = false;
            }
            _ => (),
        }
        let place = &mut state.readers[self.number];
        if let Some(Fault::Pull) = fault {
            place.card = None;
            place.changes += 1;
        }
        if place.changes != self.changes {
            return Err(TransmitError::CardGone);
        }
        if place.stranger.is_some() {
            return Ok(vec![0x6A, 0x82]);
        }
        let card = place
            .card
            .as_mut()
            .ok_or(TransmitError::CardGone)?;
        let mut answer = card.answer(command);
        if let Some(Fault::Garbage) = fault {
            answer[0] ^= 0x55;
        }
        if let Some(Fault::NotFound) = fault {
            answer = vec![0x6A, 0x82];
        }
        Ok(answer)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.tray.state();
        let place = &mut state.readers[self.number];
        place.is_held = false;
        // What every connection owes to the next one (shirushi_reader::Connection).
        if let Some(card) = &mut place.card
            && self.is_open
        {
            card.power_on();
        }
    }
}
