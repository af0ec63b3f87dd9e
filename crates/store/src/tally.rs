//! A count of whole tables that anybody may ask for, at a price that nobody can drive up.

use crate::{Row, Store, StoreError, Value};
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

/// Counting may take one part in so many of the time, however often it is asked for.
const SHARE: u32 = 20;

/// The oldest that a count may be while things are written.
const OLDEST: Duration = Duration::from_secs(1);

/// A query that counts, and what it came to last. While nothing was written it is not asked again; while something is, not so often
/// that it would cost more than a twentieth of a reader, and once a second at most where counting takes longer than that allows.
#[derive(Debug)]
pub struct Tally {
    store: Store,
    sql: &'static str,
    last: Mutex<Option<Last>>,
}

#[derive(Debug)]
struct Last {
    row: Row,
    parameters: Vec<Value>,
    /// How far the store had come.
    counter: Option<i64>,
    ended: Instant,
    took: Duration,
}

impl Tally {
    /// A tally of one row.
    #[must_use]
    pub fn new(store: &Store, sql: &'static str) -> Self {
        Self {
            store: store.clone(),
            sql,
            last: Mutex::new(None),
        }
    }

    /// The row, a second old at most.
    ///
    /// # Errors
    /// Those of [`Store::rows`]; [`StoreError::NoRow`] for a query without a row.
    pub async fn row(&self, parameters: &[Value]) -> Result<Row, StoreError> {
        // One counts, and the others wait for what it finds.
        let mut last = self.last.lock().await;
        let counter = self
            .store
            .position()
            .map(|position| position.counter);
        if let Some(last) = &*last
            && last.will_do(parameters, counter)
        {
            return Ok(last.row.clone());
        }
        let begun = Instant::now();
        let row = self
            .store
            .row(self.sql, parameters)
            .await?
            .ok_or(StoreError::NoRow)?;
        *last = Some(Last {
            row: row.clone(),
            parameters: parameters.to_vec(),
            counter,
            ended: Instant::now(),
            took: begun.elapsed(),
        });
        Ok(row)
    }
}

impl Last {
    fn will_do(&self, parameters: &[Value], counter: Option<i64>) -> bool {
        let is_same = counter.is_some() && self.counter == counter && self.parameters == parameters;
        is_same || self.ended.elapsed() < OLDEST.min(self.took * (SHARE - 1))
    }
}
