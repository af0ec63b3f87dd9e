//! Connections: one that writes, some that read, each with the settings that the promises rest on.

use crate::{
    OpenFailure,
    dialect::Dialect,
    weakened::{Promise, is_broken},
};
use sqlx::{AnyConnection, Connection as _, any::AnyConnectOptions};
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for a connection before [`crate::StoreError::Busy`].
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Key of PostgreSQL's session advisory lock: "shirushi" in ASCII. It is one per database.
const ADVISORY_LOCK: i64 = 0x7368_6972_7573_6869;

/// Key of the advisory lock that a transaction on a shared database takes: "turn" in ASCII.
const TURN_LOCK: i64 = 0x7475_726e;

/// How often the lock is tried for, each time for 0.7 seconds.
const TRIES_FOR_THE_LOCK: u8 = 3;

/// SQLSTATE after `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Reader,
    Writer,
}

/// Where connections are made to.
pub(crate) struct Address {
    pub(crate) dialect: Dialect,
    /// Whether several processes write, each in its turn.
    pub(crate) is_shared: bool,
    options: AnyConnectOptions,
}

impl Address {
    pub(crate) fn new(url: &str, dialect: Dialect, is_shared: bool) -> Result<Self, OpenFailure> {
        sqlx::any::install_default_drivers();
        Ok(Self {
            dialect,
            is_shared,
            options: url.parse()?,
        })
    }

    /// A fresh connection, settled for its role.
    pub(crate) async fn connect(&self, role: Role) -> Result<AnyConnection, sqlx::Error> {
        let connecting = async {
            let mut connection = AnyConnection::connect_with(&self.options).await?;
            match self.settle(&mut connection, role).await {
                Ok(()) => Ok(connection),
                Err(error) => {
                    self.close(connection).await;
                    Err(error)
                }
            }
        };
        timeout(PATIENCE, connecting)
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    async fn settle(&self, connection: &mut AnyConnection, role: Role) -> Result<(), sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => settle_sqlite(connection, role).await,
            Dialect::Postgres => settle_postgres(connection, role, self.is_shared).await,
        }
    }

    /// Waits until no other process that shares the database has a transaction under way, in one that has begun.
    pub(crate) async fn take_turn(
        &self,
        connection: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        if !self.is_shared {
            return Ok(());
        }
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(TURN_LOCK)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Closes a connection, whatever state it is in.
    pub(crate) async fn close(&self, connection: AnyConnection) {
        let closed = match self.dialect {
            // Returns when the file is let go.
            Dialect::Sqlite => connection.close().await,
            // A server that does not answer must not be waited for.
            Dialect::Postgres => connection.close_hard().await,
        };
        if let Err(error) = closed {
            tracing::debug!(%error, "closing a connection");
        }
    }
}

async fn settle_sqlite(connection: &mut AnyConnection, role: Role) -> Result<(), sqlx::Error> {
    let synchronous = if is_broken(Promise::Sync) {
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
    let wanted = if is_broken(Promise::Sync) { "0" } else { "2" };
    check("synchronous", synchronous.to_string(), wanted)?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await?;
    check("foreign_keys", foreign_keys.to_string(), "1")
}

async fn settle_postgres(
    connection: &mut AnyConnection,
    role: Role,
    is_shared: bool,
) -> Result<(), sqlx::Error> {
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
    take_advisory_lock(connection, is_shared).await
}

/// Waits a little, in parts that the driver does not call slow: the server may not have noticed yet that the last holder is gone.
async fn take_advisory_lock(
    connection: &mut AnyConnection,
    is_shared: bool,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET lock_timeout = '700ms'")
        .execute(&mut *connection)
        .await?;
    // Those who share it are kept out by who does not, and the other way round.
    let take = match is_shared {
        true => "SELECT pg_advisory_lock_shared($1)",
        false => "SELECT pg_advisory_lock($1)",
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let taken = sqlx::query(take)
            .bind(ADVISORY_LOCK)
            .execute(&mut *connection)
            .await;
        match taken {
            Ok(_) => break,
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
            {
                if tries == TRIES_FOR_THE_LOCK {
                    return Err(refused(OpenFailure::InUse {
                        lock: format!("advisory lock {ADVISORY_LOCK}"),
                    }));
                }
            }
            Err(error) => return Err(error),
        }
    }
    // Turns are waited for as long here as from others of this process.
    let patience = match is_shared {
        true => "SET lock_timeout = '30s'",
        false => "RESET lock_timeout",
    };
    sqlx::raw_sql(patience)
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

/// Connecting speaks the driver's error type; ours travels inside and is taken out in `error`.
fn refused(cause: OpenFailure) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(cause))
}
