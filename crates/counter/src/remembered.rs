//! The counter to its authority, in another process: it remembers what has ended, as the third who does.

use crate::{Counter, CounterError};
use axum::{Router, extract::State, http::StatusCode};
use shirushi_contract::counter::{REMEMBER, REMEMBERED};
use shirushi_web::{Json, Query, Serve as _};
use shirushi_wire::{RecordsAfter, Revocation};
use std::sync::Arc;

/// For the authority alone.
pub(crate) fn remembered_routes(counter: Arc<Counter>) -> Router {
    Router::new()
        .serve(&REMEMBER, remember)
        .serve(&REMEMBERED, remembered)
        .with_state(counter)
}

async fn remember(
    State(counter): State<Arc<Counter>>,
    Json(revocations): Json<Vec<Revocation>>,
) -> Result<StatusCode, CounterError> {
    counter
        .remember_ended(&revocations)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remembered(
    State(counter): State<Arc<Counter>>,
    Query(page): Query<RecordsAfter>,
) -> Result<Json<Vec<Revocation>>, CounterError> {
    counter
        .remembered_ended(page.kind, page.after.as_ref())
        .await
        .map(Json)
}
