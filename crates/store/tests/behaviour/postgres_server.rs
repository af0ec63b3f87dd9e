//! What is PostgreSQL's own: a server that ends connections and sorts by rules of its own. These run wherever the others run.

use crate::databases::TABLES;
use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, SystemRandom};
use shirushi_store::{Guard, OpenFailure, Opening, Store, StoreError};
use shirushi_test_database::Server;
use std::sync::Arc;

const INSERT: &str = "INSERT INTO counter (name, value) VALUES ($1, 0)";

#[tokio::test]
async fn a_lost_connection_costs_its_transaction_and_no_other() {
    let server = Server::shared();
    let address = database(server, "lost_connection");
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
    let address = database(server, "waits_for_the_disk");
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
    let address = database(server, "taken_over");
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
    let address = database(server, "taken_back");
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

async fn insert(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction
        .execute(INSERT, &[name.into()])
        .await?;
    transaction.commit().await
}

/// A new database of this name.
fn database(server: &Server, name: &str) -> String {
    let (drop, create) = (
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name}"),
    );
    server.say("postgres", &[&drop, &create]);
    server.database(name)
}

async fn open(address: &str) -> Store {
    Store::open(address, TABLES)
        .await
        .unwrap()
}
