//! A wallet's folder while no agent has it.

use super::{INSERTED, StoredCard, listed, noted, write_note};
use crate::AgentError;
use shirushi_crypto::Random;
use shirushi_softcard::SoftCard;
use shirushi_wire::CardNumber;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file whose lock an agent holds while it has the wallet.
const LOCK: &str = "wallet.lock";

/// A wallet's folder while no agent has it: what is changed in it is seen by the agent that is started next.
#[derive(Debug)]
pub struct WalletFolder {
    folder: PathBuf,
    /// Held, never read.
    _lock: File,
}

impl WalletFolder {
    /// The cards in a folder, by number, whoever has it.
    ///
    /// # Errors
    /// [`AgentError::Folder`], also when there is no such folder.
    pub fn look(folder: &Path) -> Result<Vec<StoredCard>, AgentError> {
        listed(folder, noted(folder)?.as_ref())
    }

    /// Takes a folder; none when an agent that runs has it.
    ///
    /// # Errors
    /// [`AgentError::Folder`], also when there is no such folder.
    pub fn take(folder: &Path) -> Result<Option<Self>, AgentError> {
        let Some(lock) = lock(folder)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            folder: folder.to_owned(),
            _lock: lock,
        }))
    }

    /// Puts a card into the reader, in place of the one that is in it.
    ///
    /// # Errors
    /// [`AgentError::NoSuchCard`], [`AgentError::Card`] when it cannot be opened, [`AgentError::Folder`].
    pub fn insert(&self, number: &CardNumber, random: Arc<dyn Random>) -> Result<(), AgentError> {
        let path = self
            .folder
            .join(format!("{number}.card"));
        if !path.exists() {
            return Err(AgentError::NoSuchCard(number.clone()));
        }
        SoftCard::open_file(&path, random)?;
        write_note(&self.folder, Some(number))
    }

    /// Takes the card out of the reader, and says which it was.
    ///
    /// # Errors
    /// [`AgentError::Folder`].
    pub fn eject(&self) -> Result<Option<CardNumber>, AgentError> {
        let number = noted(&self.folder)?;
        if self.folder.join(INSERTED).exists() {
            write_note(&self.folder, None)?;
        }
        Ok(number)
    }
}

/// Takes the lock of a wallet's folder; none when somebody has it.
pub(super) fn lock(folder: &Path) -> Result<Option<File>, AgentError> {
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(io::Error::into(error)),
    }
}
