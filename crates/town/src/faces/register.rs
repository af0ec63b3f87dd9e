//! The register to its counters: look-ups, for bearers of the role token.

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use shirushi_clock::Clock;
use shirushi_register::{Register, RegisterError};
use shirushi_web::{BearerToken, Check, Json, Problem, status, with_bearer};
use shirushi_wire::{CardRecord, ResidentRecord};
use std::sync::Arc;

pub(crate) fn routes(
    register: Arc<Register>,
    bearer: BearerToken,
    clock: Arc<dyn Clock>,
) -> Router {
    let looked_at = Arc::clone(&register);
    let look = move || {
        let register = Arc::clone(&looked_at);
        async move {
            let residents = register.residents_count().await;
            vec![Check {
                name: "residents".to_owned(),
                ok: residents.is_ok(),
                seen: residents.map_or_else(|_| "no answer".to_owned(), |n| n.to_string()),
            }]
        }
    };
    let guarded = Router::new()
        .route("/register/residents/{code}", get(resident))
        .route("/register/cards/{number}", get(card))
        .with_state(register);
    Router::new()
        .merge(with_bearer(guarded, bearer))
        .route("/register/status", status("register", clock, look))
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
