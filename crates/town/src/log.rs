//! The authority's log, looked at from outside: no secret is needed, nothing is written, and the city may run.

use crate::{TownError, files, folder};
use shirushi_authority::{Damage, Replayed, verify_database};
use shirushi_ledger::VerifierKey;
use shirushi_store::ReadOnly;
use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// Larger is no checkpoint and no key, which have some lines.
const LARGEST_NOTE: u64 = 64 * 1024;

/// What is to be verified.
#[derive(Clone, Debug)]
pub struct LogToVerify {
    /// A city's folder, or the authority's database.
    pub place: PathBuf,
    /// The log's public key; without, the one in the folder, where it is one.
    pub key: Option<PathBuf>,
    /// Checkpoints that somebody has kept.
    pub checkpoints: Vec<PathBuf>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct LogReport {
    /// How many entries were read.
    pub entries: u64,
    /// The root of the tree, hexadecimal; none when the leaves give none.
    pub root: Option<String>,
    /// How many checkpoints were compared with.
    pub checkpoints: usize,
    /// What is wrong.
    pub findings: Vec<Damage>,
}

/// How every SQLite database begins (SQLite, Database File Format §1.3).
const OF_SQLITE: &[u8] = b"SQLite format 3\0";

impl LogToVerify {
    /// Whether what was named can be an authority's: a folder that holds a city, or a file that begins as a database.
    ///
    /// # Errors
    /// What the operating system says of a file that cannot be read.
    pub fn may_hold_a_log(&self) -> io::Result<bool> {
        if self.place.is_dir() {
            return Ok(folder::is_of_a_city(&self.place));
        }
        let mut begin = Vec::new();
        fs::File::open(&self.place)?
            .take(OF_SQLITE.len() as u64)
            .read_to_end(&mut begin)?;
        Ok(begin == OF_SQLITE)
    }

    /// Reads the log through.
    ///
    /// # Errors
    /// [`TownError`] when a file cannot be read, or there is no key for the checkpoints.
    pub async fn verify(&self) -> Result<LogReport, TownError> {
        let is_folder = self.place.is_dir();
        let path = match is_folder {
            true => folder::database(&self.place, "authority"),
            false => self.place.clone(),
        };
        let key = self.key(is_folder)?;
        let mut notes = Vec::new();
        for path in &self.checkpoints {
            notes.push(text(path)?);
        }
        if is_folder {
            for party in ["register", "counter"] {
                notes.extend(kept_by(&folder::database(&self.place, party), party).await?);
            }
        }
        if key.is_none() && !notes.is_empty() {
            return Err(TownError::Damaged {
                path: self.place.join(folder::LOG_KEY),
            });
        }
        let database = open(&path).await?;
        let Replayed {
            findings,
            entries,
            tree: (_, root),
        } = verify_database(database, key.as_ref(), &notes).await?;
        Ok(LogReport {
            entries,
            root: root.map(|root| hex::encode(root.0)),
            checkpoints: notes.len(),
            findings,
        })
    }

    fn key(&self, is_folder: bool) -> Result<Option<VerifierKey>, TownError> {
        let path = match (&self.key, is_folder) {
            (Some(path), _) => path.clone(),
            (None, true) => self.place.join(folder::LOG_KEY),
            (None, false) => self.place.with_file_name("log.pub"),
        };
        if self.key.is_none() && !path.exists() {
            return Ok(None);
        }
        let is_named = self.key.is_some();
        text(&path)?
            .parse()
            .map(Some)
            .map_err(|_| match is_named {
                true => TownError::NoLogKey { path },
                false => TownError::Damaged { path },
            })
    }
}

/// The checkpoint that a neighbour keeps.
async fn kept_by(path: &Path, party: &str) -> Result<Option<String>, TownError> {
    if !path.exists() {
        return Ok(None);
    }
    let database = open(path).await?;
    Ok(match party {
        "register" => shirushi_register::kept_checkpoint(&database).await?,
        _ => shirushi_counter::kept_checkpoint(&database).await?,
    })
}

async fn open(path: &Path) -> Result<ReadOnly, TownError> {
    ReadOnly::open(path)
        .await
        .map_err(|source| TownError::Database {
            path: path.to_owned(),
            source,
        })
}

fn text(path: &Path) -> Result<String, TownError> {
    let damaged = || TownError::Damaged {
        path: path.to_owned(),
    };
    if fs::metadata(path).is_ok_and(|file| file.len() > LARGEST_NOTE) {
        return Err(damaged());
    }
    let bytes = files::read(path)?.ok_or_else(damaged)?;
    String::from_utf8(bytes).map_err(|_| damaged())
}
