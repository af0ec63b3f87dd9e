//! The software cards of this machine: a folder of card files, and the one virtual reader that they are put into.

mod folder;
mod slot;

use crate::{AgentError, CardSource, Connection, Reader, ReaderError};
pub use folder::WalletFolder;
use shirushi_crypto::Random;
use shirushi_rules::InBoth;
use shirushi_softcard::{Disk, FileDisk, SoftCard};
use shirushi_wire::CardNumber;
use slot::{Held, Slot};
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The file that says which card is in the reader.
const INSERTED: &str = "inserted";
/// The name of the virtual reader.
const READER: &str = "wallet";

/// The software cards of this machine and the one virtual reader. Its folder is its owner's alone: the files hold private keys.
pub struct Wallet {
    folder: PathBuf,
    random: Arc<dyn Random>,
    slot: Arc<Mutex<Slot>>,
    /// Told when the slot's card is another.
    changed: Condvar,
    /// Held, never read, so that who changes the folder otherwise knows; none when another agent has it already.
    _lock: Option<File>,
}

/// A card of the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCard {
    /// Its number.
    pub number: CardNumber,
    /// Whether it is in the reader.
    pub is_inserted: bool,
}

impl Wallet {
    /// The wallet in `folder`, which is made when it is absent. The card that was in the reader is in it again.
    ///
    /// # Errors
    /// [`AgentError::Folder`].
    pub fn open(folder: &Path, random: Arc<dyn Random>) -> Result<Arc<Self>, AgentError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let wallet = Self {
            folder: folder.to_owned(),
            random,
            slot: Arc::default(),
            changed: Condvar::new(),
            _lock: folder::lock(folder)?,
        };
        if let Some(number) = noted(folder)? {
            // A card that cannot be opened any more is no reason to have no agent.
            if let Err(error) = wallet.insert(&number) {
                tracing::warn!(%number, %error, "the card that was in the reader cannot be opened");
            }
        }
        Ok(Arc::new(wallet))
    }

    /// Adds a card: the bytes of its file. Durable when it returns.
    ///
    /// # Errors
    /// [`AgentError::Card`] when the bytes are no card, [`AgentError::CardNumber`], [`AgentError::CardExists`],
    /// [`AgentError::Folder`].
    pub fn add(&self, bytes: &[u8]) -> Result<CardNumber, AgentError> {
        let read_only = Arc::new(slot::Bytes(bytes.to_vec()));
        let card = SoftCard::open(read_only, Arc::clone(&self.random))?;
        let number: CardNumber = card
            .card_number()
            .parse()
            .map_err(|_| AgentError::CardNumber)?;
        let path = self.path(&number);
        if path.exists() {
            return Err(AgentError::CardExists(number));
        }
        let disk = FileDisk::at(&path)?;
        // Asked under the file's lock: of two that add one card, the second finds it.
        if disk.read()?.is_some() {
            return Err(AgentError::CardExists(number));
        }
        disk.replace(bytes)?;
        Ok(number)
    }

    /// The cards, by number.
    ///
    /// # Errors
    /// [`AgentError::Folder`].
    pub fn list(&self) -> Result<Vec<StoredCard>, AgentError> {
        listed(&self.folder, self.inserted().as_ref())
    }

    /// Puts a card into the reader, in place of the one that is in it. It gets power, and the reader keeps it over a restart.
    ///
    /// # Errors
    /// [`AgentError::NoSuchCard`], [`AgentError::Card`] (the reader stays as it was), [`AgentError::Folder`].
    pub fn insert(&self, number: &CardNumber) -> Result<(), AgentError> {
        let mut slot = self.slot();
        if slot.number().as_ref() == Some(number) {
            return Ok(());
        }
        let path = self.path(number);
        if !path.exists() {
            return Err(AgentError::NoSuchCard(number.clone()));
        }
        let mut card = SoftCard::open_file(&path, Arc::clone(&self.random))?;
        write_note(&self.folder, Some(number))?;
        card.power_on();
        slot.put(Some(card));
        self.changed.notify_all();
        Ok(())
    }

    /// Takes the card out of the reader, and power from it. Whoever holds a connection to it learns so.
    ///
    /// # Errors
    /// [`AgentError::Folder`]: the card is out, but would be in again after a restart.
    pub fn eject(&self) -> Result<(), AgentError> {
        let mut slot = self.slot();
        slot.put(None);
        self.changed.notify_all();
        write_note(&self.folder, None)
    }

    /// The number of the card in the reader.
    #[must_use]
    pub fn inserted(&self) -> Option<CardNumber> {
        self.slot().number()
    }

    /// Destroys a card, after taking it out of the reader.
    ///
    /// # Errors
    /// [`AgentError::NoSuchCard`], [`AgentError::Folder`].
    pub fn remove(&self, number: &CardNumber) -> Result<(), AgentError> {
        if self.inserted().as_ref() == Some(number) {
            self.eject()?;
        }
        let path = self.path(number);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AgentError::NoSuchCard(number.clone()));
            }
            removed => removed?,
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// The bytes of a card's file, for a copy of it.
    ///
    /// # Errors
    /// [`AgentError::NoSuchCard`], [`AgentError::Folder`].
    pub fn file(&self, number: &CardNumber) -> Result<Vec<u8>, AgentError> {
        match fs::read(self.path(number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(AgentError::NoSuchCard(number.clone()))
            }
            read => Ok(read?),
        }
    }

    fn path(&self, number: &CardNumber) -> PathBuf {
        self.folder
            .join(format!("{number}.card"))
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cards in a folder, by number.
fn listed(folder: &Path, inserted: Option<&CardNumber>) -> Result<Vec<StoredCard>, AgentError> {
    let mut cards = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number: Option<CardNumber> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".card"))
            .and_then(|number| number.parse().ok());
        if let Some(number) = number {
            cards.push(StoredCard {
                is_inserted: inserted == Some(&number),
                number,
            });
        }
    }
    cards.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(cards)
}

/// Which card is to be in the reader.
fn noted(folder: &Path) -> Result<Option<CardNumber>, AgentError> {
    match fs::read(folder.join(INSERTED)) {
        // What is no card's number is no reason to have no agent.
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes)
            .trim()
            .parse()
            .ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write_note(folder: &Path, number: Option<&CardNumber>) -> Result<(), AgentError> {
    let text = number.map_or("", CardNumber::as_str);
    FileDisk::at(&folder.join(INSERTED))?.replace(text.as_bytes())?;
    Ok(())
}

impl CardSource for Wallet {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(vec![reader(&self.slot())])
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        if reader != READER {
            return Err(ReaderError::NoReader);
        }
        match self.slot().card_generation() {
            Some(generation) => Ok(Box::new(Held::new(&self.slot, generation))),
            None => Err(ReaderError::NoCard),
        }
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let until = Instant::now() + patience;
        let mut slot = self.slot();
        loop {
            let now = vec![reader(&slot)];
            let left = until.saturating_duration_since(Instant::now());
            if now != known || left.is_zero() {
                return Ok(now);
            }
            slot = self
                .changed
                .wait_timeout(slot, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// The virtual reader as it is.
fn reader(slot: &Slot) -> Reader {
    Reader {
        id: READER.to_owned(),
        name: InBoth {
            ja: "仮想カードリーダー".to_owned(),
            en: "Virtual card reader".to_owned(),
        },
        has_card: slot.card_generation().is_some(),
        changes: slot.generation(),
    }
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet")
            .field("inserted", &self.inserted())
            .finish_non_exhaustive()
    }
}
