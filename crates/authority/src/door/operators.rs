//! The authority to its operators: the officers of all counters.

use super::problem;
use crate::Authority;
use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use shirushi_profile::MunicipalityCode;
use shirushi_web::{Json, Problem, with_body_limit};
use shirushi_wire::{KnownOfficer, OfficerId};

/// Largest order, in bytes.
const LARGEST_ORDER: usize = 4 * 1024;

/// * `POST /authority/officer-codes` `{"municipality"}` → `{"code"}`, good once for an enrolment there;
/// * `GET /authority/known-officers` → all, serving and retired;
/// * `POST /authority/retirements` `{"officer"}` → `{"retired"}`: the authority and the register refuse them from now on.
pub(super) fn routes(authority: Authority) -> Router {
    let order = |route| with_body_limit(route, LARGEST_ORDER);
    Router::new()
        .route("/authority/officer-codes", order(post(code)))
        .route("/authority/known-officers", get(officers))
        .route("/authority/retirements", order(post(retire)))
        .with_state(authority)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeOrder {
    municipality: MunicipalityCode,
}

#[derive(Serialize)]
struct Code {
    code: String,
}

async fn code(
    State(authority): State<Authority>,
    Json(order): Json<CodeOrder>,
) -> Result<Json<Code>, Problem> {
    let code = authority
        .enrolment_code(&order.municipality)
        .await
        .map_err(|error| problem(&error))?;
    let code = code.expose().to_owned();
    Ok(Json(Code { code }))
}

async fn officers(State(authority): State<Authority>) -> Result<Json<Vec<KnownOfficer>>, Problem> {
    authority
        .known_officers()
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retirement {
    officer: OfficerId,
}

#[derive(Serialize)]
struct Retired {
    retired: OfficerId,
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
