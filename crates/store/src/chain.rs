//! The chain in the database, and the file beside it kept up to date.

use crate::{
    OpenFailure, Row, StoreError, Value,
    checkpoint_file::CheckpointFile,
    dialect::Dialect,
    guard::{Chain, Kept, Life, Position, Standing, judge},
    statement,
};
use sqlx::AnyConnection;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE store_chain (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), life BLOB NOT NULL, \
     counter INTEGER NOT NULL, head BLOB NOT NULL, previous BLOB NOT NULL) STRICT",
    // kept: the counter that the checkpoint knew; found: the one that the database had.
    "CREATE TABLE store_life (ordinal INTEGER PRIMARY KEY, life BLOB NOT NULL UNIQUE, counter INTEGER NOT NULL, \
     cause TEXT NOT NULL CHECK (cause IN ('founded', 'restored', 'begun')), kept INTEGER, found INTEGER, \
     is_settled INTEGER NOT NULL CHECK (is_settled IN (0, 1))) STRICT",
];

const READ: &str = "SELECT life, counter, head, previous FROM store_chain";
const ADVANCE: &str =
    "UPDATE store_chain SET life=$1, counter=$2, head=$3, previous=$4 WHERE counter=$5 AND head=$6";
const SET: &str = "INSERT INTO store_chain (one, life, counter, head, previous) VALUES (1, $1, $2, $3, $4) \
     ON CONFLICT (one) DO UPDATE SET life=excluded.life, counter=excluded.counter, head=excluded.head, \
     previous=excluded.previous";
const BEGIN_LIFE: &str = "INSERT INTO store_life (life, counter, cause, kept, found, is_settled) VALUES ($1, $2, $3, $4, $5, $6)";

/// Why a life began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifeCause {
    /// The database was founded, or guarded for the first time.
    Founded,
    /// A database that did not fit its checkpoint was taken into service all the same.
    Restored,
    /// Somebody else knew that the database had been taken back ([`crate::Store::begin_life`]).
    Begun,
}

impl LifeCause {
    fn word(self) -> &'static str {
        match self {
            Self::Founded => "founded",
            Self::Restored => "restored",
            Self::Begun => "begun",
        }
    }
}

/// A life of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeRecord {
    /// Its name.
    pub life: Life,
    /// Where it began.
    pub counter: i64,
    /// Why it began.
    pub cause: LifeCause,
    /// How far the checkpoint knew that the database had come, where there was one to read.
    pub kept: Option<i64>,
    /// How far it had come when it was found.
    pub found: Option<i64>,
    /// Whether what the restore had taken back has been made good ([`crate::Transaction::settle_restore`]).
    pub is_settled: bool,
}

/// Knows where file and database were last seen together.
pub(crate) struct Keeper {
    /// None on PostgreSQL, where no place was given for it.
    file: Option<Arc<Mutex<CheckpointFile>>>,
    known: Position,
    /// Whether a commit may have happened that the file does not know of.
    is_doubtful: bool,
    /// For those who ask while a transaction is under way.
    told: Arc<Mutex<Option<Position>>>,
}

/// What an open found.
pub(crate) struct Found {
    pub(crate) kept: Option<Kept>,
    pub(crate) chain: Option<Chain>,
}

impl Keeper {
    pub(crate) fn new(
        file: Option<CheckpointFile>,
        known: Position,
        told: Arc<Mutex<Option<Position>>>,
    ) -> Self {
        *told
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(known);
        Self {
            file: file.map(|file| Arc::new(Mutex::new(file))),
            known,
            is_doubtful: false,
            told,
        }
    }

    pub(crate) fn known(&self) -> &Position {
        &self.known
    }

    /// Before a transaction does anything: an earlier commit of which nobody knows whether it happened, or which the file has not
    /// been told of, is looked up and told.
    pub(crate) async fn settle(
        &mut self,
        connection: &mut AnyConnection,
        dialect: Dialect,
    ) -> Result<(), StoreError> {
        if !self.is_doubtful {
            return Ok(());
        }
        let rows = statement::rows(connection, dialect, READ, &[]).await?;
        let chain = rows.first().map(chain).transpose()?;
        let kept = Kept {
            newest: self.known,
            has_damage: false,
        };
        match judge(&self.path(), Some(kept), chain)? {
            Standing::OneAhead(chain) => self.keep(&chain.at).await,
            Standing::Level(_) | Standing::Unfounded => {
                self.is_doubtful = false;
                Ok(())
            }
        }
    }

