//! Between the authority and the card on the desk: bytes are carried, and only those that belong there.

use crate::{Counter, CounterError, Officer, PeerError, State, peers::Peer, sql};
use shirushi_apdu::Command;
use shirushi_personalisation::commands::belongs_to_channel;
use shirushi_rules::{Bilingual, Facts, Refusal, WELL_FORMED};
use shirushi_wire::{ApplicationId, IssuedCertificate, RelayAnswer, RelayRequest};

impl Counter {
    /// Carries one exchange of an application's personalisation. An application that the authority is not known to have is handed
    /// in first.
    ///
    /// # Errors
    /// [`CounterError::NotFound`] for an application of another municipality; [`CounterError::Refused`] by `WELL_FORMED` for
    /// responses that are not hexadecimal; [`CounterError::Passed`] when the authority refuses;
    /// [`CounterError::ForeignCommand`] when it wants something of the card that is none of its business; [`CounterError::Peer`].
    pub async fn relay(
        &self,
        officer: &Officer,
        id: &ApplicationId,
        request: &RelayRequest,
    ) -> Result<RelayAnswer, CounterError> {
        require_responses(request)?;
        let recorded = self.recorded_for(officer, id).await?;
        let token = self.deliver(&recorded).await?;
        let answer = self
            .peers
            .relay(&token, request)
            .await?;
        match &answer {
            RelayAnswer::Transmit { commands } => require_channel(id, commands)?,
            RelayAnswer::SetPins { .. } => {}
            RelayAnswer::Done {
                application,
                certificates,
            } if application == id => {
                self.complete(id, certificates).await?;
            }
            RelayAnswer::Done { .. } => {
                return Err(PeerError::Malformed {
                    peer: Peer::Authority,
                }
                .into());
            }
        }
        Ok(answer)
    }

    /// What was issued for an application; nothing when it is not completed, or was before this was kept.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn issued(&self, id: &ApplicationId) -> Result<Vec<IssuedCertificate>, CounterError> {
        let text = self
            .store
            .row(sql::ISSUED, &[id.to_string().into()])
            .await?
            .map(|row| row.optional_text("issued"))
            .transpose()?
            .flatten();
        text.map_or(Ok(Vec::new()), |text| {
            serde_json::from_str(&text).map_err(|_| CounterError::Damaged {
                what: "issued certificates",
            })
        })
    }

    async fn complete(
        &self,
        id: &ApplicationId,
        certificates: &[IssuedCertificate],
    ) -> Result<(), CounterError> {
        let issued = serde_json::to_string(certificates).map_err(|_| CounterError::Damaged {
            what: "issued certificates",
        })?;
        let mut transaction = self.store.begin().await?;
        let completed = [
            id.to_string().into(),
            State::Issued.word().into(),
            self.now().unix().into(),
            issued.into(),
        ];
        transaction
            .execute(sql::APPLICATION_COMPLETED, &completed)
            .await?;
        transaction.commit().await?;
        tracing::info!(application = %id, "certificates are in the card");
        Ok(())
    }
}

/// The authority's commands, judged one by one: the whole batch is kept from the card if one is foreign.
fn require_channel(application: &ApplicationId, commands: &[String]) -> Result<(), CounterError> {
    for (position, command) in commands.iter().enumerate() {
        let bytes = hex::decode(command).unwrap_or_default();
        let belongs = Command::parse(&bytes).is_ok_and(|command| belongs_to_channel(&command));
        if !belongs {
            return Err(CounterError::ForeignCommand {
                application: *application,
                position,
                header: bytes.into_iter().take(4).collect(),
            });
        }
    }
    Ok(())
}

fn require_responses(request: &RelayRequest) -> Result<(), Refusal> {
    let responses = request.responses.iter().flatten();
    for (position, response) in responses.enumerate() {
        let is_response = hex::decode(response).is_ok_and(|bytes| bytes.len() >= 2);
        WELL_FORMED.require(
            is_response,
            Facts::new()
                .and("where", format!("responses[{position}]"))
                .and(
                    "fault",
                    Bilingual::new(
                        "16進数の応答APDUではありません",
                        "not a response APDU in hexadecimal",
                    ),
                ),
        )?;
    }
    Ok(())
}
