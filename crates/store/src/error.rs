//! What the room can refuse, the same on both databases.

use crate::{FaultKind, MachineFault};
use sqlx::error::{DatabaseError, ErrorKind};
use std::{borrow::Cow, error::Error, path::PathBuf};

/// Why a store refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database is locked by another program, or no connection came free in time. Trying again later is sensible.
    #[error("the database is busy")]
    Busy,
    /// The row has no such column, or it holds another type or NULL.
    #[error("column {column} is absent or not {expected}")]
    Column {
        /// The column asked for.
        column: String,
        /// The type asked for.
        expected: &'static str,
    },
    /// The transaction is in the database, but the file beside it could not be told. Nothing else is written until it could.
    #[error("the checkpoint was not written")]
    Checkpoint {
        /// Why.
        #[source]
        fault: MachineFault,
    },
    /// The key of the checkpoint cannot sign, or is none of Ed25519.
    #[error("{file} cannot be signed")]
    CheckpointKey {
        /// The checkpoint's file.
        file: PathBuf,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else the database refused. After a failed commit it is unknown whether the transaction took effect.
    #[error("the database refused: {0}")]
    Database(#[source] Box<dyn Error + Send + Sync>),
    /// An earlier statement of this transaction failed or was abandoned half-way: only a rollback is left.
    #[error("an earlier statement of this transaction failed")]
    Doomed,
    /// The machine under the database refused: the disk is full, broken or read-only, files cannot be opened, the server is
    /// gone. After a failed commit it is unknown whether the transaction took effect.
    #[error("the machine refused")]
    Machine {
        /// What.
        #[source]
        fault: MachineFault,
    },
    /// A migration recorded in the database has another text now.
    #[error("migration {version} was changed after it had been applied")]
    MigrationChanged {
        /// Its version.
        version: i64,
    },
    /// Migrations are not in ascending order of version.
    #[error("migration {version} is out of order")]
    MigrationOrder {
        /// The first version not above its predecessor.
        version: i64,
    },
    /// The database has a migration that this program does not know, or that is missing between others: another release
    /// wrote it.
    #[error("migration {version} is applied in the database and unknown to this program")]
    MigrationUnknown {
        /// Its version.
        version: i64,
    },
    /// A query that must give a row gave none.
    #[error("no row where there must be one")]
    NoRow,
    /// The topic has no message of this sequence number.
    #[error("no message {sequence} was published")]
    NotPublished {
        /// The number given.
        sequence: i64,
    },
    /// The database cannot be taken into service.
    #[error("the database cannot be opened")]
    Open {
        /// Why.
        #[from]
        cause: OpenFailure,
    },
    /// The statement has a `?`, which PostgreSQL does not take for a placeholder.
    #[error("the statement has a '?'")]
    QuestionMark,
    /// The rows of a batch differ in length, are empty or longer than a statement holds.
    #[error("row {row} of the batch has {values} values")]
    RowLength {
        /// Position of the row in the batch, from 0.
        row: usize,
        /// Number of its values.
        values: usize,
    },
    /// Another process has taken the database over, while this one had lost its session. What this one has in memory does not hold any more.
    #[error("another process has taken the database over")]
    Superseded,
    /// Only a guarded store has lives.
    #[error("the store is not guarded")]
    Unguarded,
    /// A unique or primary key constraint.
    #[error("{constraint} is taken already")]
    Unique {
        /// `table.column, table.column …`, the same text on both databases; the index's or constraint's name where the
        /// database does not tell the columns (an index on expressions).
        constraint: String,
    },
}

/// Why a database cannot be taken into service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFailure {
    /// It is recorded in the database that it is somebody else's.
    #[error("it is the database of {owner}, and not of {asked}")]
    Anothers {
        /// Whose it is.
        owner: String,
        /// Whose it was taken for.
        asked: String,
    },
    /// The file beside the database is damaged, or signed by another key: it cannot tell whether the database is the one that was left.
    #[error("{file} is damaged")]
    CheckpointDamaged {
        /// The checkpoint's file.
        file: PathBuf,
    },
    /// The file beside the database is gone: nothing can tell whether the database is the one that was left.
    #[error("{file} is missing")]
    CheckpointMissing {
        /// The checkpoint's file.
        file: PathBuf,
    },
    /// The connection failed.
    #[error("no connection: {0}")]
    Connection(#[source] DatabaseFailure),
    /// A file operation failed.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Database and checkpoint tell different histories.
    #[error(
        "{file} knows another history: {kept} changes, of which the last is not among the {found} of the database"
    )]
    Forked {
        /// The checkpoint's file.
        file: PathBuf,
        /// How far it knew the database to have come.
        kept: i64,
        /// How far the database has come.
        found: i64,
    },
    /// Another process (or another `Store` of this one) has the database in service.
    #[error("{lock} is held: another process has this database in service")]
    InUse {
        /// The lock file, or the advisory lock's key.
        lock: String,
    },
    /// The machine under the database refused.
    #[error("the machine refused")]
    Machine(#[source] MachineFault),
    /// The database is an earlier state of itself.
    #[error("{file} knows {kept} changes, and the database has {found}: it was taken back")]
    RolledBack {
        /// The checkpoint's file.
        file: PathBuf,
        /// How far it knew the database to have come.
        kept: i64,
        /// How far the database has come.
        found: i64,
    },
    /// The database holds tables, and none of them is a store's.
    #[error("it holds the tables of another program")]
    OtherProgram,
    /// A setting that the promises of this room rest on did not take.
    #[error("{setting} is {found} instead of {wanted}")]
    Setting {
        /// The pragma or parameter.
        setting: &'static str,
        /// What the database answers.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// Neither `sqlite:///absolute/path` (without `?` and `#`) nor `postgres://…`.
    #[error("not the address of a store")]
    Url,
}

/// What the database said: code and message. The detail line is left out, because PostgreSQL puts the row's values there.
#[derive(Debug, thiserror::Error)]
#[error("{message} (code {code})")]
pub struct DatabaseFailure {
    /// SQLite's extended result code, PostgreSQL's SQLSTATE, or `-`.
    pub code: String,
    /// The database's or the driver's message.
    pub message: String,
}

impl StoreError {
    /// Whether another process has the database in service.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(
            self,
            Self::Open {
                cause: OpenFailure::InUse { .. }
            }
        )
    }

    /// Whether the connection it came from is as good as before: the statement was at fault, not the machine.
    pub(crate) fn spares_the_connection(&self) -> bool {
        match self {
            Self::Unique { .. } | Self::QuestionMark | Self::RowLength { .. } => true,
            Self::Database(failure) => failure
                .downcast_ref::<DatabaseFailure>()
                .is_some_and(|failure| is_of_the_statement(&failure.code)),
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
                Self::Machine {
                    fault: MachineFault {
                        kind: FaultKind::Connection,
                        failure: DatabaseFailure::plain(&error),
                    },
                }
            }
            sqlx::Error::Configuration(cause) => match cause.downcast::<OpenFailure>() {
                Ok(cause) => Self::Open { cause: *cause },
                Err(cause) => Self::Database(Box::new(DatabaseFailure::plain(&cause))),
            },
            sqlx::Error::Database(error) => database(error.as_ref()),
            other => Self::Database(Box::new(DatabaseFailure::plain(&other))),
        }
    }
}

