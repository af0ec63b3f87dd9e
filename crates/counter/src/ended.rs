//! What the counter remembers of all that has ended, as the third who does: the authority and the responder have each revocation before it
//! is acknowledged, and may both come back from a backup. Nothing here is told to anybody but an authority that starts.

use crate::{Counter, CounterError, sql};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};
use shirushi_store::Row;
use shirushi_wire::Revocation;

impl Counter {
    /// Remembers that these have ended; durable when this returns. What is known already stays, with the earlier of the two dates.
    ///
    /// # Errors
    /// [`CounterError::Store`].
    pub async fn remember_ended(&self, ended: &[Revocation]) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        for one in ended {
            transaction
                .execute(
                    sql::REMEMBER_ENDED,
                    &[
                        one.kind.to_string().into(),
                        one.serial.to_string().into(),
                        one.position.into(),
                        one.generation.into(),
                        one.municipality.to_string().into(),
                        one.revoked_at.unix().into(),
                        i64::from(one.reason.code()).into(),
                        one.not_after.unix().into(),
                    ],
                )
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Some thousand of a kind, in the order of their serial numbers as hexadecimal text, after `after`. None are left when it answers
    /// none.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn remembered_ended(
        &self,
        kind: CertificateKind,
        after: Option<&SerialNumber>,
    ) -> Result<Vec<Revocation>, CounterError> {
        let after = after.map_or(String::new(), ToString::to_string);
        self.store
            .rows(sql::ENDED_AFTER, &[kind.to_string().into(), after.into()])
            .await?
            .iter()
            .map(|row| ended(row, kind))
            .collect()
    }
}

fn ended(row: &Row, kind: CertificateKind) -> Result<Revocation, CounterError> {
    let damaged = || CounterError::Damaged { what: "revocation" };
    let instant = |seconds| Instant::from_unix(seconds).map_err(|_| damaged());
    Ok(Revocation {
        kind,
        serial: row
            .text("serial")?
            .parse()
            .map_err(|_| damaged())?,
        position: row.integer("position")?,
        generation: row.integer("generation")?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| damaged())?,
        revoked_at: instant(row.integer("revoked_at")?)?,
        reason: u8::try_from(row.integer("reason")?)
            .ok()
            .and_then(RevocationReason::from_code)
            .ok_or_else(damaged)?,
        not_after: instant(row.integer("not_after")?)?,
    })
}
