//! What exists only in the sandbox: time that can be moved, residents and changes at anybody's wish, a card factory, and enrolment
//! codes for officers. A page of another site cannot use it: its requests would need another content type or another host.

use crate::{delivery::Delivery, faces::register::problem, files};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_authority::Authority;
use shirushi_clock::{Clock as _, SandboxClock};
use shirushi_crypto::{Random, Secret, SystemRandom};
use shirushi_personalisation::diversify;
use shirushi_profile::{MunicipalityCode, Sex, municipality};
use shirushi_register::{BadRow, Change, ImportError, Register};
use shirushi_rules::{RESIDENT_KNOWN, Refusal, WELL_FORMED};
use shirushi_softcard::{Disk, HolderText, Manufacture, SoftCard, Variant};
use shirushi_text::with_wrong_check_digit;
use shirushi_web::{Json, Problem, with_body_limit};
use shirushi_wire::{CardKind, CardNumber, CardRecord, ResidentCode, ResidentRecord};
use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Largest order to the sandbox, in bytes.
const LARGEST_ORDER: usize = 16 * 1024;

/// Largest import here: the register's own limit and the quoting of JSON.
const LARGEST_IMPORT: usize = 20 * 1024 * 1024;

/// Furthest that the clock is moved at once: a hundred years.
const FURTHEST: i64 = 100 * 366 * 24 * 60 * 60;

/// 券面事項入力補助用暗証番号 of every card from the sandbox's factory.
const TEXT_PIN: &[u8] = b"1234";

/// What the sandbox can reach.
pub(crate) struct Sandbox {
    pub(crate) clock: Arc<SandboxClock>,
    pub(crate) clock_file: PathBuf,
    pub(crate) clock_moves: Mutex<()>,
    pub(crate) register: Arc<Register>,
    pub(crate) authority: Authority,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) random: Arc<dyn Random>,
}

pub(crate) fn routes(sandbox: Sandbox) -> Router {
    let order = |route| with_body_limit(route, LARGEST_ORDER);
    Router::new()
        .route("/sandbox/clock", order(get(now).post(advance)))
        .route(
            "/sandbox/residents",
            with_body_limit(post(import), LARGEST_IMPORT),
        )
        .route("/sandbox/events", order(post(record)))
        .route("/sandbox/cards", order(post(make_card)))
        .route("/sandbox/officers", order(post(enrolment_code)))
        .with_state(Arc::new(sandbox))
}

async fn now(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    Json(present(&sandbox))
}

