//! The one writing transaction.

use crate::{Row, Store, StoreError, Value, dialect::Dialect, statement, writer::Turn};
use sqlx::AnyConnection;

/// A writing transaction, alone on its database. Dropped without [`Transaction::commit`], it is rolled back.
pub struct Transaction {
    /// None only while being dropped or committed.
    turn: Option<Turn>,
    /// Keeps the database's lock as long as something may be written.
    store: Store,
    /// False while a statement runs and after one failed; a future abandoned half-way leaves it so.
    sound: bool,
    /// Whether what failed leaves the connection in doubt.
    is_broken: bool,
}

impl Transaction {
    pub(crate) async fn begin(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            turn: Some(store.turn().await?),
            store: store.clone(),
            sound: true,
            is_broken: false,
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
        let touched = statement::execute(connection, dialect, sql, parameters).await;
        self.note(touched)
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
        let touched = statement::insert_many(connection, dialect, prefix, rows).await;
        self.note(touched)
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
        let rows = statement::rows(connection, dialect, sql, parameters).await;
        self.note(rows)
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
    /// [`StoreError::Doomed`] when a statement failed before: nothing is committed. [`StoreError::Machine`] or
    /// [`StoreError::Database`] when the database failed: it is then unknown whether the transaction took effect, and only
    /// reading tells.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if !self.sound {
            return Err(StoreError::Doomed);
        }
        let turn = self
            .turn
            .take()
            .ok_or(StoreError::Doomed)?;
        let store = self.store.clone();
        // In a task of its own, which goes on to its end also when nobody waits for it any more (a browser that went away).
        let committing = self.store.runtime().spawn(async move {
            let committed = turn.commit().await;
            drop(store);
            committed
        });
        committing
            .await
            .map_err(|stopped| StoreError::Database(Box::new(stopped)))?
    }

    /// Runs a migration's statement.
    pub(crate) async fn define(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let (connection, dialect) = self.start()?;
        let defined = statement::define(connection, dialect, statement).await;
        self.note(defined)
    }

    fn start(&mut self) -> Result<(&mut AnyConnection, Dialect), StoreError> {
        let sound = std::mem::replace(&mut self.sound, false);
        let dialect = self.store.dialect();
        match &mut self.turn {
            Some(turn) if sound => Ok((turn.connection()?, dialect)),
            _ => Err(StoreError::Doomed),
        }
    }

    /// Takes down how a statement went.
    fn note<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Ok(_) => self.sound = true,
            Err(error) => self.is_broken |= !error.spares_the_connection(),
        }
        outcome
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut turn) = self.turn.take() else {
            return;
        };
        let is_broken = self.is_broken;
        // The last owner may stand outside the runtime. Without a runtime, the connection is closed with the turn.
        self.store.runtime().spawn(async move {
            if is_broken {
                turn.discard().await;
            } else {
                turn.roll_back().await;
            }
        });
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("sound", &self.sound)
            .finish_non_exhaustive()
    }
}
