//! The way back from the agent, and what the agent asks on its own.

use super::{About, HeldForm, Shared, form::Filled, incidents::Incident, intake, refusal_of};
use crate::{Counter, CounterError, Officer};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shirushi_rules::{
    CARD_HOLDER, CARD_READ, CARD_REGISTERED, CARD_VALID, Facts, INDIVIDUAL_NUMBER_CARD, TICKET_GOOD,
};
use shirushi_web::{Json, Problem, Visit};
use shirushi_wire::{
    ApplicationId, CardKind, CardState, Deed, ErrandChannel, ForeignCommand, RelayAnswer,
    RelayRequest, ResidentCode, Why,
};

#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    code: String,
}

pub(super) async fn returned(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Query(code): Query<Code>,
) -> Result<Response, Response> {
    let agreed = desk
        .errands
        .collect(&visit, &code.code)
        .map_err(|refusal| Problem::from(refusal).into_response())?;
    match agreed.about {
        About::Application { id, .. } => {
            let next = match agreed.deed {
                Deed::Personalised { .. } => format!("/applications/{id}/result"),
                Deed::Declined => format!("/applications/{id}?ended=declined"),
                _ => format!("/applications/{id}?ended=failed"),
            };
            Ok(Redirect::to(&next).into_response())
        }
        About::Form { code, fields } => {
            let code = intake::read_code(&code).map_err(IntoResponse::into_response)?;
            let mut filled = Filled(fields);
            let report = match agreed.deed {
                Deed::Card {
                    number,
                    is_individual_number_card,
                } => {
                    filled.set("card", &number);
                    // Said at once: the officer need not send the form to hear it.
                    let why = desk.counter.why(&filled);
                    desk.counter
                        .judge_card(&officer, &code, (&number, is_individual_number_card), why)
                        .await
                        .err()
                        .map(refusal_of)
                        .transpose()
                        .map_err(IntoResponse::into_response)?
                }
                _ => Some(CARD_READ.refusal([]).report()),
            };
            // The code of this address is spent: the form stands under an address that can be loaded again.
            let ticket = desk.held.hold(
                &visit,
                HeldForm {
                    code: code.to_string(),
                    fields: filled.0,
                    report,
                },
            );
            Ok(Redirect::to(&format!("/applications/new/{code}?held={ticket}")).into_response())
        }
    }
}

/// One exchange between the authority and the card in the agent's reader, on behalf of the officer who gave the errand.
pub(super) async fn relay(
    State(desk): Shared,
    Path(channel): Path<String>,
    Json(request): Json<RelayRequest>,
) -> Result<Json<RelayAnswer>, Response> {
    let (id, session) = application(&desk, &channel).map_err(IntoResponse::into_response)?;
    // The officer who handed over must still be logged in: what they began ends with their log-out.
    let officer = desk
        .counter
        .officer(&session)
        .await
        .map_err(CounterError::into_response)?;
    match desk
        .counter
        .relay(&officer, &id, &request)
        .await
    {
        Ok(answer) => Ok(Json(answer)),
        Err(error) => {
            if let CounterError::ForeignCommand {
                position, header, ..
            } = &error
            {
                let incident = desk
                    .counter
                    .incident(id, *position, hex::encode(header));
                desk.counter
                    .record_incident(&incident)
                    .await
                    .map_err(CounterError::into_response)?;
            }
            Err(error.into_response())
        }
    }
}

/// What the agent reports: it was to send the card a command that is none of the issuer's.
pub(super) async fn foreign_command(
    State(desk): Shared,
    Path(channel): Path<String>,
    Json(report): Json<ForeignCommand>,
) -> Result<StatusCode, Response> {
    let (id, _) = application(&desk, &channel).map_err(IntoResponse::into_response)?;
    let header: String = report
        .header
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(8)
        .collect();
    tracing::error!(application = %id, %header, "the agent refused a command that is not of the issuer's channel");
    let incident = desk
        .counter
        .incident(id, report.position, header);
    desk.counter
        .record_incident(&incident)
        .await
        .map_err(CounterError::into_response)?;
    Ok(StatusCode::NO_CONTENT)
}

fn application(desk: &super::Desk, channel: &str) -> Result<(ApplicationId, String), Problem> {
    let channel: ErrandChannel = channel
        .parse()
        .map_err(|_| TICKET_GOOD.refusal([]))?;
    match desk.errands.under(&channel) {
        Some((About::Application { id, session }, _)) => Ok((id, session)),
        _ => Err(TICKET_GOOD.refusal([]).into()),
    }
}

impl Counter {
    /// Judges a card that lies in the reader, as it would be judged when the application is sent.
    async fn judge_card(
        &self,
        officer: &Officer,
        holder: &ResidentCode,
        (number, is_individual_number_card): (&str, bool),
        why: Why,
    ) -> Result<(), CounterError> {
        let fact = || ("card", number.to_owned());
        INDIVIDUAL_NUMBER_CARD.require(is_individual_number_card, [fact()])?;
        let Some(card) = self
            .card_record(officer, number, why)
            .await?
        else {
            return Err(CARD_REGISTERED.refusal([fact()]).into());
        };
        INDIVIDUAL_NUMBER_CARD.require(card.kind == CardKind::IndividualNumberCard, [fact()])?;
        CARD_HOLDER.require(card.holder == *holder, [fact()])?;
        let is_valid = card.state == CardState::Valid && self.now().date_jst() <= card.valid_until;
        CARD_VALID.require(
            is_valid,
            Facts::from([fact()]).and("state", card.state_told()),
        )?;
        Ok(())
    }

    fn incident(&self, application: ApplicationId, position: usize, header: String) -> Incident {
        Incident {
            application,
            position: i64::try_from(position).unwrap_or(i64::MAX),
            header,
            reported_at: self.now(),
        }
    }
}
