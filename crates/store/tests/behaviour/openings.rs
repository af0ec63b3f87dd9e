//! Taking a database into service: whose it is, and who waits for it.

use crate::databases::{Fresh, TABLES};
use shirushi_store::{OpenFailure, Opening, Store, StoreError};
use tokio::sync::mpsc;

pub(crate) async fn anothers_database_is_refused_by_name(fresh: &Fresh) {
    let open = async |owner| {
        Opening::of(&fresh.url, TABLES)
            .owned_by(owner)
            .open()
            .await
    };
    // What was there before owners were recorded is whoever's that asks first.
    fresh.open().await.close().await;
    open("register")
        .await
        .unwrap()
        .close()
        .await;
    let refused = open("counter").await.unwrap_err();
    assert!(
        matches!(
            &refused,
            StoreError::Open {
                cause: OpenFailure::Anothers { owner, asked }
            } if owner == "register" && asked == "counter"
        ),
        "{refused:?}"
    );
    open("register")
        .await
        .unwrap()
        .close()
        .await;
    fresh.open().await.close().await;
}

pub(crate) async fn tables_of_another_program_are_left_alone(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("DROP TABLE store_migration", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
    let refused = Store::open(&fresh.url, TABLES)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Open {
                cause: OpenFailure::OtherProgram
            }
        ),
        "{refused:?}"
    );
}

pub(crate) async fn who_stands_by_is_told_and_takes_over_when_the_first_one_goes(fresh: &Fresh) {
    let first = fresh.open().await;
    let (told, mut waits) = mpsc::unbounded_channel();
    let url = fresh.url.clone();
    let second = tokio::spawn(async move {
        Opening::of(&url, TABLES)
            .standing_by(move |waited| told.send(waited).unwrap())
            .open()
            .await
            .unwrap()
    });
    let begun = waits.recv().await.unwrap();
    assert!(waits.recv().await.unwrap() > begun);
    let mut transaction = first.begin().await.unwrap();
    transaction
        .execute("INSERT INTO counter (name, value) VALUES ('a', 1)", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    first.close().await;
    let second = second.await.unwrap();
    let row = second
        .row("SELECT value FROM counter", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.integer("value").unwrap(), 1);
    second.close().await;
}
