//! The sandbox's desk as a process of its own. It knows the parties as an operator does, and has no other way to them.

use crate::{
    Factory, FakedClock, UnmovedClock, card_number,
    passed::{pass, read},
};
use axum::{
    Json as Shown, Router,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_clock::Clock;
use shirushi_contract::{authority, register};
use shirushi_crypto::Random;
use shirushi_peers::Peer;
use shirushi_personalisation::MasterKey;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{Json, Problem, status, with_body_limit};
use shirushi_wire::{CardKind, CardRecord, ResidentCode, ResidentRecord};
use std::{collections::BTreeMap, sync::Arc};

/// Largest order, in bytes.
const LARGEST_ORDER: usize = 16 * 1024;
/// Largest import: the register's own limit and the quoting of JSON.
const LARGEST_IMPORT: usize = 20 * 1024 * 1024;

/// What the desk works with.
pub struct DeskConfig {
    /// The register, which knows this client for an operator.
    pub register: Peer,
    /// The authority, which does too.
    pub authority: Peer,
    /// What cards' keys are diversified from: the authority's, handed to the factory.
    pub master: MasterKey,
    /// How the time of all parties is moved.
    pub moved: FakedClock,
    /// The time as the desk itself reads it.
    pub clock: Arc<dyn Clock>,
    /// Of card numbers.
    pub random: Arc<dyn Random>,
    /// Where everybody finds the parties.
    pub places: Places,
}

/// The public addresses of the parties, by role: `http://host:port`.
pub type Places = BTreeMap<&'static str, String>;

type Desk = State<Arc<DeskConfig>>;

/// The desk for programs: the same routes as in a city of one process.
///
/// * `GET /` → where the parties are; `GET /desk/status`;
/// * `GET`, `POST /sandbox/clock`; `POST /sandbox/residents`, `/sandbox/events`, `/sandbox/cards`, `/sandbox/retirements`; `GET`, `POST
///   /sandbox/officers`; `GET /sandbox/look-ups`.
pub fn routes(config: DeskConfig) -> Router {
    let order = |route| with_body_limit(route, LARGEST_ORDER);
    let clock = Arc::clone(&config.clock);
    Router::new()
        .route("/", get(places))
        .route("/sandbox/clock", order(get(now).post(advance)))
        .route(
            "/sandbox/residents",
            with_body_limit(post(import), LARGEST_IMPORT),
        )
        .route("/sandbox/events", order(post(record)))
        .route("/sandbox/cards", order(post(make_card)))
        .route("/sandbox/officers", order(get(officers).post(code)))
        .route("/sandbox/retirements", order(post(retire)))
        .route("/sandbox/look-ups", get(look_ups))
        .with_state(Arc::new(config))
        .route("/desk/status", status("desk", clock, async || Vec::new()))
}

async fn places(State(desk): Desk) -> Shown<Value> {
    let roles: Vec<Value> = desk
        .places
        .iter()
        .map(|(role, base)| json!({ "role": role, "status": format!("{base}/{role}/status") }))
        .collect();
    Shown(json!({
        "service": "shirushi",
        "version": env!("CARGO_PKG_VERSION"),
        "sandbox": true,
        "roles": roles,
    }))
}

async fn now(State(desk): Desk) -> Shown<Value> {
    present(&desk)
}

fn present(desk: &DeskConfig) -> Shown<Value> {
    let now = desk.clock.now();
    Shown(json!({ "now": now, "date": now.date_jst() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
}

async fn advance(
    State(desk): Desk,
    Json(Advance { advance_seconds }): Json<Advance>,
) -> Result<Shown<Value>, Problem> {
    match desk.moved.advance(advance_seconds) {
        Ok(()) => Ok(present(&desk)),
        Err(UnmovedClock::TooFar) => {
            let fault = Bilingual::new("0から100年分の秒数です", "0 to a hundred years of seconds");
            let facts = Facts::new()
                .and("where", "advance_seconds")
                .and("fault", fault);
            Err(WELL_FORMED.refusal(facts).into())
        }
        Err(error) => Err(Problem::internal(&error)),
    }
}

async fn import(State(desk): Desk, Json(order): Json<Value>) -> Result<Response, Problem> {
    sent(&desk.register, register::IMPORT.about.path, &order).await
}

async fn record(State(desk): Desk, Json(order): Json<Value>) -> Result<Response, Problem> {
    sent(&desk.register, register::RECORD.about.path, &order).await
}

async fn code(State(desk): Desk, Json(order): Json<Value>) -> Result<Response, Problem> {
    sent(&desk.authority, authority::OFFICER_CODE.about.path, &order).await
}

async fn retire(State(desk): Desk, Json(order): Json<Value>) -> Result<Response, Problem> {
    sent(&desk.authority, authority::RETIREMENT.about.path, &order).await
}

/// An order, passed on as it is: whom it goes to judges it. It came as JSON, which a page of another site cannot send.
async fn sent(party: &Peer, path: &str, order: &Value) -> Result<Response, Problem> {
    pass(party.post(path).json(order)).await
}

async fn officers(State(desk): Desk) -> Result<Response, Problem> {
    pass(
        desk.authority
            .get(authority::KNOWN_OFFICERS.about.path),
    )
    .await
}

async fn look_ups(
    State(desk): Desk,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    pass(
        desk.register
            .get(register::LOOK_UPS.about.path)
            .query(&query),
    )
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardOrder {
    resident: ResidentCode,
    kind: CardKind,
}

/// Makes a card for a resident, has it entered into the card register, and hands it over: the card is a file.
async fn make_card(State(desk): Desk, Json(order): Json<CardOrder>) -> Result<Response, Response> {
    let reading = json!({ "resident": order.resident, "reason": "カードの製造 / making a card" });
    let resident: ResidentRecord = read(
        desk.register
            .post(register::READ.about.path)
            .json(&reading),
    )
    .await?;
    let asked = json!({
        "number": card_number(desk.random.as_ref()),
        "kind": order.kind,
        "holder": order.resident,
        "made_on": desk.clock.now().date_jst(),
    });
    let record: CardRecord = read(
        desk.register
            .post(register::ISSUE_CARD.about.path)
            .json(&asked),
    )
    .await?;
    let shown = json!({
        "number": record.number,
        "kind": record.kind,
        "valid_until": record.valid_until,
    });
    let making = tokio::task::spawn_blocking(move || {
        Factory::new(&desk.master, desk.random.as_ref()).make(&resident, &record)
    });
    let file = making
        .await
        .map_err(|error| Problem::internal(&error).into_response())?
        .map_err(|error| Problem::internal(&error).into_response())?;
    let mut answer = shown;
    answer["card"] = json!(Base64::encode_string(&file));
    Ok(Shown(answer).into_response())
}
