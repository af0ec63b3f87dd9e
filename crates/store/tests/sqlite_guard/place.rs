//! A folder with a guarded database in it.

use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, SystemRandom};
use shirushi_store::{Guard, Migration, OpenFailure, Store, StoreError};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

pub(crate) const TABLES: &[Migration] = &[Migration {
    version: 1,
    name: "notes",
    statements: &["CREATE TABLE note (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT"],
}];

/// What is said where a database opens that must not.
pub(crate) const OPENED: &str = "what must be refused was opened";

const FILES: [&str; 3] = ["store.db", "store.db-wal", "store.db.checkpoint"];

pub(crate) struct Place {
    folder: TempDir,
    pub(crate) key: Arc<dyn SigningKey>,
    pkcs8: Vec<u8>,
}

/// The files of a database, at an instant.
pub(crate) struct Copy(Vec<(&'static str, Option<Vec<u8>>)>);

impl Place {
    pub(crate) fn new() -> Self {
        let key = SoftwareKey::generate(KeyKind::Ed25519).unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            pkcs8: key.to_pkcs8().expose().to_vec(),
            key: Arc::new(key),
        }
    }

    /// Its key, for another process.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn open(&self) -> Result<Store, StoreError> {
        open(self.folder.path(), Arc::clone(&self.key), false).await
    }

    pub(crate) async fn accept(&self) -> Store {
        open(self.folder.path(), Arc::clone(&self.key), true)
            .await
            .unwrap()
    }

    /// Why it is not opened.
    pub(crate) async fn refusal(&self) -> OpenFailure {
        match self.open().await {
            Err(StoreError::Open { cause }) => cause,
            Ok(_) => panic!("{OPENED}"),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Opens it, writes a note and closes it.
    pub(crate) async fn visit(&self, word: &str) {
        let store = self.open().await.unwrap();
        note(&store, word).await.unwrap();
        store.close().await;
    }

    pub(crate) fn copy(&self) -> Copy {
        Copy(
            FILES
                .map(|name| (name, fs::read(self.path(name)).ok()))
                .to_vec(),
        )
    }

    /// Puts the database back, and the checkpoint too only if that is asked for.
    pub(crate) fn put_back(&self, copy: &Copy, with_checkpoint: bool) {
        for (name, bytes) in &copy.0 {
            if name.ends_with(".checkpoint") && !with_checkpoint {
                continue;
            }
            match bytes {
                Some(bytes) => fs::write(self.path(name), bytes).unwrap(),
                None => {
                    let _ = fs::remove_file(self.path(name));
                }
            }
        }
        let _ = fs::remove_file(self.path("store.db-shm"));
    }
}

pub(crate) async fn open(
    folder: &Path,
    key: Arc<dyn SigningKey>,
    accept_restore: bool,
) -> Result<Store, StoreError> {
    let url = format!("sqlite://{}", folder.join("store.db").display());
    let guard = Guard {
        key,
        random: Arc::new(SystemRandom),
        accept_restore,
    };
    Store::open_guarded(&url, TABLES, guard).await
}

pub(crate) async fn note(store: &Store, word: &str) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction
        .execute("INSERT INTO note (word) VALUES ($1)", &[word.into()])
        .await?;
    transaction.commit().await
}

pub(crate) async fn words(store: &Store) -> Vec<String> {
    store
        .rows("SELECT word FROM note ORDER BY id", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.text("word").unwrap())
        .collect()
}
