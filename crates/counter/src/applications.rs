//! Taking an application: checked against the register, recorded, and only then sent.

use crate::{
    ApplicationRequest, Counter, CounterError, Officer, State, forms::require_kinds,
    queue::Recorded, sql,
};
use serde::Serialize;
use shirushi_profile::CertificateKind;
use shirushi_rules::{Bilingual, NOT_REPEATED};
use shirushi_wire::{
    Application, ApplicationId, AttestedApplication, RelayToken, Why, require_readable,
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
        require_readable(Bilingual::new("氏名", "name"), &request.form.name, false)?;
        require_readable(
            Bilingual::new("住所", "address"),
            &request.form.address,
            false,
        )?;
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
        let (message, application) = self.judge(officer, request, id).await?;
        let signed = self.sign(officer, &message).await?;
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
            let delivered = self.deliver(&recorded).await;
            self.heed(officer, delivered).await?;
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
            let delivered = self.deliver(recorded).await;
            self.heed(officer, delivered).await?;
            return Ok(());
        }
        // Were the first one not received, the authority would take this one in its place.
        NOT_REPEATED.require(recorded.token.is_some(), [("application", id.to_string())])?;
        let (message, _) = self.judge(officer, request, id).await?;
        let signed = self.sign(officer, &message).await?;
        let handed_in = self.peers.hand_in(&signed).await;
        self.heed(officer, handed_in).await?;
        Ok(())
    }

    /// Judges the request against the register: who and which card, what it states, and what the form says. Gives what is to be signed, and how
    /// it reads.
    async fn judge(
        &self,
        officer: &Officer,
        request: &ApplicationRequest,
        id: ApplicationId,
    ) -> Result<(AttestedApplication, Application), CounterError> {
        let now = self.now();
        let why = || Why::Application { id };
        let (applicant, _) = self
            .resident_statement(officer, &request.resident_code, why())
            .await?;
        let (card, _) = self
            .card_statement(officer, &request.card_number, why())
            .await?;
        let message = AttestedApplication {
            id,
            municipality: officer.municipality,
            officer: officer.name.clone(),
            taken_at: now,
            purpose: request.purpose,
            kinds: request.kinds.clone(),
            card,
            applicant,
            presence: request.presence,
            documents: request.documents.clone(),
            fee: request.fee,
        };
        let application = message.as_it_reads()?;
        application.require_statements(now.date_jst())?;
        request
            .form
            .require_match(&application.applicant)?;
        Ok((message, application))
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
