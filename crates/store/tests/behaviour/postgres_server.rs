//! What is PostgreSQL's own: a server that ends connections.

use crate::databases::Fresh;

const INSERT: &str = "INSERT INTO counter (name, value) VALUES ($1, 0)";

#[tokio::test]
#[ignore = "needs a PostgreSQL server in SHIRUSHI_POSTGRES_URL"]
async fn a_lost_connection_costs_its_transaction_and_no_other() {
    let fresh = Fresh::postgres("a_lost_connection");
    let store = fresh.open().await;
    let mut kept = store.begin().await.unwrap();
    kept.execute(INSERT, &["kept".into()])
        .await
        .unwrap();
    kept.commit().await.unwrap();

    let mut lost = store.begin().await.unwrap();
    lost.execute(INSERT, &["lost".into()])
        .await
        .unwrap();
    fresh.end_connections();
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
        shirushi_store::Store::open(&fresh.url, crate::databases::TABLES)
            .await
            .is_err()
    );
    store.close().await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server in SHIRUSHI_POSTGRES_URL"]
async fn the_writer_waits_for_the_disk_even_where_the_server_would_not() {
    let fresh = Fresh::postgres("the_writer_waits");
    fresh.alter("SET synchronous_commit = off");
    let store = fresh.open().await;
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
