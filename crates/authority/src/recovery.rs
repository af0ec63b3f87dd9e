//! What a crash left open is closed before anything else is done.

use crate::{
    Authority, AuthorityError, log,
    log::LogEntry,
    revoke::{Ended, generation, insert, kind_from_text, serial},
    sql,
};
use shirushi_profile::RevocationReason;
use shirushi_store::Transaction;

impl Authority {
    /// Closes every open intent as issued and revoked: whether its signature was made is not known, so its serial must never be
    /// good. Answers how many there were.
    pub(crate) async fn close_open_intents(&self) -> Result<usize, AuthorityError> {
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let open = transaction
            .rows(sql::OPEN_INTENTS, &[])
            .await?
            .iter()
            .map(|row| {
                Ok(Ended {
                    serial: serial(row)?,
                    kind: kind_from_text(&row.text("kind")?)?,
                    generation: generation(row)?,
                    municipality: row.text("municipality")?,
                    not_after: row.integer("not_after")?,
                    reason: RevocationReason::CessationOfOperation,
                    at: now,
                })
            })
            .collect::<Result<Vec<_>, AuthorityError>>()?;
        self.close_intents(&mut transaction, &open)
            .await?;
        transaction.commit().await?;
        Ok(open.len())
    }

    /// Closes these intents, whose certificates are not stored and never will be.
    pub(crate) async fn close_intents(
        &self,
        transaction: &mut Transaction,
        open: &[Ended],
    ) -> Result<(), AuthorityError> {
        for intent in open {
            transaction
                .execute(
                    sql::CLOSE_INTENT,
                    &[intent.serial.to_string().into(), "closed".into()],
                )
                .await?;
        }
        insert(transaction, open).await?;
        let entries: Vec<LogEntry> = open
            .iter()
            .map(|intent| LogEntry::IntentClosed {
                serial: intent.serial,
                kind: intent.kind,
                at: intent.at,
            })
            .collect();
        log::append(transaction, self.random(), &entries).await
    }
}
