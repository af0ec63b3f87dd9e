//! The register to its counters: look-ups, for bearers of the role token.

use axum::{
    Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    routing::get,
};
use serde::Deserialize;
use shirushi_clock::{Clock, Date};
use shirushi_profile::MunicipalityCode;
use shirushi_register::{Register, RegisterError};
use shirushi_rules::WELL_FORMED;
use shirushi_web::{BearerToken, Check, Json, Problem, status, with_bearer};
use shirushi_wire::{CardRecord, ResidentRecord};
use std::sync::Arc;

/// Most residents that a search answers with.
const MOST_FOUND: usize = 50;

pub(crate) fn routes(
    register: Arc<Register>,
    bearer: BearerToken,
    clock: Arc<dyn Clock>,
) -> Router {
    let looked_at = Arc::clone(&register);
    let look = move || {
        let register = Arc::clone(&looked_at);
        async move {
            let residents = register.residents_tally().await;
            vec![
                Check {
                    name: "residents".to_owned(),
                    ok: residents.is_ok(),
                    seen: residents.map_or_else(|_| "no answer".to_owned(), |n| n.to_string()),
                },
                Check::writing(&register.health()),
            ]
        }
    };
    let guarded = Router::new()
        .route("/register/residents", get(search))
        .route("/register/residents/{code}", get(resident))
        .route("/register/cards/{number}", get(card))
        .with_state(register);
    Router::new()
        .merge(with_bearer(guarded, bearer))
        .route("/register/status", status("register", clock, look))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    municipality: MunicipalityCode,
    #[serde(default)]
    name: String,
    birth_date: Option<Date>,
}

async fn search(
    State(register): State<Arc<Register>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Vec<ResidentRecord>>, Problem> {
    let Query(wanted) = wanted.map_err(|fault| {
        WELL_FORMED.refusal([
            ("where", "アドレス / address".to_owned()),
            ("fault", fault.body_text()),
        ])
    })?;
    let found = register
        .find(
            &wanted.municipality,
            &wanted.name,
            wanted.birth_date,
            MOST_FOUND,
        )
        .await;
    found
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn resident(
    State(register): State<Arc<Register>>,
    Path(code): Path<String>,
) -> Result<Json<ResidentRecord>, Problem> {
    let code = code
        .parse()
        .map_err(|_| Problem::NotFound)?;
    let record = register
        .resident(&code)
        .await
        .map_err(|error| problem(&error))?;
    record
        .map(Json)
        .ok_or(Problem::NotFound)
}

async fn card(
    State(register): State<Arc<Register>>,
    Path(number): Path<String>,
) -> Result<Json<CardRecord>, Problem> {
    let number = number
        .parse()
        .map_err(|_| Problem::NotFound)?;
    let card = register
        .card(&number)
        .await
        .map_err(|error| problem(&error))?;
    card.map(Json).ok_or(Problem::NotFound)
}

/// A refusal is told; everything else becomes an incident.
pub(crate) fn problem(error: &RegisterError) -> Problem {
    match error {
        RegisterError::Refused(refusal) => refusal.clone().into(),
        other => Problem::internal(other),
    }
}
