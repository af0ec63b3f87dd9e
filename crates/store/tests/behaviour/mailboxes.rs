//! Outbox and inbox.

use crate::databases::Fresh;
use shirushi_store::{Delivery, Store, StoreError};
use tokio::task::JoinSet;

pub(crate) async fn numbers_of_a_topic_have_no_gap_whatever_is_rolled_back(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut publishers = JoinSet::new();
    for publisher in 0..6_u8 {
        let store = store.clone();
        publishers.spawn(async move {
            for round in 0..10_u8 {
                let mut transaction = store.begin().await.unwrap();
                transaction
                    .publish("issued", &[publisher, round])
                    .await
                    .unwrap();
                // Every third is given up, by a different way each.
                if (publisher + round) % 3 == 0 {
                    if round % 2 == 0 {
                        let _ = transaction.execute("no SQL", &[]).await;
                        transaction.commit().await.unwrap_err();
                    }
                    continue;
                }
                transaction.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = publishers.join_next().await {
        done.unwrap();
    }
    let messages = store
        .undelivered("issued", usize::MAX)
        .await
        .unwrap();
    let numbers: Vec<i64> = messages
        .iter()
        .map(|m| m.sequence)
        .collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    assert!(
        messages
            .iter()
            .all(|m| (m.payload[0] + m.payload[1]) % 3 != 0)
    );
    store.close().await;
}

pub(crate) async fn what_is_delivered_is_not_offered_again_but_can_be_asked_for(fresh: &Fresh) {
    let store = fresh.open().await;
    publish(&store, "a", 5).await;
    publish(&store, "b", 2).await;
    assert_eq!(numbers(&store, "a", 3).await, [1, 2, 3]);
    store.delivered("a", 3).await.unwrap();
    assert_eq!(numbers(&store, "a", 9).await, [4, 5]);
    // A late acknowledgement of an earlier message takes nothing back.
    store.delivered("a", 1).await.unwrap();
    assert_eq!(numbers(&store, "a", 9).await, [4, 5]);
    assert_eq!(numbers(&store, "b", 9).await, [1, 2]);
    assert_eq!(numbers(&store, "c", 9).await, [] as [i64; 0]);
    let again = store
        .published("a", 1, 2)
        .await
        .unwrap();
    assert_eq!(again[0].sequence, 2);
    assert_eq!(again[0].payload, b"message 2 of a");
    // Only what is delivered can be forgotten, and numbers go on.
    assert_eq!(store.forget("a", 9).await.unwrap(), 3);
    assert_eq!(numbers(&store, "a", 9).await, [4, 5]);
    store.delivered("a", 5).await.unwrap();
    assert_eq!(store.forget("a", 5).await.unwrap(), 2);
    publish(&store, "a", 1).await;
    assert_eq!(numbers(&store, "a", 9).await, [6]);
    store.close().await;
}

pub(crate) async fn nothing_can_be_delivered_that_was_not_published(fresh: &Fresh) {
    let store = fresh.open().await;
    publish(&store, "a", 2).await;
    for (topic, through) in [("a", 3), ("b", 1)] {
        let refused = store
            .delivered(topic, through)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::NotPublished { sequence } if sequence == through),
            "{refused:?}"
        );
    }
    assert_eq!(numbers(&store, "a", 9).await, [1, 2]);
    store.close().await;
}

pub(crate) async fn an_inbox_takes_each_message_once_and_in_order(fresh: &Fresh) {
    let store = fresh.open().await;
    for (source, sequence, said) in [
        ("a", 2, Delivery::Gap { expected: 1 }),
        ("a", 1, Delivery::New),
        ("a", 1, Delivery::Seen),
        ("a", 3, Delivery::Gap { expected: 2 }),
        ("b", 1, Delivery::New),
        ("a", 2, Delivery::New),
        ("a", 1, Delivery::Seen),
        ("a", 0, Delivery::Gap { expected: 3 }),
        ("a", -1, Delivery::Gap { expected: 3 }),
        ("a", i64::MAX, Delivery::Gap { expected: 3 }),
        ("a", 3, Delivery::New),
    ] {
        assert_eq!(
            receive(&store, source, sequence).await,
            said,
            "{source} {sequence}"
        );
    }
    store.close().await;
}

pub(crate) async fn a_rolled_back_message_is_new_again(fresh: &Fresh) {
    let store = fresh.open().await;
    let mut transaction = store.begin().await.unwrap();
    assert_eq!(
        transaction
            .receive("a", 1)
            .await
            .unwrap(),
        Delivery::New
    );
    // Twice in one transaction is once.
    assert_eq!(
        transaction
            .receive("a", 1)
            .await
            .unwrap(),
        Delivery::Seen
    );
    drop(transaction);
    assert_eq!(receive(&store, "a", 1).await, Delivery::New);
    store.close().await;
}

async fn publish(store: &Store, topic: &'static str, messages: usize) {
    for _ in 0..messages {
        let mut transaction = store.begin().await.unwrap();
        let sequence = transaction
            .publish(topic, b"")
            .await
            .unwrap();
        drop(transaction);
        let mut transaction = store.begin().await.unwrap();
        let payload = format!("message {sequence} of {topic}");
        let again = transaction
            .publish(topic, payload.as_bytes())
            .await
            .unwrap();
        assert_eq!(again, sequence);
        transaction.commit().await.unwrap();
    }
}

async fn numbers(store: &Store, topic: &str, limit: usize) -> Vec<i64> {
    let messages = store
        .undelivered(topic, limit)
        .await
        .unwrap();
    messages
        .iter()
        .map(|m| m.sequence)
        .collect()
}

async fn receive(store: &Store, source: &str, sequence: i64) -> Delivery {
    let mut transaction = store.begin().await.unwrap();
    let said = transaction
        .receive(source, sequence)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    said
}
