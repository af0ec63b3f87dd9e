//! The authority, played: it knows officers by their keys and verifies what they sign.

use super::{is_the_counter, status};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use shirushi_crypto::{PublicKey, SignatureAlgorithm, sha256};
use shirushi_rules::{NOT_REPEATED, OFFICER_KNOWN, OFFICER_SIGNED, Refusal};
use shirushi_wire::{Application, AttestedApplication, Message, RevocationRequest, Signed};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

/// What happens to the next messages that arrive.
#[derive(Clone, Default)]
pub(crate) enum Fate {
    /// They are answered.
    #[default]
    Answered,
    /// The connection breaks before they are read.
    Lost,
    /// They are received, and the connection breaks before the answer.
    AnswerLost,
    /// They are refused by a rule of the authority's.
    Refused(Refusal),
    /// So many times, the register's events are still on their way.
    Behind(u32),
    /// This status with this body.
    Says(u16, String),
}

#[derive(Default)]
pub(crate) struct Authority {
    pub(crate) books: Mutex<Books>,
}

#[derive(Default)]
pub(crate) struct Books {
    codes: HashMap<String, String>,
    pub(crate) officers: HashMap<String, Known>,
    pub(crate) fate: Fate,
    /// How often a code was looked at.
    pub(crate) codes_looked_at: usize,
    /// Bodies of applications as they arrived, each time.
    pub(crate) arrived: Vec<Vec<u8>>,
    /// Applications received, by id.
    pub(crate) received: HashMap<String, Application>,
    pub(crate) revocations_arrived: Vec<Vec<u8>>,
    pub(crate) revocations: HashMap<String, RevocationRequest>,
    /// What it warns of about its own keys.
    pub(crate) warnings: Vec<Value>,
    /// How often it was asked for that.
    pub(crate) keys_looked_at: usize,
    /// What the relay answers next.
    pub(crate) says: VecDeque<Value>,
    /// What the relay was asked: token and request.
    pub(crate) relayed: Vec<(String, Value)>,
}

#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) municipality: String,
    pub(crate) key: PublicKey,
    code: String,
    pub(crate) retired: bool,
}

impl Authority {
    /// A one-time code for an officer of `municipality`.
    pub(crate) fn code(&self, municipality: &str) -> String {
        let mut books = self.books.lock().unwrap();
        let code = format!(
            "enrolment-code-{}",
            books.codes.len() + books.officers.len()
        );
        books
            .codes
            .insert(code.clone(), municipality.to_owned());
        code
    }

    pub(crate) fn meets(&self, fate: Fate) {
        self.books.lock().unwrap().fate = fate;
    }

    pub(crate) fn arrived(&self) -> usize {
        self.books.lock().unwrap().arrived.len()
    }

    pub(crate) fn says(&self, answer: Value) {
        self.books
            .lock()
            .unwrap()
            .says
            .push_back(answer);
    }
}

pub(crate) fn token(id: &str) -> String {
    hex::encode(&sha256(id.as_bytes())[..16])
}

pub(crate) fn routes(authority: Arc<Authority>) -> Router {
    Router::new()
        .route("/authority/officers", post(officers))
        .route("/authority/officers/{key}", get(officer))
        .route("/authority/keys", get(keys))
        .route("/authority/enrolment-codes", post(look_at_code))
        .route("/authority/applications", post(applications))
        .route("/authority/revocations", post(revocations))
        .route("/authority/relay/{token}", post(relay))
        .with_state(authority)
}

async fn keys(State(authority): State<Arc<Authority>>) -> Json<Value> {
    let mut books = authority.books.lock().unwrap();
    books.keys_looked_at += 1;
    Json(json!({ "generations": [], "warnings": books.warnings }))
}

async fn officers(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut books = authority.books.lock().unwrap();
    if let Some(answer) = fate(&mut books, &headers) {
        return answer;
    }
    let code = body["code"].as_str().unwrap();
    let spki = hex::decode(body["public_key"].as_str().unwrap()).unwrap();
    let key = PublicKey::from_spki_der(&spki).unwrap();
    let Some(municipality) = books.codes.remove(code) else {
        // The same code, name and key once more: its answer was lost.
        let again = books.officers.values().find(|known| {
            known.code == code && known.key == key && body["name"] == known.name.as_str()
        });
        return again.map_or_else(
            || refused(&OFFICER_KNOWN.refusal([])),
            |known| answer_unless_lost(&books, json!({ "municipality": known.municipality })),
        );
    };
    let known = Known {
        name: body["name"]
            .as_str()
            .unwrap()
            .to_owned(),
        municipality: municipality.clone(),
        key,
        code: code.to_owned(),
        retired: false,
    };
    let identifier = hex::encode(known.key.key_identifier());
    books.officers.insert(identifier, known);
    answer_unless_lost(&books, json!({ "municipality": municipality }))
}

