//! What the register refuses, and how an import reports.

use serde::{Deserialize, Serialize};
use shirushi_rules::Refusal;
use shirushi_store::StoreError;
use shirushi_wire::SignedError;

/// Most bytes of an import: 16 MiB.
pub const MAX_IMPORT_BYTES: usize = 16 * 1024 * 1024;
/// Most faults that an import reports one by one; the wrong rows are counted to the end.
pub const MAX_LISTED: usize = 1_000;

/// Why the register did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// A rule forbids it; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database holds a value that this program never wrote.
    #[error("the database holds an unreadable {what}")]
    Unreadable {
        /// Which value.
        what: &'static str,
    },
    /// A statement could not be signed.
    #[error("signing a statement")]
    Statement(#[from] SignedError),
    /// The register's own sequence and its outbox's differ: the database was changed from outside.
    #[error("the register stands at event {register}, its outbox gave {outbox}")]
    Sequence {
        /// The number the register was about to give.
        register: i64,
        /// The number the outbox gave.
        outbox: i64,
    },
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file is too large (rule `SIZE_LIMIT`, no rows listed) or has wrong rows (rule `IMPORT_ROWS`, whose fact `count` is
    /// the number of wrong rows).
    #[error("{refusal}")]
    Refused {
        /// The refusal.
        refusal: Refusal,
        /// What is wrong where, in the order of the file, at most [`MAX_LISTED`] entries; a row may have several.
        rows: Vec<BadRow>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One fault in a file to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Line of the file on which the row begins, from 1.
    pub line: usize,
    /// Name of the column, or `row` when the fault is the row's.
    pub column: String,
    /// What stands there, shortened.
    pub value_shown: String,
    /// What is wrong, in Japanese.
    pub what_ja: String,
    /// What is wrong, in English.
    pub what_en: String,
}
