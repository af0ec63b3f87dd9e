//! What a crash left open is closed before anything else is done.

use crate::{
    Authority, AuthorityError, log,
    log::LogEntry,
    revoke::{kind_from_text, kind_text, reason_text, serial},
    sql,
};
use shirushi_profile::RevocationReason;
use shirushi_store::Value;

impl Authority {
    /// Closes every open intent as issued and revoked: whether its signature was made is not known, so its serial must never be
    /// good. Answers how many there were.
    pub(crate) async fn close_open_intents(&self) -> Result<usize, AuthorityError> {
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let open = transaction
            .rows(sql::OPEN_INTENTS, &[])
            .await?;
        let mut revocations = Vec::with_capacity(open.len());
        let mut entries = Vec::with_capacity(open.len());
        for row in &open {
            let serial = serial(row)?;
            let kind = kind_from_text(&row.text("kind")?)?;
            transaction
                .execute(
                    sql::CLOSE_INTENT,
                    &[serial.to_string().into(), "closed".into()],
                )
                .await?;
            revocations.push(vec![
                serial.to_string().into(),
                kind_text(kind).into(),
                row.text("municipality")?.into(),
                Value::Integer(now),
                reason_text(RevocationReason::CessationOfOperation).into(),
                Value::Integer(row.integer("not_after")?),
            ]);
            entries.push(LogEntry::IntentClosed {
                serial,
                kind,
                at: now,
            });
        }
        if !open.is_empty() {
            transaction
                .insert_many(sql::INSERT_REVOCATIONS, &revocations)
                .await?;
            log::append(&mut transaction, self.random(), &entries).await?;
        }
        transaction.commit().await?;
        Ok(open.len())
    }
}
