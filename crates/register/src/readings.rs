//! What operators read of one resident, and the record of it: who read about whom and what for is durable before anything is answered.
//! Officers' look-ups are recorded elsewhere: they are signed.

use crate::{Register, RegisterError, register::resident_in, sql};
use shirushi_clock::Instant;
use shirushi_rules::{Bilingual, Facts, Refusal, WELL_FORMED};
use shirushi_store::Row;
use shirushi_wire::{
    LONGEST_REASON, LookUpId, ReadingRecord, ResidentCode, ResidentRecord, require_readable,
};

/// Most readings that [`Register::readings`] gives.
pub const MOST_READINGS: usize = 500;

impl Register {
    /// The record of a resident for an operator, who says what for; none when nobody has this code. It is recorded first.
    ///
    /// # Errors
    /// [`RegisterError::Refused`] by [`WELL_FORMED`] without a reason that can be read, of which nothing is kept; [`RegisterError::Store`],
    /// [`RegisterError::Unreadable`].
    pub async fn read_for(
        &self,
        reader: &str,
        code: &ResidentCode,
        reason: &str,
    ) -> Result<Option<ResidentRecord>, RegisterError> {
        let reason = stated(reason)?;
        let mut transaction = self.store.begin().await?;
        let found = resident_in(&mut transaction, code).await?;
        transaction
            .execute(
                sql::INSERT_READING,
                &[
                    LookUpId::random(self.random.as_ref())
                        .to_string()
                        .into(),
                    reader.into(),
                    code.as_str().into(),
                    reason.into(),
                    i64::from(found.is_some()).into(),
                    self.clock.now().unix().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(found)
    }

    /// The newest readings, of one resident where one is named: at most [`MOST_READINGS`], newest first.
    ///
    /// # Errors
    /// [`RegisterError::Store`], [`RegisterError::Unreadable`].
    pub async fn readings(
        &self,
        resident: Option<&ResidentCode>,
    ) -> Result<Vec<ReadingRecord>, RegisterError> {
        let pattern = resident.map_or("%".to_owned(), ToString::to_string);
        let limit = i64::try_from(MOST_READINGS).unwrap_or(0);
        let rows = self
            .store
            .rows(sql::READINGS, &[pattern.into(), limit.into()])
            .await?;
        rows.iter().map(read).collect()
    }
}

/// The reason, if there is one: neither blank nor long, and with nothing unseen in it.
fn stated(reason: &str) -> Result<&str, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let fault = Bilingual::new(
            "何のために読むかを200字までで書いてください",
            "what the record is read for must be said, in at most 200 characters",
        );
        let facts = Facts::new()
            .and("where", "reason")
            .and("fault", fault);
        return Err(WELL_FORMED.refusal(facts));
    }
    require_readable(Bilingual::new("理由", "reason"), reason, false)?;
    Ok(reason)
}

fn read(row: &Row) -> Result<ReadingRecord, RegisterError> {
    let unreadable = || RegisterError::Unreadable { what: "reading" };
    Ok(ReadingRecord {
        reader: row.text("reader")?,
        resident: row
            .text("resident")?
            .parse()
            .map_err(|_| unreadable())?,
        reason: row.text("reason")?,
        found: row.integer("found")? != 0,
        at: Instant::from_unix(row.integer("read_at")?).map_err(|_| unreadable())?,
    })
}
