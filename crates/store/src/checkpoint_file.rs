//! The file beside a database that knows how far the database had come.
//!
//! Two places are written in turn, so that a write which is cut short leaves the other one. Each has a fixed size and offset: writing one
//! needs no space, which is why a full disk cannot stop it.
//!
//! | bytes | what |
//! |---|---|
//! | 24 | `shirushi checkpoint 1`, then zeros |
//! | 16 | life |
//! | 8 | counter, big endian |
//! | 32 | head |
//! | 64 | Ed25519 signature over the bytes above |
//! | 32 | SHA-256 over the bytes above |

use crate::{
    DatabaseFailure, FaultKind, MachineFault, OpenFailure, StoreError,
    guard::{Kept, Life, Position},
    weakened::{Promise, is_broken},
};
use shirushi_crypto::{PublicKey, SignatureAlgorithm, SigningKey, sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

const MAGIC: &[u8; 24] = b"shirushi checkpoint 1\0\0\0";
const SIGNED: usize = 24 + 16 + 8 + 32;
const PLACE: usize = SIGNED + 64 + 32;
/// A place begins where no write of the other one can tear it.
const SPACING: usize = 4096;
const FILE: usize = SPACING + PLACE;

/// The file, open for writing.
pub(crate) struct CheckpointFile {
    path: PathBuf,
    key: Arc<dyn SigningKey>,
    /// None after a failed write: the file is opened anew.
    file: Option<File>,
}

enum Place {
    Empty,
    Damaged,
    Holds(Position),
}

impl CheckpointFile {
    /// That of a database.
    pub(crate) fn beside(database: &Path, key: Arc<dyn SigningKey>) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push(".checkpoint");
        Self {
            path: PathBuf::from(path),
            key,
            file: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds, none if it is not there.
    pub(crate) fn read(&self) -> Result<Option<Kept>, OpenFailure> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(OpenFailure::File {
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let damaged = || OpenFailure::CheckpointDamaged {
            file: self.path.clone(),
        };
        if bytes.len() != FILE {
            return Err(damaged());
        }
        let key = self.key.public_key();
        let places = [
            read_place(&bytes[..PLACE], key),
            read_place(&bytes[SPACING..], key),
        ];
        let has_damage = places
            .iter()
            .any(|place| matches!(place, Place::Damaged));
        places
            .iter()
            .filter_map(|place| match place {
                Place::Holds(position) => Some(*position),
                _ => None,
            })
            .max_by_key(|position| position.counter)
            .map(|newest| Some(Kept { newest, has_damage }))
            .ok_or_else(damaged)
    }

    /// Replaces the file as a whole; durable when this returns.
    pub(crate) fn replace(&mut self, position: &Position) -> Result<(), StoreError> {
        let mut bytes = vec![0; FILE];
        let at = offset(position);
        bytes[at..at + PLACE].copy_from_slice(&self.place(position)?);
        let draft = self
            .path
            .with_extension("checkpoint-draft");
        let mut write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&draft)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)?;
            let folder = self
                .path
                .parent()
                .unwrap_or(Path::new("/"));
            File::open(folder)?.sync_all()?;
            self.file = Some(file);
            Ok(())
        };
        write().map_err(|error| self.refused(&error))
    }

    /// Writes a position into its place; durable when this returns.
    pub(crate) fn write(&mut self, position: &Position) -> Result<(), StoreError> {
        let place = self.place(position)?;
        let mut write = || -> io::Result<()> {
            let file = match self.file.take() {
                Some(file) => file,
                None => OpenOptions::new()
                    .write(true)
                    .open(&self.path)?,
            };
            file.write_all_at(&place, offset(position) as u64)?;
            if !is_broken(Promise::Sync) {
                file.sync_data()?;
            }
            self.file = Some(file);
            Ok(())
        };
        write().map_err(|error| self.refused(&error))
    }

    fn place(&self, position: &Position) -> Result<[u8; PLACE], StoreError> {
        let mut place = [0; PLACE];
        place[..24].copy_from_slice(MAGIC);
        place[24..40].copy_from_slice(position.life.as_bytes());
        place[40..48].copy_from_slice(&position.counter.to_be_bytes());
        place[48..SIGNED].copy_from_slice(&position.head);
        let signature = self
            .key
            .sign(&place[..SIGNED])
            .ok()
            .filter(|signature| signature.len() == 64)
            .ok_or_else(|| StoreError::CheckpointKey {
                file: self.path.clone(),
            })?;
        place[SIGNED..SIGNED + 64].copy_from_slice(&signature);
        let sum = sha256(&place[..SIGNED + 64]);
        place[SIGNED + 64..].copy_from_slice(&sum);
        Ok(place)
    }

    fn refused(&self, error: &io::Error) -> StoreError {
        StoreError::Checkpoint {
            fault: MachineFault {
                kind: FaultKind::of_io(error),
                failure: DatabaseFailure {
                    code: error
                        .raw_os_error()
                        .map_or_else(|| "-".to_owned(), |code| code.to_string()),
                    message: format!("{}: {error}", self.path.display()),
                },
            },
        }
    }
}

fn offset(position: &Position) -> usize {
    if position.counter % 2 == 0 {
        0
    } else {
        SPACING
    }
}

fn read_place(place: &[u8], key: &PublicKey) -> Place {
    if place.iter().all(|byte| *byte == 0) {
        return Place::Empty;
    }
    let (summed, sum) = place.split_at(SIGNED + 64);
    let (signed, signature) = summed.split_at(SIGNED);
    let is_whole = sha256(summed) == sum
        && signed.starts_with(MAGIC)
        && key
            .verify(SignatureAlgorithm::Ed25519, signed, signature)
            .is_ok();
    if !is_whole {
        return Place::Damaged;
    }
    let (mut life, mut counter, mut head) = ([0; 16], [0; 8], [0; 32]);
    life.copy_from_slice(&signed[24..40]);
    counter.copy_from_slice(&signed[40..48]);
    head.copy_from_slice(&signed[48..]);
    Place::Holds(Position {
        life: Life::from_bytes(life),
        counter: i64::from_be_bytes(counter),
        head,
    })
}
