//! What stands in the file when a process ends, and when it cannot be written.

use crate::place::{Place, note, open, words};
use shirushi_crypto::{Secret, SigningKey, SoftwareKey};
use shirushi_store::{OpenFailure, StoreError};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};

const FOLDER: &str = "SHIRUSHI_GUARD_FOLDER";

#[tokio::test]
async fn a_process_that_ends_between_commit_and_checkpoint_leaves_what_opens() {
    let place = Place::new();
    place.visit("a").await;
    let store = place.open().await.unwrap();
    note(&store, "b").await.unwrap();
    let before = fs::read(place.path("store.db.checkpoint")).unwrap();
    note(&store, "c").await.unwrap();
    let after = fs::read(place.path("store.db.checkpoint")).unwrap();
    store.close().await;
    // Not written at all, and written up to any byte.
    let torn = (0..before.len())
        .filter(|at| before[*at] != after[*at])
        .step_by(7);
    for cut in std::iter::once(0).chain(torn) {
        let mut file = after[..cut].to_vec();
        file.extend(&before[cut..]);
        fs::write(place.path("store.db.checkpoint"), &file).unwrap();
        let copy = place.copy();
        let store = place.open().await.unwrap();
        assert_eq!(words(&store).await, ["a", "b", "c"]);
        store.close().await;
        place.put_back(&copy, true);
    }
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_written_fails_the_commit_and_what_comes_after() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    note(&store, "a").await.unwrap();
    store.close().await;
    let file = place.path("store.db.checkpoint");
    let aside = place.path("aside");
    let store = place.open().await.unwrap();
    fs::rename(&file, &aside).unwrap();
    let refused = note(&store, "b").await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Checkpoint { .. }),
        "{refused:?}"
    );
    let refused = note(&store, "c").await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Checkpoint { .. }),
        "{refused:?}"
    );
    fs::rename(&aside, &file).unwrap();
    note(&store, "d").await.unwrap();
    // "b" was committed, and nobody was told so; "c" never began.
    assert_eq!(words(&store).await, ["a", "b", "d"]);
    store.close().await;
    place.visit("e").await;
}

#[tokio::test]
async fn a_transaction_that_only_reads_moves_nothing_on() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let before = store.position();
    let mut transaction = store.begin().await.unwrap();
    transaction
        .rows("SELECT word FROM note", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(store.position(), before);
    let mut dropped = store.begin().await.unwrap();
    dropped
        .execute("INSERT INTO note (word) VALUES ('x')", &[])
        .await
        .unwrap();
    drop(dropped);
    note(&store, "a").await.unwrap();
    assert_eq!(
        store.position().unwrap().counter,
        before.unwrap().counter + 1
    );
    store.close().await;
}

/// Each frame of the log is checked by SQLite, which in silence believes no frame from the first wrong one on.
#[tokio::test]
async fn one_flipped_bit_in_the_log_after_a_kill_is_found() {
    let place = Place::new();
    place.visit("before").await;
    killed_after(&place, 20).wait().unwrap();
    let left = place.copy();
    let log = fs::read(place.path("store.db-wal")).unwrap();
    assert!(log.len() > 20 * 4096);
    // In frames all over the log, and in its header.
    for at in (0..log.len()).step_by(log.len() / 24) {
        let mut flipped = log.clone();
        flipped[at] ^= 1;
        place.put_back(&left, true);
        fs::write(place.path("store.db-wal"), &flipped).unwrap();
        let refused = place.refusal().await;
        assert!(
            matches!(refused, OpenFailure::RolledBack { .. }),
            "byte {at}: {refused:?}"
        );
    }
    place.put_back(&left, true);
    let store = place.open().await.unwrap();
    assert!(words(&store).await.len() > 20);
    store.close().await;
}

/// The body of the child: writes notes and tells of each, until it is killed.
#[tokio::test]
async fn writes_notes_and_tells() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let key: Arc<dyn SigningKey> = Arc::new(
        SoftwareKey::from_pkcs8(Secret::new(fs::read(folder.join("key")).unwrap())).unwrap(),
    );
    let store = open(&folder, key, false).await.unwrap();
    loop {
        note(&store, "a note").await.unwrap();
        let mut out = std::io::stdout().lock();
        out.write_all(b"\nnoted\n").unwrap();
        out.flush().unwrap();
    }
}

/// A child that was killed after it had told of some notes.
fn killed_after(place: &Place, notes: usize) -> Child {
    fs::write(place.path("key"), place.pkcs8()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kept::writes_notes_and_tells", "--nocapture"])
        .env(FOLDER, place.path("."))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .filter(|line| line.as_ref().unwrap() == "noted")
        .take(notes)
        .count();
    assert_eq!(told, notes);
    child.kill().unwrap();
    child
}
