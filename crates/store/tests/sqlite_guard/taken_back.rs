//! A database that is not the one that was left.

use crate::place::{OPENED, Place, note, open, words};
use shirushi_crypto::{KeyKind, SoftwareKey};
use shirushi_store::{OpenFailure, Store};
use std::{fs, process::Command, sync::Arc};

#[tokio::test]
async fn any_earlier_copy_is_refused_and_says_how_far_it_had_come() {
    let place = Place::new();
    let mut copies = Vec::new();
    let store = place.open().await.unwrap();
    for word in ["a", "b", "c", "d"] {
        note(&store, word).await.unwrap();
        // As it lies there, as a copy of a running city's folder would.
        copies.push((store.position().unwrap().counter, place.copy()));
    }
    store.close().await;
    let newest = copies.last().unwrap().0;
    let left = place.copy();
    for (counter, copy) in copies.iter().rev().skip(1) {
        place.put_back(copy, false);
        match place.refusal().await {
            OpenFailure::RolledBack { file, kept, found } => {
                assert!(file.ends_with("store.db.checkpoint"), "{file:?}");
                assert_eq!((kept, found), (newest, *counter));
            }
            other => panic!("{other:?}"),
        }
    }
    place.put_back(&left, false);
    let store = place.open().await.unwrap();
    assert_eq!(words(&store).await, ["a", "b", "c", "d"]);
    store.close().await;
}

/// The test before this one, where the promise is broken.
#[test]
fn without_the_guard_an_earlier_copy_is_found_to_open() {
    let broken = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "taken_back::any_earlier_copy_is_refused_and_says_how_far_it_had_come",
        ])
        .env("SHIRUSHI_WEAKENED", "guard")
        .output()
        .unwrap();
    let told = String::from_utf8(broken.stdout).unwrap();
    // Whatever else went wrong would be no proof that the test looks.
    for words in [OPENED, "1 failed"] {
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn a_copy_that_went_another_way_is_refused() {
    let place = Place::new();
    place.visit("a").await;
    let copy = place.copy();
    place.visit("b").await;
    let left = place.copy();
    place.put_back(&copy, true);
    place.visit("c").await;
    // The file knows "b", the database has as many changes, among them "c".
    let other = place.copy();
    place.put_back(&left, true);
    place.put_back(&other, false);
    assert!(matches!(
        place.refusal().await,
        OpenFailure::Forked { kept, found, .. } if kept == found
    ));
    // It goes on, and is another one still.
    place.put_back(&other, true);
    place.visit("d").await;
    let longer = place.copy();
    place.put_back(&left, true);
    place.put_back(&longer, false);
    assert!(matches!(place.refusal().await, OpenFailure::Forked { .. }));
}

#[tokio::test]
async fn a_missing_a_damaged_and_another_s_checkpoint_are_refused() {
    let place = Place::new();
    place.visit("a").await;
    let store = place.open().await.unwrap();
    note(&store, "b").await.unwrap();
    let counter = store.position().unwrap().counter;
    store.close().await;
    let file = place.path("store.db.checkpoint");
    let whole = fs::read(&file).unwrap();

    fs::remove_file(&file).unwrap();
    assert!(matches!(
        place.refusal().await,
        OpenFailure::CheckpointMissing { .. }
    ));
    fs::write(&file, &whole[..100]).unwrap();
    assert!(matches!(
        place.refusal().await,
        OpenFailure::CheckpointDamaged { .. }
    ));
    // The place that was written last may be torn by a crash, which then leaves the database one ahead. The other may not.
    let last = if counter % 2 == 0 { 0 } else { 4096 };
    let left = place.copy();
    for byte in [0, 30, 45, 60, 100, 170] {
        let mut flipped = whole.clone();
        flipped[4096 - last + byte] ^= 1;
        fs::write(&file, &flipped).unwrap();
        let refused = place.refusal().await;
        assert!(
            matches!(refused, OpenFailure::CheckpointDamaged { .. }),
            "{refused:?}"
        );
        flipped = whole.clone();
        flipped[last + byte] ^= 1;
        fs::write(&file, &flipped).unwrap();
        place
            .open()
            .await
            .unwrap()
            .close()
            .await;
        place.put_back(&left, true);
        // Both at once tell nothing.
        flipped[4096 - last + byte] ^= 1;
        fs::write(&file, &flipped).unwrap();
        let refused = place.refusal().await;
        assert!(
            matches!(refused, OpenFailure::CheckpointDamaged { .. }),
            "{refused:?}"
        );
    }
    fs::write(&file, &whole).unwrap();
    let other = Arc::new(SoftwareKey::generate(KeyKind::Ed25519).unwrap());
    assert!(
        open(file.parent().unwrap(), other, false)
            .await
            .is_err()
    );
    place.visit("c").await;
}

#[tokio::test]
async fn a_new_database_beside_an_old_checkpoint_is_refused() {
    let place = Place::new();
    place.visit("a").await;
    for name in ["store.db", "store.db-wal"] {
        let _ = fs::remove_file(place.path(name));
    }
    assert!(matches!(
        place.refusal().await,
        OpenFailure::RolledBack { found: 0, .. }
    ));
}

#[tokio::test]
async fn a_database_of_before_gets_its_first_life() {
    let place = Place::new();
    let url = format!("sqlite://{}", place.path("store.db").display());
    let before = Store::open(&url, crate::place::TABLES)
        .await
        .unwrap();
    note(&before, "a").await.unwrap();
    assert_eq!(before.position(), None);
    before.close().await;
    place.visit("b").await;
    let store = place.open().await.unwrap();
    assert_eq!(words(&store).await, ["a", "b"]);
    assert_eq!(store.lives().await.unwrap().len(), 1);
    assert_eq!(store.restored().await.unwrap(), None);
    store.close().await;
}
