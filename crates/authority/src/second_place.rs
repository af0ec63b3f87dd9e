//! A second place for the authority's checkpoint, on another disk or another machine: a whole city folder that came back from a backup cannot
//! see that from inside.

use shirushi_files as files;
use shirushi_ledger::VerifierKey;
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::sync::Mutex;

const FILE: &str = "authority.checkpoint";

/// The second place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// It is no folder that is there.
    #[error("{} is no folder", folder.display())]
    Absent {
        /// What was named.
        folder: PathBuf,
    },
    /// Its file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Its file holds no text.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// The second place: one file with the newest checkpoint.
#[derive(Debug)]
pub struct SecondPlace {
    path: PathBuf,
    log_key: VerifierKey,
    size: Mutex<u64>,
}

impl SecondPlace {
    /// What can be said before anything is made.
    ///
    /// # Errors
    /// [`PlaceError::Absent`].
    pub fn require(folder: &Path) -> Result<(), PlaceError> {
        match folder.is_dir() {
            true => Ok(()),
            false => Err(PlaceError::Absent {
                folder: folder.to_owned(),
            }),
        }
    }

    /// A folder that is there: one that was forgotten to be mounted must not pass for an empty one.
    ///
    /// # Errors
    /// [`PlaceError::Absent`].
    pub fn open(folder: &Path, log_key: VerifierKey) -> Result<Self, PlaceError> {
        Self::require(folder)?;
        Ok(Self {
            path: folder.join(FILE),
            log_key,
            size: Mutex::new(0),
        })
    }

    /// The checkpoint that is kept there.
    ///
    /// # Errors
    /// [`PlaceError::File`], [`PlaceError::Damaged`].
    pub fn note(&self) -> Result<Option<String>, PlaceError> {
        let bytes = files::read(&self.path).map_err(self.failed())?;
        bytes
            .map(|bytes| {
                String::from_utf8(bytes).map_err(|_| PlaceError::Damaged {
                    path: self.path.clone(),
                })
            })
            .transpose()
    }

    /// Durable when it returns. A smaller one than was written by this process changes nothing.
    ///
    /// # Errors
    /// [`PlaceError::File`].
    pub async fn keep(&self, note: &str) -> Result<(), PlaceError> {
        let Ok((checkpoint, _)) = self.log_key.open(note) else {
            return Ok(());
        };
        let mut size = self.size.lock().await;
        if checkpoint.size > *size {
            files::replace(&self.path, note.as_bytes()).map_err(self.failed())?;
            *size = checkpoint.size;
        }
        Ok(())
    }

    fn failed(&self) -> impl Fn(io::Error) -> PlaceError {
        |source| PlaceError::File {
            path: self.path.clone(),
            source,
        }
    }
}
