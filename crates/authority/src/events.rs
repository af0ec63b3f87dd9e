//! Register events: what changed in the register ends certificates at once (Law 12, 31).

use crate::{
    Authority, AuthorityError,
    residents::note_event,
    revoke::{end_live, record},
    sql,
};
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use shirushi_profile::RevocationReason;
use shirushi_store::Value;
use shirushi_wire::{EventKind, RegisterEvent, Signed};

impl Authority {
    /// Takes one event of the register whose key is `register_key` (ECDSA on P-256). An event seen before changes nothing.
    ///
    /// # Errors
    /// [`AuthorityError::EventGap`] when events before it are missing; [`AuthorityError::EventNotSigned`] when the register did not sign it.
    pub async fn register_event(
        &self,
        signed: &Signed<RegisterEvent>,
        register_key: &PublicKey,
    ) -> Result<(), AuthorityError> {
        let event = signed
            .verified(register_key, SignatureAlgorithm::EcdsaP256Sha256)
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let position = match transaction
            .row(sql::REGISTER_POSITION, &[])
            .await?
        {
            Some(row) => row.integer("sequence")?,
            None => 0,
        };
        if event.sequence <= position {
            drop(transaction);
            return self.hand_over().await;
        }
        if event.sequence != position + 1 {
            return Err(AuthorityError::EventGap {
                sequence: event.sequence,
                expected: position + 1,
            });
        }
        transaction
            .execute(
                sql::SET_REGISTER_POSITION,
                &[Value::Integer(event.sequence)],
            )
            .await?;
        note_event(&mut transaction, &event).await?;
        let mut ended = Vec::new();
        for kind in &event.ends {
            ended.extend(
                end_live(
                    &mut transaction,
                    &event.resident,
                    *kind,
                    event.sequence,
                    reason(event.kind),
                    now,
                )
                .await?,
            );
        }
        record(self, &mut transaction, &ended).await?;
        transaction.commit().await?;
        self.hand_over().await
    }
}

/// The CRLReason that each reason of change is told as. The real mapping is not public (facts/profile-and-rules.md A.6).
fn reason(kind: EventKind) -> RevocationReason {
    match kind {
        EventKind::Death | EventKind::DeletionByOffice | EventKind::CardInvalidated => {
            RevocationReason::CessationOfOperation
        }
        _ => RevocationReason::AffiliationChanged,
    }
}
