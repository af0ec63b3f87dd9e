//! A database that is only looked at: also while another process has it in service, and where nothing may be written.

use crate::{
    OpenFailure, Row, StoreError, Value,
    connection::{Address, Role},
    dialect::Dialect,
    location::{self, Location},
    statement,
};
use sqlx::{AnyConnection, Connection as _, any::AnyConnectOptions};
use std::{path::Path, sync::Arc};
use tokio::sync::Mutex;

/// A database, opened for reading alone. No lock of ours is taken and no migration applied.
#[derive(Clone)]
pub struct ReadOnly {
    connection: Arc<Mutex<AnyConnection>>,
    dialect: Dialect,
}

impl ReadOnly {
    /// Opens the database at an address, as [`crate::Store::open`] takes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when there is none.
    pub async fn at(url: &str) -> Result<Self, StoreError> {
        let url = match Location::parse(url)? {
            Location::Sqlite(path) => return Self::open(&path).await,
            Location::Postgres(url) => url,
        };
        let connection = Address::new(&url, Dialect::Postgres, false)?
            .connect(Role::Reader)
            .await
            .map_err(OpenFailure::from)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            dialect: Dialect::Postgres,
        })
    }

    /// Opens the SQLite file at this path.
    ///
    /// # Errors
    /// [`StoreError::Open`] when there is none, or when it is no database.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let at = |source| OpenFailure::File {
            path: path.to_owned(),
            source,
        };
        let path = std::fs::canonicalize(path).map_err(at)?;
        let url = location::url(&path);
        sqlx::any::install_default_drivers();
        // On a medium that cannot be written, SQLite can make no index of the write-ahead log; then there is none to be read either.
        let connection = match connect(&format!("{url}?mode=ro")).await {
            Ok(connection) => connection,
            Err(_) => connect(&format!("{url}?mode=ro&immutable=1"))
                .await
                .map_err(OpenFailure::from)?,
        };
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            dialect: Dialect::Sqlite,
        })
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// Those of [`crate::Store::rows`].
    pub async fn rows(
        &self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let mut connection = self.connection.lock().await;
        statement::rows(&mut connection, self.dialect, sql, parameters).await
    }
}

async fn connect(url: &str) -> Result<AnyConnection, sqlx::Error> {
    let options: AnyConnectOptions = url.parse()?;
    let mut connection = AnyConnection::connect_with(&options).await?;
    for pragma in [
        "PRAGMA busy_timeout=10000",
        "PRAGMA trusted_schema=OFF",
        "PRAGMA query_only=ON",
    ] {
        sqlx::raw_sql(pragma)
            .execute(&mut connection)
            .await?;
    }
    // Opening reads nothing yet.
    sqlx::query("SELECT COUNT(*) FROM sqlite_master")
        .fetch_all(&mut connection)
        .await?;
    Ok(connection)
}
