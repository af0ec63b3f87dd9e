//! A card's file as a reader with that card in it.

use crate::{SoftCard, SoftCardError};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_crypto::Random;
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::InBoth;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long another program's connection to the card is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the file is looked at while something is waited for.
const INTERVAL: Duration = Duration::from_millis(50);

/// One virtual reader; the card of the file lies in it as long as the file is there.
///
/// The file is opened, and locked, for each connection, so that several programs use one card in turn as they would in a reader.
/// A program that keeps the card – an agent with the card in its wallet, `card serve` – makes it [busy](ReaderError::Busy).
#[derive(Debug)]
pub struct CardFile {
    path: PathBuf,
    random: Arc<dyn Random>,
    presence: Mutex<Presence>,
}

#[derive(Debug, Default)]
struct Presence {
    is_there: bool,
    changes: u64,
}

impl CardFile {
    /// The card in the file at `path`, which need not be there yet.
    #[must_use]
    pub fn new(path: &Path, random: Arc<dyn Random>) -> Self {
        Self {
            path: path.to_owned(),
            random,
            presence: Mutex::default(),
        }
    }

    fn reader(&self) -> Reader {
        let is_there = self.path.is_file();
        let mut presence = self
            .presence
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if presence.is_there != is_there {
            presence.is_there = is_there;
            presence.changes += 1;
        }
        let path = self.path.display().to_string();
        Reader {
            name: InBoth {
                ja: format!("カードのファイル {path}"),
                en: format!("card file {path}"),
            },
            id: path,
            has_card: is_there,
            changes: presence.changes,
        }
    }

    /// Opens the card, waiting a little for whoever has it.
    fn open(&self) -> Result<SoftCard, SoftCardError> {
        let end = Instant::now() + PATIENCE;
        loop {
            match SoftCard::open_file(&self.path, Arc::clone(&self.random)) {
                Err(SoftCardError::InUse) if Instant::now() < end => thread::sleep(INTERVAL),
                opened => return opened,
            }
        }
    }
}

impl CardSource for CardFile {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(vec![self.reader()])
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        if reader != self.reader().id {
            return Err(ReaderError::NoReader);
        }
        let card = self
            .open()
            .map_err(|error| match error {
                SoftCardError::Missing => ReaderError::NoCard,
                SoftCardError::InUse => ReaderError::Busy,
                // What is wrong with the file is worth more than any word that PC/SC would have for it.
                error => ReaderError::Transmit(TransmitError::other(error)),
            })?;
        Ok(Box::new(Inserted {
            path: self.path.clone(),
            card: Some(card),
        }))
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let end = Instant::now() + patience;
        loop {
            let readers = vec![self.reader()];
            let left = end.saturating_duration_since(Instant::now());
            if readers != known || left.is_zero() {
                return Ok(readers);
            }
            thread::sleep(left.min(INTERVAL));
        }
    }
}

/// The card of one connection. It loses power, and the file's lock, with it.
struct Inserted {
    path: PathBuf,
    /// None once it was taken out.
    card: Option<SoftCard>,
}

impl Transmit for Inserted {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        if !self.path.is_file() {
            // What it would write now would put it in again.
            self.card = None;
        }
        self.card
            .as_mut()
            .ok_or(TransmitError::CardGone)?
            .transmit(command)
    }
}
