//! A clock that went back. What the log has told with a later time cannot be undone; so nothing is issued from an earlier one until the clock
//! is right again, or the operator says that it is.

use crate::{Authority, AuthorityError, log, log::LogEntry, sql};
use shirushi_clock::Instant;
use shirushi_rules::{CLOCK_RIGHT, Fact, Facts};
use shirushi_store::{Row, Transaction};

/// How far the clock may stand behind the log's newest entry, in seconds: two machines, and a clock that is being set.
const TOLERANCE: i64 = 120;

impl Authority {
    /// The log's newest time, if the clock has gone back behind it.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn clock_is_behind(&self) -> Result<Option<Instant>, AuthorityError> {
        let row = self
            .store()
            .row(sql::LOG_TIME, &[])
            .await?;
        behind(row.as_ref(), self.now())
    }

    /// The operator says that the clock is right as it is now. The log notes it.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn accept_clock(&self) -> Result<(), AuthorityError> {
        let now = self.now();
        let mut transaction = self.store().begin().await?;
        let row = transaction
            .row(sql::LOG_TIME, &[])
            .await?;
        let Some(newest) = behind(row.as_ref(), now)? else {
            return Ok(());
        };
        let entry = LogEntry::ClockAccepted {
            newest: newest.unix(),
            at: now.unix(),
        };
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction
            .execute(sql::SET_LOG_TIME, &[now.unix().into()])
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// That nothing has been logged with a time that is still to come.
pub(crate) async fn require_right(
    transaction: &mut Transaction,
    now: Instant,
) -> Result<(), AuthorityError> {
    let row = transaction
        .row(sql::LOG_TIME, &[])
        .await?;
    let newest = behind(row.as_ref(), now)?;
    CLOCK_RIGHT.require(
        newest.is_none(),
        Facts::new()
            .and("now", Fact::date(now))
            .and(
                "newest",
                newest
                    .map(|newest| newest.to_string())
                    .unwrap_or_default(),
            ),
    )?;
    Ok(())
}

fn behind(row: Option<&Row>, now: Instant) -> Result<Option<Instant>, AuthorityError> {
    let Some(row) = row else {
        return Ok(None);
    };
    let newest = crate::status::instant(row.integer("newest")?)?;
    Ok((now.plus_seconds(TOLERANCE) < newest).then_some(newest))
}
