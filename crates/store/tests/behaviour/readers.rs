//! Who reads in a lane of its own waits for nobody, and a count that anybody may ask for costs little.

use crate::databases::Fresh;
use shirushi_store::{Store, StoreError, Tally};
use std::time::Instant;
use tokio::task::JoinSet;

pub(crate) async fn a_lane_answers_while_others_read_much(fresh: &Fresh) {
    const MUCH: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000) \
         SELECT count(*) AS rows FROM n";
    let store = fresh.open().await;
    let lane = store.lane(1).await.unwrap();
    let mut readers = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        readers.spawn(async move { store.row(MUCH, &[]).await.unwrap() });
    }
    // They have begun.
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        assert_eq!(rows(&lane).await, 0);
    }
    assert!(readers.try_join_next().is_none(), "they had ended before");
    while let Some(done) = readers.join_next().await {
        done.unwrap();
    }
    fill(&lane).await.unwrap();
    assert_eq!(rows(&lane).await, 1);
    store.close().await;
    assert!(
        lane.rows("SELECT 1 AS one", &[])
            .await
            .is_err()
    );
}

pub(crate) async fn a_tally_is_exact_in_a_quiet_store_and_cheap_in_a_busy_one(fresh: &Fresh) {
    let store = fresh.open().await;
    fill(&store).await.unwrap();
    // Slow to count: some hundredths of a second.
    let tally = Tally::new(
        &store,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         SELECT (SELECT count(*) FROM thing) AS rows, (SELECT count(*) FROM n) AS slow",
    );
    let begun = Instant::now();
    assert_eq!(
        tally
            .row(&[])
            .await
            .unwrap()
            .integer("rows")
            .unwrap(),
        1
    );
    let once = begun.elapsed();
    fill(&store).await.unwrap();
    let begun = Instant::now();
    for _ in 0..100 {
        tally.row(&[]).await.unwrap();
    }
    assert!(
        begun.elapsed() < once,
        "{:?}, once {once:?}",
        begun.elapsed()
    );
    // It catches up.
    while tally
        .row(&[])
        .await
        .unwrap()
        .integer("rows")
        .unwrap()
        != 2
    {
        tokio::task::yield_now().await;
    }
    store.close().await;
}

async fn fill(store: &Store) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction
        .execute("INSERT INTO thing (number) VALUES (1)", &[])
        .await?;
    transaction.commit().await
}

async fn rows(store: &Store) -> i64 {
    store
        .row("SELECT count(*) AS rows FROM thing", &[])
        .await
        .unwrap()
        .unwrap()
        .integer("rows")
        .unwrap()
}
