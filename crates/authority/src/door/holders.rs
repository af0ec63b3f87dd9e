//! The authority to relying parties: whom they know again by an authentication certificate. Each is let in by an entry of its own.

use crate::{Authority, MOST_HOLDERS};
use axum::{Router, extract::State, routing::post};
use serde::{Deserialize, Serialize};
use shirushi_profile::SerialNumber;
use shirushi_rules::{Facts, InBoth, WELL_FORMED};
use shirushi_web::{Entry, Json, Problem, with_body_limit};
use std::collections::BTreeMap;

/// Largest question: the serial numbers, and what stands around them.
const LARGEST_QUESTION: usize = 64 * 1024;

#[derive(Clone)]
struct Door {
    authority: Authority,
    relying_party: &'static str,
}

/// `POST /authority/holders` `{"serials": […]}` → `{"holders": {serial: pseudonym}}`, for the relying party that `entry` lets in.
pub(super) fn routes(authority: Authority, relying_party: &'static str, entry: &Entry) -> Router {
    let routes = Router::new()
        .route(
            "/authority/holders",
            with_body_limit(post(holders), LARGEST_QUESTION),
        )
        .with_state(Door {
            authority,
            relying_party,
        });
    entry.guard(routes)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    serials: Vec<SerialNumber>,
}

#[derive(Serialize)]
struct Answer {
    holders: BTreeMap<SerialNumber, String>,
}

async fn holders(
    State(door): State<Door>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>, Problem> {
    WELL_FORMED.require(
        question.serials.len() <= MOST_HOLDERS,
        Facts::new()
            .and("where", "serials")
            .and(
                "fault",
                InBoth::new(
                    format!("{MOST_HOLDERS}個までです"),
                    format!("at most {MOST_HOLDERS}"),
                ),
            ),
    )?;
    let holders = door
        .authority
        .holders(door.relying_party, &question.serials)
        .await
        .map_err(|fault| Problem::internal(&fault))?;
    Ok(Json(Answer { holders }))
}
