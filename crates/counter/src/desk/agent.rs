//! The way back from the agent, and what the agent asks on its own.

use super::{About, Shared, answer, form::Filled, incidents::Incident, intake};
use crate::{CounterError, Officer};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shirushi_rules::{CARD_REGISTERED, INDIVIDUAL_NUMBER_CARD, TICKET_GOOD};
use shirushi_web::{Json, Problem, Visit};
use shirushi_wire::{
    ApplicationId, Deed, ErrandChannel, ForeignCommand, RelayAnswer, RelayRequest,
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
            let filled = Filled(fields);
            let (filled, report) = match agreed.deed {
                Deed::Card {
                    number,
                    is_individual_number_card,
                } => {
                    let fact = || [("card", number.clone())];
                    // Said at once: the officer need not send the form to hear it.
                    let known = desk
                        .counter
                        .card_record(&number)
                        .await
                        .map_err(answer)?;
                    let report = INDIVIDUAL_NUMBER_CARD
                        .require(is_individual_number_card, fact())
                        .and_then(|()| CARD_REGISTERED.require(known.is_some(), fact()))
                        .err()
                        .map(|refusal| refusal.report());
                    (filled.with_card(&number), report)
                }
                _ => (filled, None),
            };
            intake::show(&desk, &visit, &officer, &code, filled, report)
                .await
                .map(IntoResponse::into_response)
        }
    }
}

/// One exchange between the authority and the card in the agent's reader, on behalf of the officer who gave the errand.
pub(super) async fn relay(
    State(desk): Shared,
    Path(channel): Path<String>,
    Json(request): Json<RelayRequest>,
) -> Result<Json<RelayAnswer>, Response> {
    let (id, officer) = application(&desk, &channel).map_err(IntoResponse::into_response)?;
    desk.counter
        .relay(&officer, &id, &request)
        .await
        .map(Json)
        .map_err(CounterError::into_response)
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
    desk.counter
        .record_incident(&Incident {
            application: id,
            position: i64::try_from(report.position).unwrap_or(i64::MAX),
            header,
            reported_at: desk.counter.now(),
        })
        .await
        .map_err(CounterError::into_response)?;
    Ok(StatusCode::NO_CONTENT)
}

fn application(desk: &super::Desk, channel: &str) -> Result<(ApplicationId, Officer), Problem> {
    let channel: ErrandChannel = channel
        .parse()
        .map_err(|_| TICKET_GOOD.refusal([]))?;
    match desk.errands.under(&channel) {
        Some((About::Application { id, officer }, _)) => Ok((id, officer)),
        _ => Err(TICKET_GOOD.refusal([]).into()),
    }
}
