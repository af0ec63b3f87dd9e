//! Migrations: each once, in order, and never another text under the same version.

use crate::{OpenFailure, Store, StoreError, Transaction, chain, dialect::Dialect, probe, tenure};
use shirushi_crypto::sha256;

/// A step of a database's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its place in the order.
    pub version: i64,
    /// A word for the reader.
    pub name: &'static str,
    /// Its statements, one each, as SQLite's `STRICT` tables are written (see the crate's first page).
    pub statements: &'static [&'static str],
}

/// The room's own tables, under their own scope so that callers number theirs freely.
const OWN: &[Migration] = &[
    Migration {
        version: 1,
        name: "outbox and inbox",
        statements: &[
            "CREATE TABLE store_topic (topic TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL, \
         delivered INTEGER NOT NULL) STRICT",
            "CREATE TABLE store_outbox (topic TEXT NOT NULL REFERENCES store_topic (topic), \
         sequence INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (topic, sequence)) STRICT",
            "CREATE TABLE store_inbox (source TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT",
        ],
    },
    Migration {
        version: 2,
        name: "chain and lives",
        statements: chain::TABLES,
    },
    Migration {
        version: 3,
        name: "probe",
        statements: probe::TABLES,
    },
    Migration {
        version: 4,
        name: "whose it is, and who has it in service",
        statements: tenure::TABLES,
    },
];

const RECORD: &str = "CREATE TABLE IF NOT EXISTS store_migration (scope TEXT NOT NULL, \
     version INTEGER NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL, \
     PRIMARY KEY (scope, version)) STRICT";

const TABLES_IN_SQLITE: &str = "SELECT count(*) AS tables, \
     COALESCE(CAST(SUM(CASE WHEN name = 'store_migration' THEN 1 ELSE 0 END) AS BIGINT), 0) AS ours FROM sqlite_master";
const TABLES_IN_POSTGRES: &str = "SELECT count(*) AS tables, \
     COALESCE(CAST(SUM(CASE WHEN table_name = 'store_migration' THEN 1 ELSE 0 END) AS BIGINT), 0) AS ours \
     FROM information_schema.tables WHERE table_schema = current_schema()";

/// Brings the room's own tables to the newest version, in a database that is empty or a store's.
pub(crate) async fn run_own(store: &Store) -> Result<(), StoreError> {
    let tables = match store.dialect() {
        Dialect::Sqlite => TABLES_IN_SQLITE,
        Dialect::Postgres => TABLES_IN_POSTGRES,
    };
    let counted = store
        .row(tables, &[])
        .await?
        .ok_or(StoreError::NoRow)?;
    if counted.integer("tables")? > 0 && counted.integer("ours")? == 0 {
        return Err(OpenFailure::OtherProgram.into());
    }
    let mut transaction = store.begin().await?;
    transaction.define(RECORD).await?;
    transaction.commit().await?;
    apply(store, "store", OWN).await
}

/// Refuses a database whose migrations are not the first of these.
pub(crate) async fn refuse_others(
    store: &Store,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    check(store, "room", migrations)
        .await
        .map(|_| ())
}

/// Brings the database to the newest version.
pub(crate) async fn run(store: &Store, migrations: &'static [Migration]) -> Result<(), StoreError> {
    apply(store, "room", migrations).await
}

async fn apply(
    store: &Store,
    scope: &'static str,
    migrations: &'static [Migration],
) -> Result<(), StoreError> {
    for pair in migrations.windows(2) {
        if pair[1].version <= pair[0].version {
            let version = pair[1].version;
            return Err(StoreError::MigrationOrder { version });
        }
    }
    let applied = check(store, scope, migrations).await?;
    for migration in &migrations[applied..] {
        let mut transaction = store.begin().await?;
        if is_applied(&mut transaction, scope, migration.version).await? {
            // Another process that shares the database came first.
            continue;
        }
        for statement in migration.statements {
            transaction.define(statement).await?;
        }
        record(&mut transaction, scope, migration).await?;
        transaction.commit().await?;
        tracing::info!(
            scope,
            version = migration.version,
            name = migration.name,
            "migration applied"
        );
    }
    Ok(())
}

async fn is_applied(
    transaction: &mut Transaction,
    scope: &'static str,
    version: i64,
) -> Result<bool, StoreError> {
    let row = transaction
        .row(
            "SELECT digest FROM store_migration WHERE scope=$1 AND version=$2",
            &[scope.into(), version.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// The number of migrations applied already: they are the first ones, with the same text, and nothing else.
async fn check(
    store: &Store,
    scope: &'static str,
    migrations: &[Migration],
) -> Result<usize, StoreError> {
    let rows = store
        .rows(
            "SELECT version, digest FROM store_migration WHERE scope=$1 ORDER BY version",
            &[scope.into()],
        )
        .await?;
    for (place, row) in rows.iter().enumerate() {
        let version = row.integer("version")?;
        let Some(migration) = migrations
            .get(place)
            .filter(|migration| migration.version == version)
        else {
            return Err(StoreError::MigrationUnknown { version });
        };
        if row.bytes("digest")? != digest(migration) {
            return Err(StoreError::MigrationChanged { version });
        }
    }
    Ok(rows.len())
}

async fn record(
    transaction: &mut Transaction,
    scope: &'static str,
    migration: &Migration,
) -> Result<(), StoreError> {
    transaction
        .execute(
            "INSERT INTO store_migration (scope, version, name, digest) VALUES ($1,$2,$3,$4)",
            &[
                scope.into(),
                migration.version.into(),
                migration.name.into(),
                digest(migration).into(),
            ],
        )
        .await?;
    Ok(())
}

/// SHA-256 over the statements, each preceded by its length so that none can move into its neighbour.
fn digest(migration: &Migration) -> [u8; 32] {
    let mut text = Vec::new();
    for statement in migration.statements {
        text.extend((statement.len() as u64).to_be_bytes());
        text.extend(statement.as_bytes());
    }
    sha256(&text)
}
