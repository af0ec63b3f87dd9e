//! A fresh database for each test.

use shirushi_store::{Migration, Store};
use std::process::Command;
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
    /// Holds a SQLite file; removed when dropped.
    _folder: Option<TempDir>,
    /// Server and name of a PostgreSQL database.
    postgres: Option<(String, String)>,
}

impl Fresh {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        Self {
            url: format!("sqlite://{}", path.display()),
            _folder: Some(folder),
            postgres: None,
        }
    }

    /// # Panics
    /// When `SHIRUSHI_POSTGRES_URL` is not set: who asks for these tests has a server.
    pub(crate) fn postgres(scenario: &str) -> Self {
        let server = std::env::var("SHIRUSHI_POSTGRES_URL")
            .expect("SHIRUSHI_POSTGRES_URL is postgres://user@host:port/postgres");
        // Names have 63 bytes at most.
        let name = format!(
            "shirushi_{}_{}",
            std::process::id(),
            &scenario[..scenario.len().min(40)]
        );
        psql(
            &server,
            &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        );
        let (host, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{host}/{name}"),
            _folder: None,
            postgres: Some((server, name)),
        }
    }

    /// Ends every connection to this PostgreSQL database.
    pub(crate) fn end_connections(&self) {
        let (server, name) = self.postgres.as_ref().unwrap();
        let ends = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname='{name}'"
        );
        psql(server, &ends);
    }

    /// Alters this PostgreSQL database for the connections to come.
    pub(crate) fn alter(&self, change: &str) {
        let (server, name) = self.postgres.as_ref().unwrap();
        psql(server, &format!("ALTER DATABASE {name} {change}"));
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, TABLES)
            .await
            .unwrap()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.postgres {
            psql(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn psql(server: &str, statement: &str) {
    let done = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--output=/dev/null",
            "--command",
            statement,
            server,
        ])
        .status()
        .expect("psql is installed");
    assert!(done.success(), "{statement}");
}
