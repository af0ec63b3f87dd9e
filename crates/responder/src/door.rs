//! The responder to its authority, in another process: it is told of every revocation before that is acknowledged, keeps the lists, and says
//! what it remembers to an authority that starts.

use crate::{List, Memory, MemoryError};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_web::{Json, Problem, with_body_limit};
use shirushi_wire::{PublishedList, Revocation};

/// Largest message: a list of a million entries has some forty megabytes, and base64 a third more.
const LARGEST: usize = 64 * 1024 * 1024;

/// For the authority alone:
///
/// * `POST /responder/remembered` `[Revocation]`, durable when it is answered;
/// * `GET /responder/remembered?kind=signature&after=SERIAL` → some thousand in the order of their serial numbers; none when there are no
///   more;
/// * `POST /responder/lists` `PublishedList`, durable when it is answered; `GET /responder/lists` → the newest of each.
pub(crate) fn routes(memory: Memory) -> Router {
    let limited = |route| with_body_limit(route, LARGEST);
    Router::new()
        .route(
            "/responder/remembered",
            limited(get(remembered).post(remember)),
        )
        .route("/responder/lists", limited(get(lists).post(keep)))
        .with_state(memory)
}

async fn remember(
    State(memory): State<Memory>,
    Json(revocations): Json<Vec<Revocation>>,
) -> Result<StatusCode, Problem> {
    memory
        .remember(&revocations)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    kind: CertificateKind,
    after: Option<SerialNumber>,
}

async fn remembered(
    State(memory): State<Memory>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Revocation>>, Problem> {
    memory
        .recorded(page.kind, page.after.as_ref())
        .await
        .map(Json)
        .map_err(problem)
}

async fn keep(
    State(memory): State<Memory>,
    Json(published): Json<PublishedList>,
) -> Result<StatusCode, Problem> {
    memory
        .keep(List::new(published))
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn lists(State(memory): State<Memory>) -> Result<Json<Vec<PublishedList>>, Problem> {
    let lists = memory
        .newest_lists()
        .await
        .map_err(problem)?;
    Ok(Json(
        lists
            .iter()
            .map(|list| list.published())
            .collect(),
    ))
}

fn problem(error: MemoryError) -> Problem {
    Problem::unavailable(&error)
}
