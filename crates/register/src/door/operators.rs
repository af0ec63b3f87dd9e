//! The register to its operators: residents, changes, cards, and who looked whom up.

use super::problem;
use crate::{BadRow, Change, Delivery, ImportError, LookUpRecord, ReadingRecord, Register};
use axum::{
    Extension, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shirushi_clock::Date;
use shirushi_roles::Peer;
use shirushi_rules::{RESIDENT_KNOWN, Refusal};
use shirushi_web::{Json, Problem, with_body_limit};
use shirushi_wire::{
    CardKind, CardNumber, CardRecord, RegisterEvent, ResidentCode, ResidentRecord,
};
use std::sync::Arc;

/// Largest import: the register's own limit and the quoting of JSON.
const LARGEST_IMPORT: usize = 20 * 1024 * 1024;
/// Largest other order, in bytes.
const LARGEST_ORDER: usize = 16 * 1024;

/// What operators work with.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) register: Arc<Register>,
    pub(crate) delivery: Arc<Delivery>,
}

/// * `POST /register/residents` `{"csv": …}` → `ImportReport`, all or nothing;
/// * `POST /register/readings` `{"resident", "reason"}` → `ResidentRecord`, and it is recorded who has read it;
/// * `GET /register/readings?resident=CODE` → which operator read whose record, and why;
/// * `POST /register/events` `Change` → the event, and whether the authority has heard of it;
/// * `POST /register/cards` `{"number", "kind", "holder", "made_on"}` → `CardRecord`;
/// * `GET /register/look-ups?resident=CODE` → who looked whom up, and why.
pub(crate) fn routes(office: Office) -> Router {
    let order = |route| with_body_limit(route, LARGEST_ORDER);
    Router::new()
        .route(
            "/register/residents",
            with_body_limit(post(import), LARGEST_IMPORT),
        )
        .route("/register/readings", order(post(resident).get(readings)))
        .route("/register/events", order(post(record)))
        .route("/register/cards", order(post(issue_card)))
        .route("/register/look-ups", get(look_ups))
        .with_state(office)
}

/// A change that is recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// Its event.
    #[serde(flatten)]
    pub event: RegisterEvent,
    /// Whether the authority has heard of it; if not, it waits and is delivered as soon as it can be.
    pub delivered: bool,
}

impl Office {
    /// Records a change and tells the authority.
    pub(crate) async fn record(&self, change: Change) -> Result<Recorded, Problem> {
        // A register that came back from a backup records nothing more: its numbers are taken.
        if let Some(wrong) = self.delivery.out_of_step() {
            return Err(Problem::unavailable(&wrong));
        }
        let event = self
            .register
            .record_event(change)
            .await
            .map_err(|error| problem(&error))?;
        let delivered = self.delivery.deliver_now().await;
        Ok(Recorded { event, delivered })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    csv: String,
}

async fn import(
    State(office): State<Office>,
    Json(Import { csv }): Json<Import>,
) -> Result<Response, Problem> {
    match office
        .register
        .import_csv(csv.as_bytes())
        .await
    {
        Ok(report) => Ok(Json(report).into_response()),
        Err(ImportError::Refused { refusal, rows }) => Ok(refused_rows(&refusal, &rows)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// The refusal of an import, with its rows beside it.
#[must_use]
pub fn refused_rows(refusal: &Refusal, rows: &[BadRow]) -> Response {
    let mut report = json!(refusal.report());
    report["rows"] = json!(rows);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(report)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    resident: ResidentCode,
    reason: String,
}

async fn resident(
    State(office): State<Office>,
    reader: Option<Extension<Peer>>,
    Json(Reading { resident, reason }): Json<Reading>,
) -> Result<Json<ResidentRecord>, Problem> {
    // Whoever has come by a token has no name.
    let reader = reader.map_or_else(|| "operator".to_owned(), |Extension(peer)| peer.to_string());
    let known = office
        .register
        .read_for(&reader, &resident, &reason)
        .await
        .map_err(|error| problem(&error))?;
    let known =
        known.ok_or_else(|| RESIDENT_KNOWN.refusal([("resident", resident.to_string())]))?;
    Ok(Json(known))
}

async fn readings(
    State(office): State<Office>,
    Query(whom): Query<Whom>,
) -> Result<Json<Vec<ReadingRecord>>, Problem> {
    office
        .register
        .readings(whom.resident.as_ref())
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn record(
    State(office): State<Office>,
    Json(change): Json<Change>,
) -> Result<Json<Recorded>, Problem> {
    office.record(change).await.map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardOrder {
    number: CardNumber,
    kind: CardKind,
    holder: ResidentCode,
    made_on: Date,
}

async fn issue_card(
    State(office): State<Office>,
    Json(order): Json<CardOrder>,
) -> Result<Json<CardRecord>, Problem> {
    let record = office
        .register
        .issue_card(&order.number, order.kind, &order.holder, order.made_on)
        .await
        .map_err(|error| problem(&error))?;
    // An earlier card ends with this one, and its certificates with it.
    office.delivery.deliver_now().await;
    Ok(Json(record))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    resident: Option<ResidentCode>,
}

async fn look_ups(
    State(office): State<Office>,
    Query(whom): Query<Whom>,
) -> Result<Json<Vec<LookUpRecord>>, Problem> {
    office
        .register
        .look_ups(whom.resident.as_ref())
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}