impl From<sqlx::Error> for OpenFailure {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(cause) => match cause.downcast::<Self>() {
                Ok(cause) => *cause,
                Err(_) => Self::Url,
            },
            sqlx::Error::Database(error) => {
                let failure = DatabaseFailure::of(error.as_ref());
                match FaultKind::of_code(&failure.code) {
                    Some(kind) => Self::Machine(MachineFault { kind, failure }),
                    None => Self::Connection(failure),
                }
            }
            other => Self::Connection(DatabaseFailure::plain(&other)),
        }
    }
}

impl DatabaseFailure {
    fn of(error: &dyn DatabaseError) -> Self {
        Self {
            code: error
                .code()
                .map_or_else(|| "-".to_owned(), Cow::into_owned),
            message: error.message().to_owned(),
        }
    }

    fn plain(error: &dyn std::fmt::Display) -> Self {
        Self {
            code: "-".to_owned(),
            message: error.to_string(),
        }
    }
}

fn database(error: &dyn DatabaseError) -> StoreError {
    if error.kind() == ErrorKind::UniqueViolation {
        return StoreError::Unique {
            constraint: constraint(error),
        };
    }
    let failure = DatabaseFailure::of(error);
    if is_busy(&failure.code) {
        return StoreError::Busy;
    }
    match FaultKind::of_code(&failure.code) {
        Some(kind) => StoreError::Machine {
            fault: MachineFault { kind, failure },
        },
        None => StoreError::Database(Box::new(failure)),
    }
}

/// SQLITE_BUSY (5) and SQLITE_LOCKED (6) with their extended codes (the low byte is the primary code); PostgreSQL's
/// lock_not_available, serialization_failure and deadlock_detected.
fn is_busy(code: &str) -> bool {
    if matches!(code, "55P03" | "40001" | "40P01") {
        return true;
    }
    // A SQLSTATE has five characters; SQLite's codes are shorter.
    code.len() < 5
        && code
            .parse::<u16>()
            .is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

/// What a statement is to blame for: SQLite's ERROR (1), TOOBIG (18), CONSTRAINT (19), MISMATCH (20) and RANGE (25);
/// PostgreSQL's classes of data, integrity and syntax.
fn is_of_the_statement(code: &str) -> bool {
    if code.len() == 5 {
        return ["22", "23", "42"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    code.parse::<u16>()
        .is_ok_and(|code| matches!(code & 0xff, 1 | 18 | 19 | 20 | 25))
}

/// SQLite writes "UNIQUE constraint failed: t.a, t.b". PostgreSQL gives the table, and the columns in the detail line
/// "Key (a, b)=(1, 2) already exists."; that line is translated, its parentheses are not.
fn constraint(error: &dyn DatabaseError) -> String {
    let postgres = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
    let Some(postgres) = postgres else {
        let message = error.message();
        return message
            .split_once(": ")
            .map_or(message, |(_, columns)| columns)
            .to_owned();
    };
    let columns = postgres
        .detail()
        .and_then(|detail| detail.split_once(")=("))
        .and_then(|(key, _)| key.split_once('('))
        .map(|(_, columns)| columns);
    match (postgres.table(), columns) {
        // A parenthesis left means an expression, whose columns SQLite does not tell either.
        (Some(table), Some(columns)) if !columns.contains('(') => columns
            .split(", ")
            .map(|column| format!("{table}.{column}"))
            .collect::<Vec<_>>()
            .join(", "),
        _ => postgres
            .constraint()
            .unwrap_or_default()
            .to_owned(),
    }
}
