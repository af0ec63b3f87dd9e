//! The store: one database in service.

use crate::{
    Migration, Row, StoreError, Transaction, Value,
    connection::Connections,
    dialect::Dialect,
    location::{HeldFile, Location},
    migration, statement,
};
use std::sync::Arc;
use tokio::runtime::Handle;

/// One database in service. Clones are handles to the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    dialect: Dialect,
    file: Option<HeldFile>,
    runtime: Handle,
}

impl Store {
    /// Takes a database into service and brings it to the newest migration.
    ///
    /// `url` is `sqlite://` and an absolute path, taken literally (created when absent, with mode 0600; its folder must
    /// exist), or `postgres://…`. `migrations` stand in ascending order of version; each is applied once, in a transaction of
    /// its own, and recorded with a digest of its text. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the database cannot be taken into service, for example because another process has it;
    /// [`StoreError::MigrationChanged`], [`StoreError::MigrationUnknown`] and [`StoreError::MigrationOrder`] when the
    /// migrations and the database do not fit; whatever a migration's statement provokes.
    pub async fn open(url: &str, migrations: &'static [Migration]) -> Result<Self, StoreError> {
        let (dialect, file, url) = match Location::parse(url)? {
            Location::Sqlite(path) => {
                let file = HeldFile::take(&path)?;
                let url = file.url();
                (Dialect::Sqlite, Some(file), url)
            }
            Location::Postgres(url) => (Dialect::Postgres, None, url),
        };
        let store = Self {
            inner: Arc::new(Inner {
                connections: Connections::open(&url, dialect).await?,
                dialect,
                file,
                runtime: Handle::current(),
            }),
        };
        match migration::run(&store, migrations).await {
            Ok(()) => {
                if let Some(file) = &store.inner.file {
                    file.sync_folder()?;
                }
                Ok(store)
            }
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    /// Waits for its turn and begins the one writing transaction. Waiters are served in the order they came.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after 30 seconds without a turn, or when another program holds the file;
    /// [`StoreError::Database`] when the connection is lost.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self).await
    }

    /// The rows of a query, as committed when it starts. Writing is refused here.
    ///
    /// # Errors
    /// [`StoreError::QuestionMark`], [`StoreError::Busy`] and [`StoreError::Database`].
    pub async fn rows(
        &self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let readers = &self.inner.connections.readers;
        let mut connection = readers.acquire().await?;
        statement::rows(&mut connection, self.inner.dialect, sql, parameters).await
    }

    /// The first row of a query, none if it has none.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn row(
        &self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let rows = self.rows(sql, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// Takes the database out of service: waits for transactions under way, closes the connections and releases the lock.
    /// Other clones of this handle refuse from then on.
    pub async fn close(self) {
        self.inner.connections.close().await;
        if let Some(file) = &self.inner.file {
            file.release();
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.inner.runtime
    }

    pub(crate) fn writer(&self) -> &sqlx::AnyPool {
        &self.inner.connections.writer
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Store")
            .field("dialect", &self.inner.dialect)
            .finish_non_exhaustive()
    }
}
