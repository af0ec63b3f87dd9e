//! The authority's log, looked at from outside: no secret is needed, nothing is written, and the city may run.

use crate::{Databases, TownError, files, folder};
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
    /// Where the databases of the city in the folder are.
    pub databases: Databases,
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
        let key = self.key(is_folder)?;
        let mut notes = Vec::new();
        for path in &self.checkpoints {
            notes.push(text(path)?);
        }
        if is_folder {
            for party in ["register", "counter"] {
                notes.extend(self.kept_by(party).await?);
            }
        }
        if key.is_none() && !notes.is_empty() {
            return Err(TownError::Damaged {
                path: self.place.join(folder::LOG_KEY),
            });
        }
        let database = match is_folder {
            true => self.database_of("authority").await?,
            false => ReadOnly::open(&self.place)
                .await
                .map_err(|source| TownError::Database {
                    database: self.place.display().to_string(),
                    source,
                })?,
        };
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

    /// The checkpoint that a neighbour keeps.
    async fn kept_by(&self, party: &str) -> Result<Option<String>, TownError> {
        let is_there =
            self.databases.are_on_server() || folder::database(&self.place, party).exists();
        if !is_there {
            return Ok(None);
        }
        let database = self.database_of(party).await?;
        Ok(match party {
            "register" => shirushi_register::kept_checkpoint(&database).await?,
            _ => shirushi_counter::kept_checkpoint(&database).await?,
        })
    }

    async fn database_of(&self, party: &str) -> Result<ReadOnly, TownError> {
        let url = self
            .databases
            .address(&self.place, party)?;
        ReadOnly::at(&url)
            .await
            .map_err(|source| TownError::Database {
                database: self.databases.shown(&self.place, party),
                source,
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
