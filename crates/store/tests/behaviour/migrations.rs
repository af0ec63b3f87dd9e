//! Migrations.

use crate::databases::Fresh;
use shirushi_store::{Migration, Store, StoreError};

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    statements: &[
        "CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
        "INSERT INTO a (text) VALUES ('one')",
    ],
};
const SECOND: Migration = Migration {
    version: 5,
    name: "second",
    statements: &[
        "ALTER TABLE a ADD COLUMN more BLOB",
        "CREATE UNIQUE INDEX a_text ON a (text) WHERE more IS NOT NULL",
    ],
};

pub(crate) async fn each_is_applied_once_and_later_ones_follow(fresh: &Fresh) {
    const ONE: &[Migration] = &[FIRST];
    const BOTH: &[Migration] = &[FIRST, SECOND];
    let store = Store::open(&fresh.url, ONE)
        .await
        .unwrap();
    assert_eq!(count(&store).await, 1);
    store.close().await;
    for _ in 0..2 {
        let store = Store::open(&fresh.url, BOTH)
            .await
            .unwrap();
        // The inserted row is there once, and the new column is.
        assert_eq!(count(&store).await, 1);
        let row = store
            .row("SELECT id, more FROM a", &[])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.integer("id").unwrap(), 1);
        assert_eq!(row.optional_bytes("more").unwrap(), None);
        store.close().await;
    }
}

pub(crate) async fn a_changed_text_is_refused(fresh: &Fresh) {
    const CHANGED: &[Migration] = &[
        FIRST,
        Migration {
            statements: &["ALTER TABLE a ADD COLUMN more TEXT"],
            ..SECOND
        },
    ];
    open_and_close(fresh, &[FIRST, SECOND]).await;
    let refused = Store::open(&fresh.url, CHANGED)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::MigrationChanged { version: 5 }),
        "{refused:?}"
    );
    // A refusal lets go of the database.
    open_and_close(fresh, &[FIRST, SECOND]).await;
}

pub(crate) async fn one_that_this_program_does_not_know_is_refused(fresh: &Fresh) {
    open_and_close(fresh, &[FIRST, SECOND]).await;
    for known in [&[FIRST] as &'static [Migration], &[SECOND], &[]] {
        let refused = Store::open(&fresh.url, known)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::MigrationUnknown { version: 1 | 5 }),
            "{refused:?}"
        );
    }
}

pub(crate) async fn versions_out_of_order_are_refused(fresh: &Fresh) {
    for migrations in [&[SECOND, FIRST] as &'static [Migration], &[FIRST, FIRST]] {
        let refused = Store::open(&fresh.url, migrations)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::MigrationOrder { version: 1 }),
            "{refused:?}"
        );
    }
}

pub(crate) async fn one_that_fails_leaves_nothing_behind(fresh: &Fresh) {
    const FAILING: &[Migration] = &[
        FIRST,
        Migration {
            version: 2,
            name: "failing",
            statements: &[
                "CREATE TABLE b (id INTEGER PRIMARY KEY) STRICT",
                "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT",
            ],
        },
    ];
    const MENDED: &[Migration] = &[
        FIRST,
        Migration {
            version: 2,
            name: "mended",
            statements: &["CREATE TABLE b (id INTEGER PRIMARY KEY) STRICT"],
        },
    ];
    let refused = Store::open(&fresh.url, FAILING)
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused:?}");
    open_and_close(fresh, MENDED).await;
}

async fn open_and_close(fresh: &Fresh, migrations: &'static [Migration]) {
    Store::open(&fresh.url, migrations)
        .await
        .unwrap()
        .close()
        .await;
}

async fn count(store: &Store) -> i64 {
    let row = store
        .row("SELECT count(*) AS n FROM a", &[])
        .await
        .unwrap()
        .unwrap();
    row.integer("n").unwrap()
}
