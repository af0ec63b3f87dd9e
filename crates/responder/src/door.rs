//! The responder to its authority, in another process: it is told of every revocation before that is acknowledged, keeps the lists, and says
//! what it remembers to an authority that starts.

use crate::{List, Memory, MemoryError};
use axum::{Router, extract::State, http::StatusCode};
use shirushi_contract::responder::{KEEP, KEPT, REMEMBER, REMEMBERED};
use shirushi_web::{Json, Problem, Query, Serve as _};
use shirushi_wire::{PublishedList, RecordsAfter, Revocation};

/// For the authority alone.
pub(crate) fn routes(memory: Memory) -> Router {
    Router::new()
        .serve(&REMEMBER, remember)
        .serve(&REMEMBERED, remembered)
        .serve(&KEEP, keep)
        .serve(&KEPT, lists)
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

async fn remembered(
    State(memory): State<Memory>,
    Query(page): Query<RecordsAfter>,
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