    /// Moves the chain on to `link`, inside the transaction that it tells of. From here on its commit is in doubt.
    pub(crate) async fn advance(
        &mut self,
        connection: &mut AnyConnection,
        dialect: Dialect,
        link: &Chain,
    ) -> Result<(), StoreError> {
        let known = self.known;
        let mut values = columns(link).to_vec();
        values.extend([known.counter.into(), known.head.into()]);
        let moved = statement::execute(connection, dialect, ADVANCE, &values).await?;
        if moved != 1 {
            return Err(OpenFailure::Forked {
                file: self.path(),
                kept: known.counter,
                found: link.at.counter,
            }
            .into());
        }
        self.is_doubtful = true;
        Ok(())
    }

    /// Writes the file; on the disk when this returns.
    pub(crate) async fn keep(&mut self, position: &Position) -> Result<(), StoreError> {
        let position = *position;
        if let Some(file) = &self.file {
            let file = Arc::clone(file);
            tokio::task::spawn_blocking(move || {
                file.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .write(&position)
            })
            .await
            .map_err(|stopped| StoreError::Database(Box::new(stopped)))??;
        }
        self.known = position;
        self.is_doubtful = false;
        *self
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(position);
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.file
            .as_ref()
            .map_or_else(PathBuf::new, |file| {
                file.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .path()
                    .to_owned()
            })
    }
}

/// The chain as it stands.
pub(crate) async fn read(
    connection: &mut AnyConnection,
    dialect: Dialect,
) -> Result<Option<Chain>, StoreError> {
    let rows = statement::rows(connection, dialect, READ, &[]).await?;
    rows.first().map(chain).transpose()
}

/// Begins a life: the row of the chain, and the entry among the lives.
pub(crate) async fn begin_life(
    connection: &mut AnyConnection,
    dialect: Dialect,
    link: &Chain,
    cause: LifeCause,
    found: &Found,
) -> Result<(), StoreError> {
    statement::execute(connection, dialect, SET, &columns(link)).await?;
    let values: [Value; 6] = [
        link.at.life.as_bytes().into(),
        link.at.counter.into(),
        cause.word().into(),
        found
            .kept
            .map(|kept| kept.newest.counter)
            .into(),
        found
            .chain
            .map(|chain| chain.at.counter)
            .into(),
        (cause == LifeCause::Founded).into(),
    ];
    statement::execute(connection, dialect, BEGIN_LIFE, &values).await?;
    Ok(())
}

fn columns(link: &Chain) -> [Value; 4] {
    [
        link.at.life.as_bytes().into(),
        link.at.counter.into(),
        link.at.head.into(),
        link.previous.into(),
    ]
}

fn chain(row: &Row) -> Result<Chain, StoreError> {
    Ok(Chain {
        at: Position {
            life: life(row)?,
            counter: row.integer("counter")?,
            head: fixed(row, "head")?,
        },
        previous: fixed(row, "previous")?,
    })
}

fn life(row: &Row) -> Result<Life, StoreError> {
    Ok(Life::from_bytes(fixed(row, "life")?))
}

fn fixed<const N: usize>(row: &Row, column: &'static str) -> Result<[u8; N], StoreError> {
    row.bytes(column)?
        .try_into()
        .map_err(|_| StoreError::Column {
            column: column.to_owned(),
            expected: "bytes of the right length",
        })
}

/// A row of the lives.
pub(crate) fn record(row: &Row) -> Result<LifeRecord, StoreError> {
    let cause = match row.text("cause")?.as_str() {
        "founded" => LifeCause::Founded,
        "restored" => LifeCause::Restored,
        _ => LifeCause::Begun,
    };
    Ok(LifeRecord {
        life: life(row)?,
        counter: row.integer("counter")?,
        cause,
        kept: row.optional_integer("kept")?,
        found: row.optional_integer("found")?,
        is_settled: row.integer("is_settled")? == 1,
    })
}