fn present(sandbox: &Sandbox) -> Value {
    let now = sandbox.clock.now();
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
    if !(0..=FURTHEST).contains(&advance_seconds) {
        return Err(unfit(
            "advance_seconds",
            "0から100年分の秒数です / 0 to a hundred years of seconds",
        )
        .into());
    }
    // Two at once would each write their own step.
    let _one = sandbox
        .clock_moves
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    // Written first: time that has been told must not go back with a restart.
    let ahead = sandbox
        .clock
        .advance(0)
        .saturating_add(advance_seconds);
    files::replace(&sandbox.clock_file, ahead.to_string().as_bytes())
        .map_err(|error| Problem::internal(&error))?;
    sandbox.clock.advance(advance_seconds);
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
        .register
        .import_csv(csv.as_bytes())
        .await
    {
        Ok(report) => Ok(Json(report).into_response()),
        Err(ImportError::Refused { refusal, rows }) => Ok(refused_rows(&refusal, &rows)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// The refusal with its rows beside it.
fn refused_rows(refusal: &Refusal, rows: &[BadRow]) -> Response {
    let mut report = json!(refusal.report());
    report["rows"] = json!(rows);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(report)).into_response()
}

async fn record(
    State(sandbox): State<Arc<Sandbox>>,
    Json(change): Json<Change>,
) -> Result<Response, Problem> {
    let event = sandbox
        .register
        .record_event(change)
        .await
        .map_err(|error| problem(&error))?;
    // The change is recorded whatever happens now; whether the authority has heard of it is part of the answer.
    let delivered = sandbox.delivery.deliver().await;
    if let Err(error) = &delivered {
        tracing::warn!(%error, "a register event waits");
        sandbox.delivery.wake();
    }
    let mut answer = json!(event);
    answer["delivered"] = json!(delivered.is_ok());
    Ok(Json(answer).into_response())
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
    let resident = sandbox
        .register
        .resident(&order.resident)
        .await
        .map_err(|error| problem(&error))?
        .ok_or_else(|| RESIDENT_KNOWN.refusal([("code", order.resident.to_string())]))?;
    let number = card_number(sandbox.random.as_ref());
    let record = sandbox
        .register
        .issue_card(
            &number,
            order.kind,
            &order.resident,
            sandbox.clock.now().date_jst(),
        )
        .await
        .map_err(|error| problem(&error))?;
    let card = tokio::task::spawn_blocking(move || manufacture(&sandbox, &resident, &record))
        .await
        .map_err(|error| Problem::internal(&error))??;
    Ok(Json(card))
}

fn manufacture(
    sandbox: &Sandbox,
    resident: &ResidentRecord,
    record: &CardRecord,
) -> Result<Value, Problem> {
    let random = sandbox.random.as_ref();
    let keys = diversify(
        sandbox
            .authority
            .ceremony()
            .master_key(),
        record.number.as_str(),
    )
    .map_err(|error| Problem::internal(&error))?;
    let disk = Arc::new(Tray::default());
    let manufacture = Manufacture {
        kind: match record.kind {
            CardKind::IndividualNumberCard => shirushi_softcard::CardKind::IndividualNumberCard,
            CardKind::ResidentRegisterCard => shirushi_softcard::CardKind::ResidentRegisterCard,
        },
        card_number: record.number.to_string(),
        keys,
        text: Some(HolderText {
            name: resident.name.clone(),
            address: resident.address.clone(),
            birth: resident.birth_date,
            sex: match resident.sex {
                Sex::Male => shirushi_softcard::Sex::Male,
                Sex::Female => shirushi_softcard::Sex::Female,
                Sex::Unknown => shirushi_softcard::Sex::Unknown,
            },
            individual_number: Secret::new(
                with_wrong_check_digit(&digits(random, 11)).into_bytes(),
            ),
            pin: Secret::new(TEXT_PIN.to_vec()),
            municipality: resident.municipality.to_string(),
            expires: record.valid_until,
            security_code: Secret::new(digits(random, 4).into_bytes()),
        }),
        variant: Variant::default(),
    };
    SoftCard::make(disk.clone(), manufacture, Arc::new(SystemRandom))
        .map_err(|error| Problem::internal(&error))?;
    let bytes = disk.bytes();
    Ok(json!({
        "number": record.number,
        "kind": record.kind,
        "valid_until": record.valid_until,
        "card": Base64::encode_string(&bytes),
    }))
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
    if municipality(&order.municipality).is_none() {
        return Err(unfit(
            "municipality",
            "この市区町村はありません / there is no such municipality",
        )
        .into());
    }
    let code = sandbox
        .authority
        .enrolment_code(&order.municipality)
        .await
        .map_err(|error| Problem::internal(&error))?;
    Ok(Json(json!({ "code": code.expose() })))
}

/// The factory's tray: a card's memory before it is handed over.
#[derive(Default)]
struct Tray(Mutex<Option<Vec<u8>>>);

impl Tray {
    fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .unwrap_or_default()
    }
}

impl Disk for Tray {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_vec());
        Ok(())
    }
}

/// An invented card number: `S` and fifteen digits, which no real card bears.
fn card_number(random: &dyn Random) -> CardNumber {
    let text = format!("S{}", digits(random, 15));
    // One letter and fifteen digits are a card number.
    text.parse()
        .unwrap_or_else(|_| unreachable!())
}

fn digits(random: &dyn Random, count: usize) -> String {
    let mut bytes = vec![0; count];
    random.fill(&mut bytes);
    bytes
        .iter()
        .map(|b| char::from(b'0' + b % 10))
        .collect()
}

fn unfit(field: &str, fault: &str) -> Refusal {
    WELL_FORMED.refusal([("where", field.to_owned()), ("fault", fault.to_owned())])
}