async fn look_at_code(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut books = authority.books.lock().unwrap();
    books.codes_looked_at += 1;
    if let Some(answer) = fate(&mut books, &headers) {
        return answer;
    }
    let code = body["code"].as_str().unwrap();
    let used = books
        .officers
        .values()
        .any(|known| known.code == code && body["name"] == known.name.as_str());
    match books.codes.contains_key(code) || used {
        true => Json(json!({ "municipality": "13998" })).into_response(),
        false => refused(&OFFICER_KNOWN.refusal([])),
    }
}

async fn officer(
    State(authority): State<Arc<Authority>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let books = authority.books.lock().unwrap();
    if !is_the_counter(&headers) {
        return status(401).into_response();
    }
    books.officers.get(&key).map_or_else(
        || status(404).into_response(),
        |known| {
            Json(json!({
                "officer": known.name,
                "municipality": known.municipality,
                "public_key": hex::encode(known.key.spki_der()),
                "enrolled_at": 0,
                "retired_at": known.retired.then_some(1),
            }))
            .into_response()
        },
    )
}

async fn applications(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut books = authority.books.lock().unwrap();
    books.arrived.push(body.to_vec());
    if let Some(answer) = fate(&mut books, &headers) {
        return answer;
    }
    let Some((known, attested)) = verified::<AttestedApplication>(&books, &body) else {
        return refused(&OFFICER_SIGNED.refusal([]));
    };
    let application = attested.as_it_reads().unwrap();
    assert_eq!(application.officer.as_str(), known.name);
    assert_eq!(application.municipality.as_str(), known.municipality);
    let id = application.id.to_string();
    match books.received.get(&id) {
        Some(first) if *first != application && NOT_REPEATED.is_on() => {
            return refused(&NOT_REPEATED.refusal([("application", id)]));
        }
        _ => books
            .received
            .insert(id.clone(), application),
    };
    answer_unless_lost(&books, json!({ "token": token(&id) }))
}

async fn revocations(
    State(authority): State<Arc<Authority>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut books = authority.books.lock().unwrap();
    books
        .revocations_arrived
        .push(body.to_vec());
    if let Some(answer) = fate(&mut books, &headers) {
        return answer;
    }
    let Some((known, request)) = verified::<RevocationRequest>(&books, &body) else {
        return refused(&OFFICER_SIGNED.refusal([]));
    };
    assert_eq!(request.officer.as_str(), known.name);
    assert_eq!(request.municipality.as_str(), known.municipality);
    let id = request.id.to_string();
    match books.revocations.get(&id) {
        Some(first) if *first != request => {
            return refused(&NOT_REPEATED.refusal([("application", id)]));
        }
        _ => books
            .revocations
            .insert(id.clone(), request),
    };
    answer_unless_lost(&books, json!({ "serials": [format!("4{}", &id[1..])] }))
}

async fn relay(
    State(authority): State<Arc<Authority>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Response {
    let mut books = authority.books.lock().unwrap();
    books.relayed.push((token, request));
    if let Some(answer) = fate(&mut books, &headers) {
        return answer;
    }
    let says = books.says.pop_front();
    says.map_or_else(
        || status(500).into_response(),
        |says| Json(says).into_response(),
    )
}

fn fate(books: &mut Books, headers: &HeaderMap) -> Option<Response> {
    if !is_the_counter(headers) || headers[header::CONTENT_TYPE] != "application/json" {
        return Some(status(401).into_response());
    }
    match &mut books.fate {
        Fate::Answered | Fate::AnswerLost => None,
        Fate::Lost => Some(broken()),
        Fate::Refused(refusal) => Some(refused(refusal)),
        Fate::Behind(0) => None,
        Fate::Behind(times) => {
            *times -= 1;
            let behind = json!({ "behind": { "wanted": 7, "received": 6 } });
            Some((status(503), Json(behind)).into_response())
        }
        Fate::Says(code, body) => Some((status(*code), body.clone()).into_response()),
    }
}

fn answer_unless_lost(books: &Books, answer: Value) -> Response {
    match books.fate {
        Fate::AnswerLost => broken(),
        _ => (status(201), Json(answer)).into_response(),
    }
}

/// An answer that breaks off: it announces more bytes than it has, and the server hangs up.
fn broken() -> Response {
    ([(header::CONTENT_LENGTH, "1000")], "{").into_response()
}

/// With a fact that no release of the house writes, so that a passed refusal is seen to be passed byte for byte.
fn refused(refusal: &Refusal) -> Response {
    let mut report = json!(refusal.report());
    report["later"] = json!("a field of a later release");
    (status(422), Json(report)).into_response()
}

fn verified<T: Message>(books: &Books, body: &[u8]) -> Option<(Known, T)> {
    let signed: Signed<T> = serde_json::from_slice(body).ok()?;
    let known = books
        .officers
        .get(signed.key_identifier())?;
    let message = signed
        .verified(&known.key, SignatureAlgorithm::EcdsaP256Sha256)
        .ok()?;
    Some((known.clone(), message))
}
