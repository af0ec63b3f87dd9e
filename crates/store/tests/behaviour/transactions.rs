//! The one writer.

use crate::databases::{Fresh, TABLES};
use shirushi_store::{FaultKind, OpenFailure, Store, StoreError, Transaction};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
};
use tokio::task::JoinSet;

const READ: &str = "SELECT value FROM counter WHERE name='a'";
const WRITE: &str = "UPDATE counter SET value=$1 WHERE name='a'";
/// The same, but no database answers before it is asked a second time.
const SLOW_START: &str = "INSERT INTO counter (name, value) WITH RECURSIVE n (i) AS \
     (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT 'a', count(*) FROM n";
const START: &str = "INSERT INTO counter (name, value) VALUES ('a', 0)";

pub(crate) async fn eight_writers_lose_no_update(fresh: &Fresh) {
    const ROUNDS: i64 = 20;
    let store = fresh.open().await;
    write(&store, START).await;
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for _ in 0..ROUNDS {
                let mut transaction = store.begin().await.unwrap();
                let row = transaction
                    .row(READ, &[])
                    .await
                    .unwrap()
                    .unwrap();
                // Every other writer gets the chance to slip in between reading and writing.
                tokio::task::yield_now().await;
                let next = row.integer("value").unwrap() + 1;
                transaction
                    .execute(WRITE, &[next.into()])
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    assert_eq!(value(&store).await, Some(8 * ROUNDS));
    store.close().await;
}

pub(crate) async fn waiters_are_served_in_the_order_they_came(fresh: &Fresh) {
    let store = fresh.open().await;
    let first = store.begin().await.unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut waiters = JoinSet::new();
    for number in 0..8 {
        let (store, served) = (store.clone(), served.clone());
        waiters.spawn(async move {
            let _transaction = store.begin().await.unwrap();
            served.lock().unwrap().push(number);
        });
        // One thread: the new task runs until it stands in the queue.
        tokio::task::yield_now().await;
    }
    drop(first);
    while let Some(done) = waiters.join_next().await {
        done.unwrap();
    }
    assert_eq!(*served.lock().unwrap(), (0..8).collect::<Vec<_>>());
    store.close().await;
}

pub(crate) async fn dropped_means_rolled_back(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(START, &[])
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(value(&store).await, None);
    write(&store, START).await;
    assert_eq!(value(&store).await, Some(0));
    store.close().await;
}

pub(crate) async fn dropped_outside_the_runtime_means_rolled_back_too(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(START, &[])
        .await
        .unwrap();
    std::thread::spawn(move || drop(transaction))
        .join()
        .unwrap();
    write(&store, START).await;
    assert_eq!(value(&store).await, Some(0));
    store.close().await;
}

pub(crate) async fn uncommitted_rows_are_seen_inside_only(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(START, &[])
        .await
        .unwrap();
    let inside = transaction
        .row(READ, &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(inside.integer("value").unwrap(), 0);
    assert_eq!(value(&store).await, None);
    transaction.commit().await.unwrap();
    assert_eq!(value(&store).await, Some(0));
    store.close().await;
}

pub(crate) async fn an_error_dooms_the_transaction(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute(START, &[])
        .await
        .unwrap();
    let refused = transaction
        .execute("INSERT INTO nowhere (a) VALUES (1)", &[])
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused:?}");
    let refused = transaction
        .row(READ, &[])
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Doomed), "{refused:?}");
    let refused = transaction.commit().await.unwrap_err();
    assert!(matches!(refused, StoreError::Doomed), "{refused:?}");
    assert_eq!(value(&store).await, None);
    store.close().await;
}

pub(crate) async fn an_abandoned_statement_dooms_the_transaction(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    {
        let mut half_way = pin!(transaction.execute(SLOW_START, &[]));
        poll_fn(|context| {
            let polled = half_way.as_mut().poll(context);
            assert!(polled.is_pending());
            Poll::Ready(())
        })
        .await;
    }
    let refused = transaction.commit().await.unwrap_err();
    assert!(matches!(refused, StoreError::Doomed), "{refused:?}");
    assert_eq!(value(&store).await, None);
    write(&store, START).await;
    store.close().await;
}

pub(crate) async fn a_taken_key_has_the_same_name_everywhere(fresh: &Fresh) {
    let store = fresh.open().await;
    let card = "INSERT INTO card (number, kind) VALUES ('1', 0)";
    write(&store, START).await;
    write(&store, card).await;
    write(&store, "INSERT INTO thing (id) VALUES (1)").await;
    for (statement, taken) in [
        (START, "counter.name"),
        (card, "card.number, card.kind"),
        ("INSERT INTO thing (id) VALUES (1)", "thing.id"),
    ] {
        let mut transaction = store.begin().await.unwrap();
        let refused = transaction
            .execute(statement, &[])
            .await
            .unwrap_err();
        match refused {
            StoreError::Unique { constraint } => assert_eq!(constraint, taken),
            other => panic!("{other:?}"),
        }
    }
    let mut transaction = store.begin().await.unwrap();
    let other = transaction
        .execute("INSERT INTO card (number, kind) VALUES ('1', 2)", &[])
        .await
        .unwrap_err();
    assert!(matches!(other, StoreError::Database(_)), "{other:?}");
    drop(transaction);
    // Who expects a conflict says so, and goes on.
    let mut transaction = store.begin().await.unwrap();
    let touched = transaction
        .execute(
            "INSERT INTO card (number, kind) VALUES ('1', 0) ON CONFLICT DO NOTHING",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(touched, 0);
    transaction.commit().await.unwrap();
    store.close().await;
}

pub(crate) async fn reading_handles_do_not_write(fresh: &Fresh) {
    let store = fresh.open().await;
    let refused = store
        .rows(START, &[])
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, StoreError::Machine { fault } if fault.kind == FaultKind::ReadOnly),
        "{refused:?}"
    );
    assert_eq!(value(&store).await, None);
    store.close().await;
}

pub(crate) async fn a_second_store_is_refused_until_the_first_is_closed(fresh: &Fresh) {
    let store = fresh.open().await;
    write(&store, START).await;
    let refused = Store::open(&fresh.url, TABLES)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Open {
                cause: OpenFailure::InUse { .. }
            }
        ),
        "{refused:?}"
    );
    // The refused one has taken nothing from the first.
    assert_eq!(value(&store).await, Some(0));
    let other_handle = store.clone();
    store.close().await;
    assert!(other_handle.begin().await.is_err());
    assert!(
        other_handle
            .rows(READ, &[])
            .await
            .is_err()
    );
    let again = fresh.open().await;
    assert_eq!(value(&again).await, Some(0));
    again.close().await;
}

async fn write(store: &Store, statement: &'static str) {
    let mut transaction: Transaction = store.begin().await.unwrap();
    transaction
        .execute(statement, &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn value(store: &Store) -> Option<i64> {
    let row = store.row(READ, &[]).await.unwrap();
    row.map(|row| row.integer("value").unwrap())
}
