//! Taking an application: checked against the register, recorded, and only then sent.

use crate::{
    ApplicationRequest, Counter, CounterError, Officer, State, forms::require_kinds,
    queue::Recorded, sql,
};
use serde::Serialize;
use shirushi_profile::CertificateKind;
use shirushi_rules::{CARD_REGISTERED, NOT_REPEATED, RESIDENT_KNOWN};
use shirushi_wire::{
    Application, ApplicationId, CardNumber, CardRecord, RelayToken, ResidentCode, ResidentRecord,
};

/// What is answered to an application that the authority has received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Its id, under which its card is personalised.
    pub application: ApplicationId,
    /// The certificates applied for.
    pub kinds: Vec<CertificateKind>,
}

impl Counter {
    /// The record of a resident.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `RESIDENT_KNOWN`; [`CounterError::Peer`].
    pub async fn resident(&self, code: &ResidentCode) -> Result<ResidentRecord, CounterError> {
        let record = self.peers.resident(code).await?;
        RESIDENT_KNOWN.require(record.is_some(), [("resident", code.to_string())])?;
        record.ok_or(CounterError::Absent {
            what: "resident record",
        })
    }

    /// Takes an application and hands it to the authority.
    ///
    /// The same request under the same id is one application, however often it comes: what was signed the first time is sent
    /// again until the authority has received it. Another request under an id that is used leaves what is recorded as it is; the authority
    /// judges it (`NOT_REPEATED`), or the counter where the authority may not have the first one.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by the first rule broken: `WELL_FORMED`, `RESIDENT_KNOWN`, `CARD_REGISTERED`, those of
    /// [`Application::require_statements`], `FORM_MATCHES_REGISTER`; [`CounterError::Passed`] when the authority refuses;
    /// [`CounterError::Peer`] when a party does not answer: the application is then recorded if the register's part was done, and
    /// goes on under its id.
    pub async fn apply(
        &self,
        officer: &Officer,
        request: &ApplicationRequest,
    ) -> Result<Taken, CounterError> {
        require_kinds(&request.kinds)?;
        let id = request
            .id
            .unwrap_or_else(|| ApplicationId::random(self.random.as_ref()));
        let taken = Taken {
            application: id,
            kinds: request.kinds.clone(),
        };
        if let Some(recorded) = self.recorded(&id).await? {
            self.repeat(officer, request, &recorded)
                .await?;
            return Ok(taken);
        }
        let application = self.judge(officer, request, id).await?;
        let signed = self.sign(officer, &application).await?;
        if self
            .record(request, &application, &signed)
            .await?
        {
            tracing::info!(application = %id, "an application was recorded");
        }
        // Another request may have come first under this id.
        let recorded = self
            .recorded(&id)
            .await?
            .ok_or(CounterError::Damaged {
                what: "application",
            })?;
        if recorded.signed == signed {
            self.deliver(&recorded).await?;
        } else {
            self.repeat(officer, request, &recorded)
                .await?;
        }
        Ok(taken)
    }

    /// Has the authority receive what was recorded, unless it is known to have.
    pub(crate) async fn deliver(&self, recorded: &Recorded) -> Result<RelayToken, CounterError> {
        if let Some(token) = recorded.token {
            return Ok(token);
        }
        let answer = self
            .peers
            .hand_in(&recorded.signed)
            .await;
        let id = recorded.entry.id.to_string();
        let mut transaction = self.store.begin().await?;
        match &answer {
            Ok(token) => {
                let received = [
                    id.into(),
                    State::Received.word().into(),
                    String::from(*token).into(),
                    self.now().unix().into(),
                ];
                transaction
                    .execute(sql::APPLICATION_RECEIVED, &received)
                    .await?;
            }
            Err(CounterError::Passed(refusal)) => {
                let refused = [
                    id.into(),
                    State::Refused.word().into(),
                    refusal.rule().into(),
                ];
                transaction
                    .execute(sql::APPLICATION_REFUSED, &refused)
                    .await?;
            }
            Err(_) => return answer,
        }
        transaction.commit().await?;
        answer
    }

    async fn repeat(
        &self,
        officer: &Officer,
        request: &ApplicationRequest,
        recorded: &Recorded,
    ) -> Result<(), CounterError> {
        let id = recorded.entry.id;
        if recorded.is_of(&officer.municipality) && recorded.request_digest == request.digest() {
            self.deliver(recorded).await?;
            return Ok(());
        }
        // Were the first one not received, the authority would take this one in its place.
        NOT_REPEATED.require(recorded.token.is_some(), [("application", id.to_string())])?;
        let application = self.judge(officer, request, id).await?;
        let signed = self.sign(officer, &application).await?;
        self.peers.hand_in(&signed).await?;
        Ok(())
    }

    /// Judges the request against the register: who and which card, what it states, and what the form says.
    async fn judge(
        &self,
        officer: &Officer,
        request: &ApplicationRequest,
        id: ApplicationId,
    ) -> Result<Application, CounterError> {
        let now = self.now();
        let applicant = self
            .resident(&request.resident_code)
            .await?;
        let application = Application {
            id,
            municipality: officer.municipality,
            officer: officer.name.clone(),
            taken_at: now,
            purpose: request.purpose,
            kinds: request.kinds.clone(),
            card: self.card(&request.card_number).await?,
            applicant,
            presence: request.presence,
            documents: request.documents.clone(),
            fee: request.fee,
        };
        application.require_statements(now.date_jst())?;
        request
            .form
            .require_match(&application.applicant)?;
        Ok(application)
    }

    async fn card(&self, number: &CardNumber) -> Result<CardRecord, CounterError> {
        let record = self.peers.card(number).await?;
        CARD_REGISTERED.require(record.is_some(), [("card", number.to_string())])?;
        record.ok_or(CounterError::Absent {
            what: "card record",
        })
    }

    /// Whether it was recorded: not when its id is used.
    async fn record(
        &self,
        request: &ApplicationRequest,
        application: &Application,
        signed: &[u8],
    ) -> Result<bool, CounterError> {
        let mut transaction = self.store.begin().await?;
        let inserted = transaction
            .execute(
                sql::INSERT_APPLICATION,
                &[
                    application.id.to_string().into(),
                    application.municipality.as_str().into(),
                    application.officer.as_str().into(),
                    application
                        .applicant
                        .name
                        .as_str()
                        .into(),
                    request.digest().into(),
                    signed.into(),
                    State::Recorded.word().into(),
                    application.taken_at.unix().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(inserted == 1)
    }
}
