//! What was refused, taken into service all the same.

use crate::place::{Place, note, words};
use shirushi_crypto::SystemRandom;
use shirushi_store::{Life, LifeCause};
use std::fs;

#[tokio::test]
async fn a_restore_that_is_accepted_begins_a_life_that_waits_to_be_settled() {
    let place = Place::new();
    place.visit("a").await;
    let copy = place.copy();
    place.visit("b").await;
    place.visit("c").await;
    let store = place.open().await.unwrap();
    let before = store.position().unwrap();
    store.close().await;
    place.put_back(&copy, false);
    place.refusal().await;

    let store = place.accept().await;
    assert_eq!(words(&store).await, ["a"]);
    let begun = store.position().unwrap();
    assert_ne!(begun.life, before.life);
    assert_eq!(begun.counter, before.counter + 1);
    store.close().await;

    // It opens by itself from here on, and still says that something is to be made good.
    let store = place.open().await.unwrap();
    let restored = store.restored().await.unwrap().unwrap();
    assert_eq!(restored.life, begun.life);
    assert_eq!(restored.cause, LifeCause::Restored);
    assert_eq!(restored.kept, Some(before.counter));
    assert!(restored.found < restored.kept, "{restored:?}");
    let mut transaction = store.begin().await.unwrap();
    transaction
        .settle_restore()
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(store.restored().await.unwrap(), None);
    assert_eq!(store.lives().await.unwrap().len(), 2);
    store.close().await;
    // Accepting what needs no accepting changes nothing.
    let store = place.accept().await;
    assert_eq!(store.life(), begun.life);
    note(&store, "d").await.unwrap();
    store.close().await;
    place.visit("e").await;
}

#[tokio::test]
async fn a_lost_checkpoint_and_a_lost_database_can_be_accepted_too() {
    let place = Place::new();
    place.visit("a").await;
    fs::remove_file(place.path("store.db.checkpoint")).unwrap();
    place.accept().await.close().await;
    place.visit("b").await;
    fs::write(place.path("store.db.checkpoint"), b"?").unwrap();
    place.accept().await.close().await;
    place.visit("c").await;
    fs::remove_file(place.path("store.db")).unwrap();
    let store = place.accept().await;
    assert_eq!(words(&store).await, [""; 0]);
    assert!(
        store
            .restored()
            .await
            .unwrap()
            .is_some()
    );
    store.close().await;
    place.visit("d").await;
}

#[tokio::test]
async fn a_life_can_be_begun_by_hand() {
    let place = Place::new();
    place.visit("a").await;
    let store = place.open().await.unwrap();
    let before = store.position().unwrap();
    let life = store
        .begin_life(&SystemRandom)
        .await
        .unwrap();
    assert_eq!(store.life(), life);
    assert_eq!(store.position().unwrap().counter, before.counter + 1);
    note(&store, "b").await.unwrap();
    store.close().await;
    let store = place.open().await.unwrap();
    assert_eq!(store.life(), life);
    let begun = store.restored().await.unwrap().unwrap();
    assert_eq!(begun.cause, LifeCause::Begun);
    assert_eq!(begun.found, Some(before.counter));
    store.close().await;
}

#[tokio::test]
async fn a_store_without_a_guard_has_no_life() {
    let place = Place::new();
    let url = format!("sqlite://{}", place.path("store.db").display());
    let store = shirushi_store::Store::open(&url, crate::place::TABLES)
        .await
        .unwrap();
    assert_eq!(store.life(), Life::NONE);
    assert!(
        store
            .begin_life(&SystemRandom)
            .await
            .is_err()
    );
    store.close().await;
}
