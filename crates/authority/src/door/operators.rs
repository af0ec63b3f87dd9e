//! The authority to its operators: the officers of all counters.

use super::problem;
use crate::Authority;
use axum::{Router, extract::State};
use shirushi_contract::authority::{KNOWN_OFFICERS, OFFICER_CODE, RETIREMENT};
use shirushi_web::{Json, Problem, Serve as _};
use shirushi_wire::{CodeOrder, EnrolmentCode, KnownOfficer, Retired, Retirement};

/// For operators alone.
pub(super) fn routes(authority: Authority) -> Router {
    Router::new()
        .serve(&OFFICER_CODE, code)
        .serve(&KNOWN_OFFICERS, officers)
        .serve(&RETIREMENT, retire)
        .with_state(authority)
}

async fn code(
    State(authority): State<Authority>,
    Json(order): Json<CodeOrder>,
) -> Result<Json<EnrolmentCode>, Problem> {
    let code = authority
        .enrolment_code(&order.municipality)
        .await
        .map_err(|error| problem(&error))?;
    let code = code.expose().to_owned();
    Ok(Json(EnrolmentCode { code }))
}

async fn officers(State(authority): State<Authority>) -> Result<Json<Vec<KnownOfficer>>, Problem> {
    authority
        .known_officers()
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn retire(
    State(authority): State<Authority>,
    Json(Retirement { officer }): Json<Retirement>,
) -> Result<Json<Retired>, Problem> {
    authority
        .retire_officer(&officer)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(Retired { retired: officer }))
}
