//! A second place for the authority's checkpoint, on another disk or another machine: a whole city folder that came back from a backup cannot
//! see that from inside.

use crate::{TownError, files};
use shirushi_ledger::VerifierKey;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

const FILE: &str = "authority.checkpoint";

/// The second place: one file with the newest checkpoint.
pub(crate) struct SecondPlace {
    path: PathBuf,
    log_key: VerifierKey,
    size: Mutex<u64>,
}

impl SecondPlace {
    /// What can be said before anything is made.
    pub(crate) fn require(folder: &Path) -> Result<(), TownError> {
        match folder.is_dir() {
            true => Ok(()),
            false => Err(TownError::NoSecondPlace {
                folder: folder.to_owned(),
            }),
        }
    }

    /// A folder that is there: one that was forgotten to be mounted must not pass for an empty one.
    pub(crate) fn open(folder: &Path, log_key: VerifierKey) -> Result<Self, TownError> {
        Self::require(folder)?;
        Ok(Self {
            path: folder.join(FILE),
            log_key,
            size: Mutex::new(0),
        })
    }

    pub(crate) fn note(&self) -> Result<Option<String>, TownError> {
        let bytes = files::read(&self.path)?;
        bytes
            .map(|bytes| {
                String::from_utf8(bytes).map_err(|_| TownError::Damaged {
                    path: self.path.clone(),
                })
            })
            .transpose()
    }

    /// Durable when it returns. A smaller one than was written by this process changes nothing.
    pub(crate) async fn keep(&self, note: &str) -> Result<(), TownError> {
        let Ok((checkpoint, _)) = self.log_key.open(note) else {
            return Ok(());
        };
        let mut size = self.size.lock().await;
        if checkpoint.size > *size {
            files::replace(&self.path, note.as_bytes())?;
            *size = checkpoint.size;
        }
        Ok(())
    }
}
