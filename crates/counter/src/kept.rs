//! What the counter keeps of the authority's word: the newest checkpoint of its log, which came with an acknowledgement, and what revocation
//! requests were answered with. A restored authority is shown both.

use crate::{Counter, CounterError, sql};
use shirushi_clock::{Clock, Instant};
use shirushi_ledger::VerifierKey;
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};
use shirushi_store::{ReadOnly, Store};
use shirushi_wire::{RevocationRequest, Signed};
use std::sync::{Arc, OnceLock};

/// Where it is kept, and whose word counts.
#[derive(Debug)]
pub(crate) struct Kept {
    store: Store,
    clock: Arc<dyn Clock>,
    log_key: OnceLock<VerifierKey>,
}

impl Kept {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            log_key: OnceLock::new(),
        }
    }

    /// Keeps a checkpoint, if the log's key has signed it and it is of a larger tree than the one kept.
    pub(crate) async fn keep(&self, note: &str) -> Result<(), CounterError> {
        let Some(key) = self.log_key.get() else {
            return Ok(());
        };
        let Ok((checkpoint, _)) = key.open(note) else {
            tracing::warn!("a checkpoint that the authority's log has not signed is not kept");
            return Ok(());
        };
        let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::KEEP_CHECKPOINT,
                &[size.into(), note.into(), self.clock.now().unix().into()],
            )
            .await?;
        Ok(transaction.commit().await?)
    }
}

impl Counter {
    /// The key by which the counter knows the authority's log. Nothing is kept before it is told.
    pub fn know_log(&self, key: VerifierKey) {
        // The first stays.
        let _ = self.kept().log_key.set(key);
    }

    /// The newest checkpoint of the authority's log that is kept here.
    ///
    /// # Errors
    /// [`CounterError::Store`].
    pub async fn authority_checkpoint(&self) -> Result<Option<String>, CounterError> {
        let row = self
            .store
            .row(sql::CHECKPOINT, &[])
            .await?;
        Ok(row
            .map(|row| row.text("note"))
            .transpose()?)
    }

    /// Keeps this checkpoint in place of the one kept, whatever their sizes: the authority has been shown that one, and fits it or its loss
    /// was accepted.
    ///
    /// # Errors
    /// [`CounterError::Store`].
    pub async fn replace_checkpoint(&self, note: &str) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::FORGET_CHECKPOINT, &[])
            .await?;
        transaction.commit().await?;
        self.kept().keep(note).await
    }

    /// What revocation requests of this counter were answered with: the certificates that ended.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn answered_revocations(
        &self,
    ) -> Result<Vec<(CertificateKind, SerialNumber, RevocationReason, Instant)>, CounterError> {
        let damaged = || CounterError::Damaged {
            what: "revocation request",
        };
        let mut answered = Vec::new();
        for row in self
            .store
            .rows(sql::ANSWERED_REVOCATIONS, &[])
            .await?
        {
            let signed: Signed<RevocationRequest> =
                serde_json::from_slice(&row.bytes("signed")?).map_err(|_| damaged())?;
            let request = signed
                .unverified()
                .map_err(|_| damaged())?;
            let serials: Vec<SerialNumber> =
                serde_json::from_str(&row.text("serials")?).map_err(|_| damaged())?;
            // The authority answers in the order of the kinds. Where one had no live certificate, whose the serial is is not said: both are
            // asked for, and the authority knows which it issued.
            for serial in serials {
                for kind in &request.kinds {
                    answered.push((*kind, serial, request.reason, request.taken_at));
                }
            }
        }
        Ok(answered)
    }
}

/// The checkpoint of the authority's log that is kept in a counter's database which is only looked at.
///
/// # Errors
/// [`shirushi_store::StoreError`].
pub async fn kept_checkpoint(
    database: &ReadOnly,
) -> Result<Option<String>, shirushi_store::StoreError> {
    let row = database
        .rows(sql::CHECKPOINT, &[])
        .await?
        .into_iter()
        .next();
    row.map(|row| row.text("note"))
        .transpose()
}
