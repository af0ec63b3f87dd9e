//! Connections: one that writes, some that read, each with the settings that the promises rest on.

use crate::{OpenFailure, dialect::Dialect};
use sqlx::{
    AnyConnection, AnyPool, Connection as _,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use std::time::Duration;

const READERS: u32 = 4;

/// Longest wait for a connection before [`crate::StoreError::Busy`].
const PATIENCE: Duration = Duration::from_secs(30);

/// Key of PostgreSQL's session advisory lock: "shirushi" in ASCII. It is one per database.
const ADVISORY_LOCK: i64 = 0x7368_6972_7573_6869;

/// SQLSTATE after `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Reader,
    Writer,
}

/// The two pools over one database.
pub(crate) struct Connections {
    pub(crate) readers: AnyPool,
    pub(crate) writer: AnyPool,
}

impl Connections {
    pub(crate) async fn open(url: &str, dialect: Dialect) -> Result<Self, OpenFailure> {
        sqlx::any::install_default_drivers();
        let options: AnyConnectOptions = url.parse()?;
        // The pool tries a refused connection again until its patience ends and then cannot say why: ask once by hand.
        let mut first = AnyConnection::connect_with(&options).await?;
        settle(&mut first, dialect, Role::Writer).await?;
        first.close().await?;
        let pool = |role: Role| {
            AnyPoolOptions::new()
                .max_connections(if role == Role::Writer { 1 } else { READERS })
                .acquire_timeout(PATIENCE)
                .test_before_acquire(dialect == Dialect::Postgres)
                // The writer's connection holds the advisory lock: it is never given up.
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |connection, _| {
                    Box::pin(async move { settle(connection, dialect, role).await })
                })
                .connect_lazy_with(options.clone())
        };
        Ok(Self {
            readers: pool(Role::Reader),
            writer: pool(Role::Writer),
        })
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        // Last, so that SQLite folds the write-ahead log into the file.
        self.writer.close().await;
    }
}

async fn settle(
    connection: &mut AnyConnection,
    dialect: Dialect,
    role: Role,
) -> Result<(), sqlx::Error> {
    match dialect {
        Dialect::Sqlite => settle_sqlite(connection, role).await,
        Dialect::Postgres => settle_postgres(connection, role).await,
    }
}

async fn settle_sqlite(connection: &mut AnyConnection, role: Role) -> Result<(), sqlx::Error> {
    let synchronous = if cfg!(feature = "weak-sync") {
        "PRAGMA synchronous=OFF"
    } else {
        "PRAGMA synchronous=FULL"
    };
    let query_only = match role {
        Role::Reader => "PRAGMA query_only=ON",
        Role::Writer => "PRAGMA query_only=OFF",
    };
    for pragma in [
        "PRAGMA busy_timeout=10000",
        "PRAGMA journal_mode=WAL",
        synchronous,
        "PRAGMA foreign_keys=ON",
        // What a retention period ends must be gone from the file, not only from the tables.
        "PRAGMA secure_delete=ON",
        "PRAGMA trusted_schema=OFF",
        query_only,
    ] {
        sqlx::raw_sql(pragma)
            .execute(&mut *connection)
            .await?;
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    check("journal_mode", journal, "wal")?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    let wanted = if cfg!(feature = "weak-sync") {
        "0"
    } else {
        "2"
    };
    check("synchronous", synchronous.to_string(), wanted)?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await?;
    check("foreign_keys", foreign_keys.to_string(), "1")
}

async fn settle_postgres(connection: &mut AnyConnection, role: Role) -> Result<(), sqlx::Error> {
    let settings = match role {
        Role::Reader => "SET default_transaction_read_only = on",
        // A standby's setting ("remote_apply") stays; only a weaker one is raised.
        Role::Writer => {
            "SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
        }
    };
    sqlx::raw_sql(settings)
        .execute(&mut *connection)
        .await?;
    let encoding: String = sqlx::query_scalar("SELECT current_setting('server_encoding')")
        .fetch_one(&mut *connection)
        .await?;
    check("server_encoding", encoding, "UTF8")?;
    let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
        .fetch_one(&mut *connection)
        .await?;
    check("fsync", fsync, "on")?;
    if role == Role::Reader {
        return Ok(());
    }
    take_advisory_lock(connection).await
}

/// Waits a little: the server may not have noticed yet that the last holder is gone.
async fn take_advisory_lock(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET lock_timeout = '2s'")
        .execute(&mut *connection)
        .await?;
    let taken = sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(ADVISORY_LOCK)
        .execute(&mut *connection)
        .await;
    match taken {
        Ok(_) => {}
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
        {
            return Err(refused(OpenFailure::InUse {
                lock: format!("advisory lock {ADVISORY_LOCK}"),
            }));
        }
        Err(error) => return Err(error),
    }
    sqlx::raw_sql("RESET lock_timeout")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

fn check(setting: &'static str, found: String, wanted: &'static str) -> Result<(), sqlx::Error> {
    if found == wanted {
        return Ok(());
    }
    Err(refused(OpenFailure::Setting {
        setting,
        found,
        wanted,
    }))
}

/// The pool's callback speaks the driver's error type; ours travels inside and is taken out in `error`.
fn refused(cause: OpenFailure) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(cause))
}
