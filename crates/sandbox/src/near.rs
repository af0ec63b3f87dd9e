//! The sandbox of a city in one process: time that can be moved, residents and changes at anybody's wish, a card factory, and enrolment
//! codes for officers. Here is its face for programs; [`crate::pages`] is the one for people, and both do the same. A page of another
//! site cannot use it: its requests would need another content type or another host.

mod cards;
mod works;

use axum::{
    Router,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_authority::{Authority, Keeper};
use shirushi_clock::{Clock as _, Instant, SandboxClock};
use shirushi_crypto::Random;
use shirushi_profile::MunicipalityCode;
use shirushi_register::{Change, Delivery, ImportError, LookUpRecord, Register, refused_rows};
use shirushi_rules::Bilingual;
use shirushi_web::{Json, Problem, with_body_limit};
use shirushi_wire::{CardKind, KnownOfficer, OfficerId, ResidentCode};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

pub(crate) use works::unfit;

/// Largest order to the sandbox, in bytes.
const LARGEST_ORDER: usize = 16 * 1024;

/// Largest import here: the register's own limit and the quoting of JSON.
const LARGEST_IMPORT: usize = 20 * 1024 * 1024;

/// What the sandbox can reach.
pub struct Reach {
    /// The clock that all parties read.
    pub clock: Arc<SandboxClock>,
    /// Where it is written down how far that clock is ahead.
    pub clock_file: PathBuf,
    /// Who looks after the authority's generations of keys.
    pub keeper: Arc<Keeper>,
    /// The register.
    pub register: Arc<Register>,
    /// The authority.
    pub authority: Authority,
    /// How the register's events come to it.
    pub delivery: Arc<Delivery>,
    /// Of card numbers and of what is printed on cards.
    pub random: Arc<dyn Random>,
}

/// The sandbox in the process of its city.
pub struct Sandbox {
    reach: Reach,
    clock_moves: Mutex<()>,
}

impl Sandbox {
    /// A sandbox with this reach.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self {
            reach,
            clock_moves: Mutex::default(),
        }
    }

    pub(crate) fn register(&self) -> &Register {
        &self.reach.register
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.reach.authority
    }

    /// The city's time.
    pub(crate) fn now(&self) -> Instant {
        self.reach.clock.now()
    }

    /// Its routes for programs, below `/sandbox/`.
    pub fn routes(self: Arc<Self>) -> Router {
        routes(self)
    }
}

fn routes(sandbox: Arc<Sandbox>) -> Router {
    let order = |route| with_body_limit(route, LARGEST_ORDER);
    Router::new()
        .route("/sandbox/clock", order(get(now).post(advance)))
        .route(
            "/sandbox/residents",
            with_body_limit(post(import), LARGEST_IMPORT),
        )
        .route("/sandbox/events", order(post(record)))
        .route("/sandbox/cards", order(post(make_card)))
        .route(
            "/sandbox/officers",
            order(get(officers).post(enrolment_code)),
        )
        .route("/sandbox/retirements", order(post(retire)))
        .route("/sandbox/look-ups", get(look_ups))
        .with_state(sandbox)
}

async fn now(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    Json(present(&sandbox))
}

fn present(sandbox: &Sandbox) -> Value {
    let now = sandbox.reach.clock.now();
    json!({ "now": now, "date": now.date_jst() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
}

async fn advance(
    State(sandbox): State<Arc<Sandbox>>,
    Json(Advance { advance_seconds }): Json<Advance>,
) -> Result<Json<Value>, Problem> {
    sandbox
        .let_pass("advance_seconds", advance_seconds)
        .await?;
    Ok(Json(present(&sandbox)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    csv: String,
}

async fn import(
    State(sandbox): State<Arc<Sandbox>>,
    Json(Import { csv }): Json<Import>,
) -> Result<Response, Problem> {
    match sandbox
        .reach
        .register
        .import_csv(csv.as_bytes())
        .await
    {
        Ok(report) => Ok(Json(report).into_response()),
        Err(ImportError::Refused { refusal, rows }) => Ok(refused_rows(&refusal, &rows)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

async fn record(
    State(sandbox): State<Arc<Sandbox>>,
    Json(change): Json<Change>,
) -> Result<Response, Problem> {
    Ok(Json(sandbox.record(change).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardOrder {
    resident: ResidentCode,
    kind: CardKind,
}

/// Makes a card for a resident, enters it into the card register and hands it over: the card is a file.
async fn make_card(
    State(sandbox): State<Arc<Sandbox>>,
    Json(order): Json<CardOrder>,
) -> Result<Json<Value>, Problem> {
    let made = sandbox
        .make_card(&order.resident, order.kind)
        .await?;
    Ok(Json(json!({
        "number": made.record.number,
        "kind": made.record.kind,
        "valid_until": made.record.valid_until,
        "card": Base64::encode_string(&made.file),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeOrder {
    municipality: MunicipalityCode,
}

async fn enrolment_code(
    State(sandbox): State<Arc<Sandbox>>,
    Json(order): Json<CodeOrder>,
) -> Result<Json<Value>, Problem> {
    let code = sandbox
        .officer_code(&order.municipality)
        .await?;
    Ok(Json(json!({ "code": code.expose() })))
}

/// The officers of all counters, serving and retired.
async fn officers(State(sandbox): State<Arc<Sandbox>>) -> Result<Json<Vec<KnownOfficer>>, Problem> {
    Ok(Json(sandbox.officers().await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retirement {
    officer: OfficerId,
}

async fn retire(
    State(sandbox): State<Arc<Sandbox>>,
    Json(Retirement { officer }): Json<Retirement>,
) -> Result<Json<Value>, Problem> {
    sandbox.retire_officer(&officer).await?;
    Ok(Json(json!({ "retired": officer })))
}

#[derive(Deserialize)]
struct Whom {
    resident: Option<ResidentCode>,
}

/// Who looked whom up in the register, and why; of one resident where one is named.
async fn look_ups(
    State(sandbox): State<Arc<Sandbox>>,
    whom: Result<Query<Whom>, QueryRejection>,
) -> Result<Json<Vec<LookUpRecord>>, Problem> {
    let Query(whom) =
        whom.map_err(|fault| unfit(Bilingual::new("アドレス", "address"), fault.body_text()))?;
    let recorded = sandbox
        .reach
        .register
        .look_ups(whom.resident.as_ref())
        .await
        .map_err(|error| Problem::internal(&error))?;
    Ok(Json(recorded))
}
