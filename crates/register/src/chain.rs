//! The chain of the register's events: each is its number, its content and the life of the log it stands in, and names the one before
//! it. So the authority can tell a register that came back from a backup from one that merely sends something twice.
//!
//! Events that were recorded before this was kept name no life and nothing before them; they are of the life
//! [`LogLife::default`], and so is what an older register records after its upgrade, until a restore begins another life.

use crate::{Register, RegisterError, register::TOPIC, sql};
use shirushi_store::{ReadOnly, Row, Transaction};
use shirushi_wire::{EventHash, EventName, LogLife, NewLife, RegisterEvent};

/// An event as it was written, to be signed and sent as these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub sequence: i64,
    /// The JSON.
    pub json: Vec<u8>,
}

impl Register {
    /// Where the register's log ends.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn newest(&self) -> Result<EventName, RegisterError> {
        let row = self.store.row(sql::CHAIN, &[]).await?;
        name(row.as_ref())
    }

    /// What stands under this number; none when nothing does.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn event_name(&self, sequence: i64) -> Result<Option<EventName>, RegisterError> {
        let row = self
            .store
            .row(sql::EVENT, &[sequence.into()])
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let json = row.bytes("payload")?;
        let event = parse(&json)?;
        Ok(Some(EventName {
            life: event.life,
            sequence,
            hash: EventHash::of(&json),
        }))
    }

    /// The first `limit` events after this number, in order, whether they were acknowledged or not: an authority that came back from a
    /// backup is told again.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn written_after(
        &self,
        sequence: i64,
        limit: usize,
    ) -> Result<Vec<Written>, RegisterError> {
        let messages = self
            .store
            .published(TOPIC, sequence, limit)
            .await?;
        Ok(messages
            .into_iter()
            .map(|message| Written {
                sequence: message.sequence,
                json: message.payload,
            })
            .collect())
    }

    /// Goes on in another life after a restore, above everything that either side has numbered, and hands the authority anew what it
    /// never took: the register's events after `continues`. `after` is the last event that the authority took.
    ///
    /// Answers the declaration, which the authority must have before the first event of the new life. Doing it again with the same
    /// arguments after a crash begins one more life, and does no harm.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn begin_life(
        &self,
        continues: EventName,
        after: EventName,
    ) -> Result<NewLife, RegisterError> {
        let mut transaction = self.store.begin().await?;
        let newest = read(&mut transaction).await?;
        let life = LogLife::random(self.random.as_ref());
        let declaration = NewLife {
            life,
            first: newest.sequence.max(after.sequence) + 1,
            continues,
            after,
            declared_at: self.clock.now(),
        };
        let not_taken = transaction
            .rows(sql::EVENTS_AFTER, &[continues.sequence.into()])
            .await?;
        transaction
            .execute(
                sql::SET_LIFE,
                &[
                    life.to_string().into(),
                    after.hash.as_bytes().as_slice().into(),
                ],
            )
            .await?;
        transaction
            .execute(sql::SET_SEQUENCE, &[(declaration.first - 1).into()])
            .await?;
        transaction
            .skip_to(TOPIC, declaration.first - 1)
            .await?;
        let written = serde_json::to_vec(&declaration)
            .map_err(|_| RegisterError::Unreadable { what: "life" })?;
        transaction
            .execute(
                sql::INSERT_LIFE,
                &[
                    life.to_string().into(),
                    declaration.first.into(),
                    written.into(),
                    declaration.declared_at.unix().into(),
                ],
            )
            .await?;
        for row in not_taken {
            let event = parse(&row.bytes("payload")?)?;
            crate::events::record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        Ok(declaration)
    }

    /// The declaration of the present life, if a restore began it; none when the register never came back from a backup. Lives may begin
    /// at the same number, where nothing was recorded in the one before.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn declaration(&self) -> Result<Option<NewLife>, RegisterError> {
        let row = self
            .store
            .row(sql::PRESENT_LIFE, &[])
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        serde_json::from_slice(&row.bytes("declaration")?)
            .map(Some)
            .map_err(|_| RegisterError::Unreadable { what: "life" })
    }

    /// The newest checkpoint of the authority's log that is kept here.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn authority_checkpoint(&self) -> Result<Option<String>, RegisterError> {
        let row = self
            .store
            .row(sql::NEWEST_CHECKPOINT, &[])
            .await?;
        Ok(row
            .map(|row| row.text("note"))
            .transpose()?)
    }

    /// Keeps a checkpoint of the authority's log, of this size, unless the newest one kept is larger or the same.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn keep_checkpoint(&self, size: i64, note: &str) -> Result<(), RegisterError> {
        let mut transaction = self.store.begin().await?;
        let kept = transaction
            .row(sql::NEWEST_CHECKPOINT, &[])
            .await?
            .map(|row| row.integer("size"))
            .transpose()?;
        if kept.is_some_and(|kept| kept >= size) {
            return Ok(());
        }
        keep(&mut transaction, size, note, self.clock.now().unix()).await?;
        Ok(transaction.commit().await?)
    }

    /// Keeps this checkpoint in place of the one kept, whatever their sizes: the authority has been shown that one, and fits it or its loss was
    /// accepted.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn replace_checkpoint(&self, size: i64, note: &str) -> Result<(), RegisterError> {
        let mut transaction = self.store.begin().await?;
        keep(&mut transaction, size, note, self.clock.now().unix()).await?;
        Ok(transaction.commit().await?)
    }

    /// At the first opening: a new register begins a life of its own, an older one goes on in the life of before.
    pub(crate) async fn begin_chain(&self) -> Result<(), RegisterError> {
        if self
            .store
            .row(sql::CHAIN, &[])
            .await?
            .is_some()
        {
            return Ok(());
        }
        let mut transaction = self.store.begin().await?;
        let newest = transaction
            .row(sql::NEWEST_EVENT, &[])
            .await?;
        let (life, head) = match newest {
            Some(row) => (LogLife::default(), EventHash::of(&row.bytes("payload")?)),
            None => (LogLife::random(self.random.as_ref()), EventHash::NONE),
        };
        transaction
            .execute(
                sql::BEGIN_CHAIN,
                &[life.to_string().into(), head.as_bytes().as_slice().into()],
            )
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// The checkpoint of the authority's log that is kept in a register's database which is only looked at.
///
/// # Errors
/// [`shirushi_store::StoreError`]; none is kept in a database from before they were.
pub async fn kept_checkpoint(
    database: &ReadOnly,
) -> Result<Option<String>, shirushi_store::StoreError> {
    let row = database
        .rows(sql::NEWEST_CHECKPOINT, &[])
        .await?
        .into_iter()
        .next();
    row.map(|row| row.text("note"))
        .transpose()
}

/// Where the log ends, as the transaction sees it.
pub(crate) async fn read(transaction: &mut Transaction) -> Result<EventName, RegisterError> {
    let row = transaction.row(sql::CHAIN, &[]).await?;
    name(row.as_ref())
}

pub(crate) async fn set_head(
    transaction: &mut Transaction,
    head: EventHash,
) -> Result<(), RegisterError> {
    transaction
        .execute(sql::SET_HEAD, &[head.as_bytes().as_slice().into()])
        .await?;
    Ok(())
}

async fn keep(
    transaction: &mut Transaction,
    size: i64,
    note: &str,
    now: i64,
) -> Result<(), RegisterError> {
    transaction
        .execute(sql::FORGET_CHECKPOINTS, &[])
        .await?;
    transaction
        .execute(
            sql::KEEP_CHECKPOINT,
            &[size.into(), note.into(), now.into()],
        )
        .await?;
    Ok(())
}

fn name(row: Option<&Row>) -> Result<EventName, RegisterError> {
    let unreadable = || RegisterError::Unreadable { what: "chain" };
    let row = row.ok_or_else(unreadable)?;
    Ok(EventName {
        life: row
            .text("life")?
            .parse()
            .map_err(|_| unreadable())?,
        sequence: row.integer("sequence")?,
        hash: EventHash::from_slice(&row.bytes("head")?).ok_or_else(unreadable)?,
    })
}

fn parse(json: &[u8]) -> Result<RegisterEvent, RegisterError> {
    serde_json::from_slice(json).map_err(|_| RegisterError::Unreadable { what: "event" })
}
