//! What is SQLite's own: the file, its neighbours and its settings.

use crate::databases::{Fresh, TABLES};
use shirushi_store::{FaultKind, OpenFailure, Store, StoreError};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

#[tokio::test]
async fn files_are_readable_by_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db"))
        .await
        .unwrap();
    let mut files: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap())
        .collect();
    files.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = files
        .iter()
        .map(fs::DirEntry::file_name)
        .collect();
    assert_eq!(
        names,
        ["store.db", "store.db-shm", "store.db-wal", "store.db.lock"]
    );
    for file in files {
        let mode = file
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
    store.close().await;
}

#[tokio::test]
async fn every_connection_has_the_settings_the_promises_rest_on() {
    let fresh = Fresh::new();
    let store = fresh.open().await;
    let mut writer = store.begin().await.unwrap();
    for (pragma, column, value) in [
        ("PRAGMA synchronous", "synchronous", 2),
        ("PRAGMA foreign_keys", "foreign_keys", 1),
        ("PRAGMA secure_delete", "secure_delete", 1),
        ("PRAGMA busy_timeout", "timeout", 10_000),
    ] {
        for row in [
            writer.row(pragma, &[]).await.unwrap(),
            store.row(pragma, &[]).await.unwrap(),
        ] {
            let found = row.unwrap().integer(column).unwrap();
            assert_eq!(found, value, "{pragma}");
        }
    }
    let mode = store
        .row("PRAGMA journal_mode", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(mode.text("journal_mode").unwrap(), "wal");
    drop(writer);
    store.close().await;
}

#[tokio::test]
async fn a_path_is_taken_literally() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a b", "100%", "%41", "印.db", "+&=;:@[]{}|\\^`\"<>'!*()"] {
        let path = folder.path().join(name);
        let store = open(&path).await.unwrap();
        store.close().await;
        // One page at least: the file asked for is the one written.
        assert!(fs::metadata(&path).unwrap().len() >= 4096, "{name}");
    }
}

#[tokio::test]
async fn two_names_of_one_file_have_one_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (
        folder.path().join("store.db"),
        folder.path().join("link.db"),
    );
    let store = open(&path).await.unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let refused = open(&link).await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Open {
                cause: OpenFailure::InUse { .. }
            }
        ),
        "{refused:?}"
    );
    store.close().await;
}

#[tokio::test]
async fn what_is_no_address_or_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(
        &text,
        "not a database, only a text that is long enough to be looked at".repeat(20),
    )
    .unwrap();
    for url in [
        "",
        "store.db",
        "sqlite://relative.db",
        "sqlite::memory:",
        "sqlite:///a.db?mode=memory",
        "sqlite:///a.db#b",
        "mysql://localhost/a",
    ] {
        let refused = Store::open(url, TABLES)
            .await
            .unwrap_err();
        assert!(
            matches!(
                refused,
                StoreError::Open {
                    cause: OpenFailure::Url
                }
            ),
            "{url} {refused:?}"
        );
    }
    let refused = open(&text).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            StoreError::Open {
                cause: OpenFailure::Machine(fault)
            } if fault.kind == FaultKind::Damaged
        ),
        "{refused:?}"
    );
    let refused = open(&folder.path().join("absent/store.db"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Open {
                cause: OpenFailure::File { .. }
            }
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_store_dropped_without_closing_can_be_opened_again() {
    let fresh = Fresh::new();
    for _ in 0..3 {
        let store = fresh.open().await;
        let transaction = store.begin().await.unwrap();
        drop(store);
        // The transaction still holds the file.
        assert!(
            Store::open(&fresh.url, TABLES)
                .await
                .is_err()
        );
        drop(transaction);
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let secret = "neither name nor address".repeat(50);
    let store = open(&path).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(
            "INSERT INTO thing (word) VALUES ($1)",
            &[secret.as_str().into()],
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    assert!(holds(&path, b"nor address"));
    let store = open(&path).await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("DELETE FROM thing", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    assert!(!holds(&path, b"nor address"));
}

async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite://{}", path.display()), TABLES).await
}

fn holds(file: &Path, needle: &[u8]) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes
        .windows(needle.len())
        .any(|w| w == needle)
}
