//! The one writing transaction.

use crate::{
    Row, Store, StoreError, Value, dialect::Dialect, guard::Chain, statement, writer::Turn,
};
use shirushi_crypto::{DigestAlgorithm, Hasher};
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
    /// What was written so far, where the store is guarded.
    written: Option<Hasher>,
    has_written: bool,
}

impl Transaction {
    pub(crate) async fn begin(store: &Store) -> Result<Self, StoreError> {
        let turn = store.turn().await?;
        let written = turn
            .known()
            .map(|_| DigestAlgorithm::Sha256.start());
        Ok(Self {
            turn: Some(turn),
            store: store.clone(),
            sound: true,
            is_broken: false,
            written,
            has_written: false,
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
        self.write_down(sql, parameters);
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
        self.write_down(prefix, rows.iter().flatten());
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
        if !is_reading(sql) {
            self.write_down(sql, parameters);
        }
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

    /// Commits. Returns after the database has it on disk, and in a guarded store after the checkpoint beside it has.
    ///
    /// # Errors
    /// [`StoreError::Doomed`] when a statement failed before: nothing is committed. [`StoreError::Machine`] or
    /// [`StoreError::Database`] when the database failed: it is then unknown whether the transaction took effect, and only
    /// reading tells. [`StoreError::Checkpoint`] when it is in the database and the file beside it could not be told: the next
    /// transaction does that first.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let link = match (&self.turn, self.written.take()) {
            (Some(turn), Some(written)) if self.has_written => turn
                .known()
                .map(|known| Chain::next(known, &written.finish())),
            _ => None,
        };
        self.commit_as(link).await
    }

    /// Commits, with this link of the chain.
    pub(crate) async fn commit_as(mut self, link: Option<Chain>) -> Result<(), StoreError> {
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
            let committed = turn.commit(link).await;
            if let Err(error) = &committed {
                store.pulse().note(error);
            }
            committed
        });
        committing
            .await
            .map_err(|stopped| StoreError::Database(Box::new(stopped)))?
    }

    /// Runs a migration's statement.
    pub(crate) async fn define(&mut self, statement: &'static str) -> Result<(), StoreError> {
        self.write_down(statement, []);
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

    /// Takes a statement that writes into what the next link tells of.
    fn write_down<'v>(&mut self, sql: &str, values: impl IntoIterator<Item = &'v Value>) {
        self.has_written = true;
        if let Some(written) = &mut self.written {
            written.update(&(sql.len() as u64).to_be_bytes());
            written.update(sql.as_bytes());
            for value in values {
                value.digest(written);
            }
        }
    }

    /// Takes down how a statement went.
    fn note<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Ok(_) => self.sound = true,
            Err(error) => {
                self.store.pulse().note(error);
                self.is_broken |= !error.spares_the_connection();
            }
        }
        outcome
    }
}

/// Whether a statement can only read. What is not sure of it counts as writing, which costs a link of the chain.
fn is_reading(sql: &str) -> bool {
    sql.trim_start()
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))
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
