//! The one writing transaction.

use crate::{Row, Store, StoreError, Value, dialect::Dialect, statement};
use sqlx::{Any, AnyConnection};

/// A writing transaction, alone on its database. Dropped without [`Transaction::commit`], it is rolled back.
pub struct Transaction {
    /// None only while being dropped or committed.
    inner: Option<sqlx::Transaction<'static, Any>>,
    /// Keeps the database's lock as long as something may be written.
    store: Store,
    /// False while a statement runs and after one failed; a future abandoned half-way leaves it so.
    sound: bool,
}

impl Transaction {
    pub(crate) async fn begin(store: &Store) -> Result<Self, StoreError> {
        let begin = match store.dialect() {
            // Locks at once: a transaction that reads first and then writes could otherwise fail half-way.
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        let inner = store.writer().begin_with(begin).await?;
        Ok(Self {
            inner: Some(inner),
            store: store.clone(),
            sound: true,
        })
    }

    /// Runs a statement and gives the number of rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Unique`], [`StoreError::QuestionMark`], [`StoreError::Database`]; the transaction is doomed then.
    /// [`StoreError::Doomed`] when it was already.
    pub async fn execute(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<u64, StoreError> {
        let (connection, dialect) = self.start()?;
        let touched = statement::execute(connection, dialect, sql, parameters).await?;
        self.sound = true;
        Ok(touched)
    }

    /// Inserts many rows, in as few statements as hold at most 500 parameters each, and gives the number inserted. `prefix`
    /// is `INSERT INTO t (a, b) VALUES`. All rows have the same length; no rows are no work.
    ///
    /// # Errors
    /// [`StoreError::RowLength`] for rows of unequal length, empty or over 500 values; those of [`Transaction::execute`].
    pub async fn insert_many(
        &mut self,
        prefix: &'static str,
        rows: &[Vec<Value>],
    ) -> Result<u64, StoreError> {
        let (connection, dialect) = self.start()?;
        let touched = statement::insert_many(connection, dialect, prefix, rows).await?;
        self.sound = true;
        Ok(touched)
    }

    /// The rows of a query (or of a statement with `RETURNING`), with what this transaction wrote.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn rows(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let (connection, dialect) = self.start()?;
        let rows = statement::rows(connection, dialect, sql, parameters).await?;
        self.sound = true;
        Ok(rows)
    }

    /// The first row of a query, none if it has none. The statement runs to its end all the same.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn row(
        &mut self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let rows = self.rows(sql, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// Commits. Returns after the database has it on disk.
    ///
    /// # Errors
    /// [`StoreError::Doomed`] when a statement failed before: nothing is committed. [`StoreError::Database`] when the
    /// database failed: it is then unknown whether the transaction took effect, and only reading tells.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if !self.sound {
            return Err(StoreError::Doomed);
        }
        match self.inner.take() {
            Some(inner) => Ok(inner.commit().await?),
            None => Err(StoreError::Doomed),
        }
    }

    /// Runs a migration's statement.
    pub(crate) async fn define(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let (connection, dialect) = self.start()?;
        statement::define(connection, dialect, statement).await?;
        self.sound = true;
        Ok(())
    }

    fn start(&mut self) -> Result<(&mut AnyConnection, Dialect), StoreError> {
        let sound = std::mem::replace(&mut self.sound, false);
        match &mut self.inner {
            Some(inner) if sound => Ok((inner, self.store.dialect())),
            _ => Err(StoreError::Doomed),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // The connection goes back to its pool by a task, and the last owner may stand outside the runtime.
        let _runtime = self.store.runtime().enter();
        drop(self.inner.take());
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("sound", &self.sound)
            .finish_non_exhaustive()
    }
}
