//! The register to its operators: residents, changes, cards, and who looked whom up.

use super::problem;
use crate::{BadRow, Delivery, ImportError, Register};
use axum::{
    Extension, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use shirushi_contract::register::{IMPORT, ISSUE_CARD, LOOK_UPS, READ, READINGS, RECORD};
use shirushi_roles::Peer;
use shirushi_rules::{RESIDENT_KNOWN, Refusal};
use shirushi_web::{Json, Problem, Query, Serve as _};
use shirushi_wire::{
    CardOrder, CardRecord, Change, Import, ImportReport, LookUpRecord, Reading, ReadingRecord,
    Recorded, ResidentRecord, Whom,
};
use std::sync::Arc;

/// What operators work with.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) register: Arc<Register>,
    pub(crate) delivery: Arc<Delivery>,
}

/// For operators alone.
pub(crate) fn routes(office: Office) -> Router {
    Router::new()
        .serve(&IMPORT, import)
        .serve(&READ, read)
        .serve(&READINGS, readings)
        .serve(&RECORD, record)
        .serve(&ISSUE_CARD, issue_card)
        .serve(&LOOK_UPS, look_ups)
        .with_state(office)
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

async fn import(
    State(office): State<Office>,
    Json(Import { csv }): Json<Import>,
) -> Result<Json<ImportReport>, Response> {
    match office
        .register
        .import_csv(csv.as_bytes())
        .await
    {
        Ok(report) => Ok(Json(report)),
        Err(ImportError::Refused { refusal, rows }) => Err(refused_rows(&refusal, &rows)),
        Err(error) => Err(Problem::internal(&error).into_response()),
    }
}

/// The refusal of an import, with its rows beside it.
#[must_use]
pub fn refused_rows(refusal: &Refusal, rows: &[BadRow]) -> Response {
    let mut report = json!(refusal.report());
    report["rows"] = json!(rows);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(report)).into_response()
}

async fn read(
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
