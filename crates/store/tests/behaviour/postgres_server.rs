//! What is PostgreSQL's own: a server that ends connections, sorts by rules of its own, and lets several processes in. These run wherever the others run.

use crate::databases::TABLES;
use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, SystemRandom};
use shirushi_store::{Guard, OpenFailure, Opening, Store, StoreError};
use shirushi_test_database::Server;
use std::sync::Arc;

const INSERT: &str = "INSERT INTO counter (name, value) VALUES ($1, 0)";

#[tokio::test]
async fn a_lost_connection_costs_its_transaction_and_no_other() {
    let server = Server::shared();
    let address = server.new_database("lost_connection");
    let store = open(&address).await;
    let mut kept = store.begin().await.unwrap();
    kept.execute(INSERT, &["kept".into()])
        .await
        .unwrap();
    kept.commit().await.unwrap();

    let mut lost = store.begin().await.unwrap();
    lost.execute(INSERT, &["lost".into()])
        .await
        .unwrap();
    server.say(
        "postgres",
        &["SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'lost_connection'"],
    );
    lost.commit().await.unwrap_err();

    // The next connection takes the advisory lock again.
    let mut next = store.begin().await.unwrap();
    next.execute(INSERT, &["next".into()])
        .await
        .unwrap();
    next.commit().await.unwrap();
    let rows = store
        .rows("SELECT name FROM counter ORDER BY name", &[])
        .await
        .unwrap();
    let names: Vec<_> = rows
        .iter()
        .map(|row| row.text("name").unwrap())
        .collect();
    assert_eq!(names, ["kept", "next"]);
    assert!(
        Store::open(&address, TABLES)
            .await
            .is_err()
    );
    store.close().await;
}

#[tokio::test]
async fn the_writer_waits_for_the_disk_even_where_the_server_would_not() {
    let server = Server::shared();
    let address = server.new_database("waits_for_the_disk");
    server.say(
        "postgres",
        &["ALTER DATABASE waits_for_the_disk SET synchronous_commit = off"],
    );
    let store = open(&address).await;
    let mut transaction = store.begin().await.unwrap();
    let row = transaction
        .row("SELECT current_setting('synchronous_commit') AS waits", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.text("waits").unwrap(), "on");
    drop(transaction);
    store.close().await;
}

#[tokio::test]
async fn who_lost_the_lock_writes_nothing_after_another_one_took_over() {
    let server = Server::shared();
    let address = server.new_database("taken_over");
    let first = open(&address).await;
    server.say(
        "postgres",
        &["SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'taken_over'"],
    );
    let second = open(&address).await;
    insert(&second, "second").await.unwrap();
    // While the other one has it, and after it has gone.
    let refused = insert(&first, "first")
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Superseded), "{refused:?}");
    first.superseded().await;
    second.close().await;
    let refused = insert(&first, "first")
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Superseded), "{refused:?}");
    assert!(first.probe().await.is_err());
    let third = open(&address).await;
    let rows = third
        .rows("SELECT name FROM counter", &[])
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    third.close().await;
    first.close().await;
}

#[tokio::test]
async fn a_server_that_was_taken_back_is_noticed_where_there_is_a_place_for_the_checkpoint() {
    let server = Server::shared();
    let address = server.new_database("taken_back");
    let folder = tempfile::tempdir().unwrap();
    let key: Arc<dyn SigningKey> = Arc::new(SoftwareKey::generate(KeyKind::Ed25519).unwrap());
    let opened = async |accept_restore| {
        Opening::of(&address, TABLES)
            .guarded_by(Guard {
                key: Arc::clone(&key),
                random: Arc::new(SystemRandom),
                accept_restore,
            })
            .placed_at(folder.path().join("store.db"))
            .open()
            .await
    };
    let store = opened(false).await.unwrap();
    insert(&store, "a").await.unwrap();
    store.close().await;
    server.say(
        "postgres",
        &[
            "DROP DATABASE IF EXISTS copy_of_taken_back",
            "CREATE DATABASE copy_of_taken_back TEMPLATE taken_back",
        ],
    );
    let store = opened(false).await.unwrap();
    insert(&store, "b").await.unwrap();
    store.close().await;
    server.say(
        "postgres",
        &[
            "DROP DATABASE taken_back",
            "ALTER DATABASE copy_of_taken_back RENAME TO taken_back",
        ],
    );
    let refused = opened(false).await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Open {
                cause: OpenFailure::RolledBack { .. }
            }
        ),
        "{refused:?}"
    );
    let store = opened(true).await.unwrap();
    assert!(
        store
            .restored()
            .await
            .unwrap()
            .is_some()
    );
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_share_a_database_and_each_transaction_is_alone() {
    const ROUNDS: usize = 50;
    let address = Server::shared().new_database("shared_by_several");
    let opened = || {
        let address = address.clone();
        tokio::spawn(async move {
            Opening::of(&address, TABLES)
                .shared()
                .open()
                .await
                .unwrap()
        })
    };
    // Whoever comes first makes the tables, while the others wait.
    let opening = [opened(), opened(), opened()];
    let mut stores = Vec::new();
    for opening in opening {
        stores.push(opening.await.unwrap());
    }
    insert(&stores[0], "all").await.unwrap();
    let adding = stores.clone().into_iter().map(|store| {
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                add_one(&store).await;
            }
        })
    });
    for adding in adding.collect::<Vec<_>>() {
        adding.await.unwrap();
    }
    let row = stores[1]
        .row("SELECT value FROM counter WHERE name = 'all'", &[])
        .await
        .unwrap();
    let value = row.unwrap().integer("value").unwrap();
    assert_eq!(value, i64::try_from(3 * ROUNDS).unwrap());

    // Nobody has it alone as long as one of them is there, and nobody shares what somebody has alone.
    let alone = Store::open(&address, TABLES)
        .await
        .unwrap_err();
    assert!(alone.is_in_use(), "{alone:?}");
    for store in stores {
        store.close().await;
    }
    let alone = open(&address).await;
    let shared = Opening::of(&address, TABLES)
        .shared()
        .open()
        .await
        .unwrap_err();
    assert!(shared.is_in_use(), "{shared:?}");
    alone.close().await;
}

/// Reads, and then writes what it has read and one more.
async fn add_one(store: &Store) {
    let mut transaction = store.begin().await.unwrap();
    let row = transaction
        .row("SELECT value FROM counter WHERE name = 'all'", &[])
        .await
        .unwrap();
    let value = row.unwrap().integer("value").unwrap();
    transaction
        .execute(
            "UPDATE counter SET value = $1 WHERE name = 'all'",
            &[(value + 1).into()],
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn insert(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction
        .execute(INSERT, &[name.into()])
        .await?;
    transaction.commit().await
}

async fn open(address: &str) -> Store {
    Store::open(address, TABLES)
        .await
        .unwrap()
}
