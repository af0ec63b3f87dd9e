//! A holder's request that certificates end (失効申請), recorded and then sent like an application.

use crate::{Counter, CounterError, Officer, RevocationForm, forms::require_kinds, sql};
use serde::Serialize;
use shirushi_profile::SerialNumber;
use shirushi_rules::{NOT_REPEATED, REGISTERED_HERE};
use shirushi_store::Row;
use shirushi_wire::{ApplicationId, RevocationRequest, Why};

/// What was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revoked {
    /// The serial numbers (発行の番号); none when the holder had no live certificate of the kinds named.
    pub serials: Vec<SerialNumber>,
}

impl Counter {
    /// Takes a revocation request and hands it to the authority. The same request under the same id is one request.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `WELL_FORMED`, `RESIDENT_KNOWN` or `REGISTERED_HERE`, and by `NOT_REPEATED` like
    /// [`Counter::apply`]; [`CounterError::Passed`]; [`CounterError::Peer`]: the request is then recorded if the register's
    /// part was done, and goes on under its id.
    pub async fn revoke(
        &self,
        officer: &Officer,
        form: &RevocationForm,
    ) -> Result<Revoked, CounterError> {
        require_kinds(&form.kinds)?;
        let id = form
            .id
            .unwrap_or_else(|| ApplicationId::random(self.random.as_ref()));
        if let Some(row) = self.revocation_row(&id).await? {
            return self
                .repeat_revocation(officer, form, &id, &row)
                .await;
        }
        let signed = self
            .judge_revocation(officer, form, id)
            .await?;
        let mut transaction = self.store.begin().await?;
        let recorded = [
            id.to_string().into(),
            officer.municipality.as_str().into(),
            officer.name.as_str().into(),
            form.digest().into(),
            signed.as_slice().into(),
            self.now().unix().into(),
        ];
        let inserted = transaction
            .execute(sql::INSERT_REVOCATION, &recorded)
            .await?;
        transaction.commit().await?;
        if inserted == 1 {
            return self
                .deliver_revocation(officer, &id, &signed)
                .await;
        }
        match self.revocation_row(&id).await? {
            Some(row) => {
                self.repeat_revocation(officer, form, &id, &row)
                    .await
            }
            None => Err(CounterError::Damaged {
                what: "revocation request",
            }),
        }
    }

    async fn repeat_revocation(
        &self,
        officer: &Officer,
        form: &RevocationForm,
        id: &ApplicationId,
        row: &Row,
    ) -> Result<Revoked, CounterError> {
        let answered = row.optional_text("serials")?;
        let same = row.text("municipality")? == officer.municipality.as_str()
            && row.bytes("request_digest")? == form.digest();
        match answered {
            Some(serials) if same => Ok(Revoked {
                serials: serde_json::from_str(&serials)
                    .map_err(|_| CounterError::Damaged { what: "serials" })?,
            }),
            None if same => {
                self.deliver_revocation(officer, id, &row.bytes("signed")?)
                    .await
            }
            answered => {
                NOT_REPEATED.require(answered.is_some(), [("application", id.to_string())])?;
                let signed = self
                    .judge_revocation(officer, form, *id)
                    .await?;
                let answer = self.peers.revoke(&signed).await;
                let serials = self.heed(officer, answer).await?;
                Ok(Revoked { serials })
            }
        }
    }

    async fn deliver_revocation(
        &self,
        officer: &Officer,
        id: &ApplicationId,
        signed: &[u8],
    ) -> Result<Revoked, CounterError> {
        let answer = self.peers.revoke(signed).await;
        let serials = self.heed(officer, answer).await?;
        let text = serde_json::to_string(&serials)
            .map_err(|_| CounterError::Damaged { what: "serials" })?;
        let mut transaction = self.store.begin().await?;
        let answered = [id.to_string().into(), text.into(), self.now().unix().into()];
        transaction
            .execute(sql::REVOCATION_ANSWERED, &answered)
            .await?;
        transaction.commit().await?;
        tracing::info!(request = %id, revoked = serials.len(), "a revocation request was answered");
        Ok(Revoked { serials })
    }

    /// The request under the officer's signature, if the holder is of the officer's municipality.
    async fn judge_revocation(
        &self,
        officer: &Officer,
        form: &RevocationForm,
        id: ApplicationId,
    ) -> Result<Vec<u8>, CounterError> {
        let resident = self
            .resident(officer, &form.resident_code, Why::Revocation { id })
            .await?;
        REGISTERED_HERE.require(
            resident.municipality == officer.municipality,
            resident.stranger_to(&officer.municipality),
        )?;
        let request = RevocationRequest {
            id,
            municipality: officer.municipality,
            officer: officer.name.clone(),
            resident: form.resident_code.clone(),
            kinds: form.kinds.clone(),
            reason: form.reason,
            taken_at: self.now(),
        };
        request.require_reason()?;
        self.sign(officer, &request).await
    }

    async fn revocation_row(&self, id: &ApplicationId) -> Result<Option<Row>, CounterError> {
        Ok(self
            .store
            .row(sql::REVOCATION, &[id.to_string().into()])
            .await?)
    }
}
