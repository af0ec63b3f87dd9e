//! Messages between databases: an outbox written with the act it tells of, an inbox that takes each message once.

use crate::{Store, StoreError, Transaction};

/// What an inbox says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The next one of its source, now marked as received by this transaction.
    New,
    /// Received before: acknowledge and do nothing.
    Seen,
    /// Messages before it are missing (or the number is below 1): do not acknowledge.
    Gap {
        /// The sequence number the inbox waits for.
        expected: i64,
    },
}

/// A message of an outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number in its topic: 1, 2, 3 … without gaps.
    pub sequence: i64,
    /// Its bytes.
    pub payload: Vec<u8>,
}

impl Transaction {
    /// Puts a message into the outbox, to be sent if and only if this transaction commits, and gives its sequence number.
    /// Numbers start at 1 and have no gap: a rolled back one is given again.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn publish(
        &mut self,
        topic: &'static str,
        payload: &[u8],
    ) -> Result<i64, StoreError> {
        let row = self
            .row(
                "INSERT INTO store_topic (topic, last, delivered) VALUES ($1, 1, 0) \
                 ON CONFLICT (topic) DO UPDATE SET last = store_topic.last + 1 RETURNING last",
                &[topic.into()],
            )
            .await?;
        let sequence = match row {
            Some(row) => row.integer("last")?,
            None => return Err(StoreError::Doomed),
        };
        self.execute(
            "INSERT INTO store_outbox (topic, sequence, payload) VALUES ($1, $2, $3)",
            &[topic.into(), sequence.into(), payload.into()],
        )
        .await?;
        Ok(sequence)
    }

    /// The next message of the topic gets the number after `last`, if that is more than it would be. The numbers between stay without a
    /// message: after a restore, somebody else has them.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn skip_to(&mut self, topic: &'static str, last: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO store_topic (topic, last, delivered) VALUES ($1, $2, 0) \
             ON CONFLICT (topic) DO UPDATE SET last = \
             CASE WHEN store_topic.last < excluded.last THEN excluded.last ELSE store_topic.last END",
            &[topic.into(), last.into()],
        )
        .await?;
        Ok(())
    }

    /// Marks message `sequence` of `source` as received, if it is the next one. What the message brings about belongs into
    /// the same transaction: then it happens once.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn receive(&mut self, source: &str, sequence: i64) -> Result<Delivery, StoreError> {
        let row = self
            .row(
                "SELECT last FROM store_inbox WHERE source=$1",
                &[source.into()],
            )
            .await?;
        let last = match row {
            Some(row) => row.integer("last")?,
            None => 0,
        };
        let expected = last + 1;
        if sequence < 1 || sequence > expected {
            return Ok(Delivery::Gap { expected });
        }
        if sequence <= last {
            return Ok(Delivery::Seen);
        }
        self.execute(
            "INSERT INTO store_inbox (source, last) VALUES ($1, $2) \
             ON CONFLICT (source) DO UPDATE SET last = excluded.last",
            &[source.into(), sequence.into()],
        )
        .await?;
        Ok(Delivery::New)
    }
}

impl Store {
    /// The first `limit` messages of a topic that are not delivered, in order.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn undelivered(&self, topic: &str, limit: usize) -> Result<Vec<Message>, StoreError> {
        let row = self
            .row(
                "SELECT delivered FROM store_topic WHERE topic=$1",
                &[topic.into()],
            )
            .await?;
        match row {
            Some(row) => {
                self.published(topic, row.integer("delivered")?, limit)
                    .await
            }
            None => Ok(Vec::new()),
        }
    }

    /// The first `limit` messages of a topic after number `after`, delivered or not: for a receiver that was restored from a
    /// backup and asks again.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn published(
        &self,
        topic: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .rows(
                "SELECT sequence, payload FROM store_outbox WHERE topic=$1 AND sequence>$2 \
                 ORDER BY sequence LIMIT $3",
                &[topic.into(), after.into(), limit.into()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    sequence: row.integer("sequence")?,
                    payload: row.bytes("payload")?,
                })
            })
            .collect()
    }

    /// Marks the messages of a topic up to and including `through` as delivered. A smaller number than before changes
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::NotPublished`] when the topic has no such message; those of [`Transaction::execute`].
    pub async fn delivered(&self, topic: &str, through: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let touched = transaction
            .execute(
                "UPDATE store_topic SET delivered = CASE WHEN delivered < $2 THEN $2 ELSE delivered END \
                 WHERE topic=$1 AND last >= $2",
                &[topic.into(), through.into()],
            )
            .await?;
        if touched == 0 {
            return Err(StoreError::NotPublished { sequence: through });
        }
        transaction.commit().await
    }

    /// Deletes the delivered messages of a topic up to and including `through`, when their retention has ended.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn forget(&self, topic: &str, through: i64) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let deleted = transaction
            .execute(
                "DELETE FROM store_outbox WHERE topic=$1 AND sequence<=$2 AND sequence<= \
                 (SELECT delivered FROM store_topic WHERE topic=$1)",
                &[topic.into(), through.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("sequence", &self.sequence)
            .field("bytes", &self.payload.len())
            .finish()
    }
}
