//! A fresh database for each test.

use shirushi_store::{Migration, Store};
use tempfile::TempDir;

/// The tables most tests use.
pub(crate) const TABLES: &[Migration] = &[Migration {
    version: 1,
    name: "tables of the tests",
    statements: &[
        "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT",
        "CREATE TABLE thing (id INTEGER PRIMARY KEY, number INTEGER, word TEXT, bytes BLOB) STRICT",
        "CREATE TABLE card (number TEXT NOT NULL, kind INTEGER NOT NULL CHECK (kind IN (0, 1)), \
         holder TEXT, UNIQUE (number, kind)) STRICT",
    ],
}];

/// A database that no other test touches, removed afterwards.
pub(crate) struct Fresh {
    pub(crate) url: String,
    _folder: TempDir,
}

impl Fresh {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: shirushi_test_database::address(folder.path(), "store"),
            _folder: folder,
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, TABLES)
            .await
            .unwrap()
    }
}
