//! The counter to its authority, in another process: it remembers what has ended, as the third who does.

use crate::{Counter, CounterError};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_web::{Json, with_body_limit};
use shirushi_wire::Revocation;
use std::sync::Arc;

/// Largest message, in bytes: a thousand records are told at once, of some three hundred each.
const LARGEST: usize = 4 * 1024 * 1024;

/// For the authority alone: `POST /counter/remembered` `[Revocation]`, durable when it is answered; `GET
/// /counter/remembered?kind=signature&after=SERIAL` → some thousand in the order of their serial numbers, none when there are no more.
pub(crate) fn remembered_routes(counter: Arc<Counter>) -> Router {
    let route = get(remembered).post(remember);
    Router::new()
        .route("/counter/remembered", with_body_limit(route, LARGEST))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    kind: CertificateKind,
    after: Option<SerialNumber>,
}

async fn remembered(
    State(counter): State<Arc<Counter>>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Revocation>>, CounterError> {
    counter
        .remembered_ended(page.kind, page.after.as_ref())
        .await
        .map(Json)
}
