//! The authority to counters and the register (roles that are let in), to the register and to holders (by their signatures) and to everybody
//! (the log).

mod holders;
mod operators;
mod responders;
mod status;

use crate::{Authority, AuthorityError, SecondPlace};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use shirushi_clock::Clock;
use shirushi_contract::authority::{GREETING, OFFICER, REGISTER_EVENT, REGISTER_LIFE};
use shirushi_crypto::PublicKey;
use shirushi_rules::{Bilingual, CARD_KEYS, Facts, WELL_FORMED};
use shirushi_web::{Entry, Json, Path, Problem, Serve as _, with_body_limit};
use shirushi_wire::{
    AttestedApplication, AuthorityKeys, AuthorityPosition, CHECKPOINT_HEADER, KnownOfficer,
    NewLife, OfficerId, RegisterEvent, RegisterGreeting, RelayAnswer, RelayRequest,
    RevocationRequest, Signed, SignedByHolder, checkpoint_from_header, checkpoint_to_header,
};
use std::sync::Arc;

/// Largest message: an application has a few kilobytes, a batch of answers from a card some tens.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// Whom the authority lets in.
#[derive(Clone, Debug)]
pub struct AuthorityEntries {
    /// Counters, and the register that asks whether an officer serves.
    pub roles: Entry,
    /// The register, where more than its signature is asked for.
    pub register: Option<Entry>,
    /// Responders in other processes, which ask what is known of a certificate.
    pub responders: Option<Entry>,
    /// Operators, who say which officers there are.
    pub operators: Option<Entry>,
    /// Relying parties, by the name that what they are told of holders is derived from.
    pub relying_parties: Vec<(&'static str, Entry)>,
}

/// What the authority's routes are made of.
#[derive(Debug)]
pub(crate) struct DoorConfig {
    pub(crate) authority: Authority,
    pub(crate) register_key: PublicKey,
    pub(crate) entries: AuthorityEntries,
    pub(crate) second_place: Option<Arc<SecondPlace>>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Door {
    authority: Authority,
    register_key: PublicKey,
}

/// The authority's routes for roles, and those for everybody.
pub(crate) fn routes(config: DoorConfig) -> (Router, Router) {
    let door = Door {
        authority: config.authority.clone(),
        register_key: config.register_key,
    };
    let guarded = config
        .entries
        .roles
        .guard(for_roles(door.clone()));
    let status = status::page(config.authority.clone(), config.clock);
    let acknowledged = |routes: Router| {
        let routes = routes.route_layer(from_fn_with_state(config.authority.clone(), acknowledge));
        match &config.second_place {
            None => routes,
            // Each acknowledgement goes out only when the checkpoint that it bears is on the disk of the second place too.
            Some(place) => routes.layer(from_fn_with_state(Arc::clone(place), keep_elsewhere)),
        }
    };
    let of_register = acknowledged(for_the_register(door.clone()));
    let public = acknowledged(for_everybody(door)).merge(status);
    let (mut roles, public) = match &config.entries.register {
        Some(entry) => (
            acknowledged(guarded).merge(entry.guard(of_register)),
            public,
        ),
        None => (acknowledged(guarded), public.merge(of_register)),
    };
    if let Some(entry) = &config.entries.operators {
        roles = roles.merge(entry.guard(operators::routes(config.authority.clone())));
    }
    if let Some(entry) = &config.entries.responders {
        roles = roles.merge(entry.guard(responders::routes(config.authority.clone())));
    }
    for (name, entry) in &config.entries.relying_parties {
        roles = roles.merge(holders::routes(config.authority.clone(), name, entry));
    }
    (roles, public)
}

/// To whom is let in. An officer's signature is needed besides.
fn for_roles(door: Door) -> Router {
    let limited = |route| with_body_limit(route, LARGEST_MESSAGE);
    Router::new()
        .route("/authority/officers", limited(post(enrol)))
        .serve(&OFFICER, officer)
        .route("/authority/enrolment-codes", limited(post(look_at_code)))
        .route("/authority/applications", limited(post(receive)))
        .route("/authority/relay/{token}", limited(post(relay)))
        .route("/authority/revocations", limited(post(revoke)))
        .with_state(door)
}

/// To the register, whose signature is verified.
fn for_the_register(door: Door) -> Router {
    Router::new()
        .serve(&REGISTER_EVENT, register_event)
        .serve(&GREETING, greet)
        .serve(&REGISTER_LIFE, register_life)
        .with_state(door)
}

/// To holders, whose signatures are verified, and the log and the keys to everybody.
fn for_everybody(door: Door) -> Router {
    let limited = |route| with_body_limit(route, LARGEST_MESSAGE);
    Router::new()
        .route(
            "/authority/holder-revocations",
            limited(post(revoke_for_holder)),
        )
        .route("/authority/keys", get(keys))
        .route("/authority/log/checkpoint", get(checkpoint))
        .route("/authority/log/key", get(log_key))
        .route("/authority/log/meetings", limited(post(meet)))
        .with_state(door)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    code: String,
    name: OfficerId,
    public_key: String,
}

async fn enrol(
    State(door): State<Door>,
    Json(enrolment): Json<Enrolment>,
) -> Result<Response, Problem> {
    let public_key = hex::decode(&enrolment.public_key).map_err(|_| {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", "public_key")
                .and(
                    "fault",
                    Bilingual::new("16進数ではありません", "not hexadecimal"),
                ),
        )
    })?;
    let municipality = door
        .authority
        .enrol_officer(&enrolment.code, &enrolment.name, &public_key)
        .await
        .map_err(|error| problem(&error))?;
    let answer = Json(json!({ "municipality": municipality }));
    Ok((StatusCode::CREATED, answer).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
    name: OfficerId,
}

/// Whether a code would enrol under this name, before anything costly is done for who sends it.
async fn look_at_code(
    State(door): State<Door>,
    Json(asked): Json<Code>,
) -> Result<Json<serde_json::Value>, Problem> {
    let municipality = door
        .authority
        .look_at_code(&asked.code, &asked.name)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "municipality": municipality })))
}

async fn officer(
    State(door): State<Door>,
    Path(key): Path<String>,
) -> Result<Json<KnownOfficer>, Problem> {
    door.authority
        .officer_by_key(&key)
        .await
        .map_err(|error| problem(&error))?
        .map(Json)
        .ok_or(Problem::NotFound)
}

async fn receive(
    State(door): State<Door>,
    Json(signed): Json<Signed<AttestedApplication>>,
) -> Result<Response, Problem> {
    match door
        .authority
        .receive(&signed, &door.register_key)
        .await
    {
        Ok(token) => Ok(Json(json!({ "token": token })).into_response()),
        Err(AuthorityError::Behind { wanted, received }) => {
            let answer = json!({ "behind": { "wanted": wanted, "received": received } });
            Ok((StatusCode::SERVICE_UNAVAILABLE, Json(answer)).into_response())
        }
        Err(error) => Err(problem(&error)),
    }
}

async fn relay(
    State(door): State<Door>,
    Path(token): Path<String>,
    Json(request): Json<RelayRequest>,
) -> Result<Json<RelayAnswer>, Problem> {
    let token = token
        .parse()
        .map_err(|_| Problem::NotFound)?;
    door.authority
        .relay(&token, &request)
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn revoke(
    State(door): State<Door>,
    Json(signed): Json<Signed<RevocationRequest>>,
) -> Result<Json<serde_json::Value>, Problem> {
    let serials = door
        .authority
        .revoke(&signed)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "serials": serials })))
}

async fn revoke_for_holder(
    State(door): State<Door>,
    Json(signed): Json<SignedByHolder>,
) -> Result<Json<serde_json::Value>, Problem> {
    let serials = door
        .authority
        .revoke_for_holder(&signed)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "serials": serials })))
}

async fn register_event(
    State(door): State<Door>,
    Json(signed): Json<Signed<RegisterEvent>>,
) -> Result<StatusCode, Problem> {
    door.authority
        .register_event(&signed, &door.register_key)
        .await
        .map_err(|error| problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn greet(
    State(door): State<Door>,
    Json(signed): Json<Signed<RegisterGreeting>>,
) -> Result<Json<AuthorityPosition>, Problem> {
    door.authority
        .greet(&signed, &door.register_key)
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn register_life(
    State(door): State<Door>,
    Json(signed): Json<Signed<NewLife>>,
) -> Result<StatusCode, Problem> {
    door.authority
        .register_life(&signed, &door.register_key)
        .await
        .map_err(|error| problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    checkpoint: String,
}

/// Somebody shows a checkpoint of this log that they have kept. It is believed for the signature that it bears, not for who shows it.
async fn meet(State(door): State<Door>, Json(shown): Json<Shown>) -> Result<StatusCode, Problem> {
    door.authority
        .meet(&shown.checkpoint)
        .await
        .map_err(|error| problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The authority's own keys and what comes of them, for operators, officers and those who trust it.
async fn keys(State(door): State<Door>) -> Json<AuthorityKeys> {
    Json(door.authority.keys_in_use())
}

/// The key that checkpoints are verified with, as a verifier key of signed notes.
async fn log_key(State(door): State<Door>) -> String {
    format!("{}\n", door.authority.log_key())
}

async fn keep_elsewhere(
    State(place): State<Arc<SecondPlace>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let answer = next.run(request).await;
    let note = answer
        .headers()
        .get(CHECKPOINT_HEADER)
        .and_then(|value| checkpoint_from_header(value.to_str().ok()?));
    if let Some(note) = note {
        place
            .keep(&note)
            .await
            .map_err(|error| Problem::unavailable(&error))?;
    }
    Ok(answer)
}

/// Each acknowledged act goes out with the checkpoint of the log that has it, for whoever asked to keep.
async fn acknowledge(
    State(authority): State<Authority>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let is_act = request.method() == Method::POST;
    let mut answer = next.run(request).await;
    if is_act && answer.status().is_success() {
        let note = authority
            .checkpoint()
            .await
            .map_err(|error| problem(&error))?;
        if let Ok(value) = HeaderValue::from_str(&checkpoint_to_header(&note)) {
            answer
                .headers_mut()
                .insert(CHECKPOINT_HEADER, value);
        }
    }
    Ok(answer)
}

async fn checkpoint(State(door): State<Door>) -> Result<String, Problem> {
    // Reading signs nothing: the note is made by the task that makes lists.
    door.authority
        .last_checkpoint()
        .ok_or(Problem::NotFound)
}

/// A refusal is told; everything else becomes an incident.
fn problem(error: &AuthorityError) -> Problem {
    match error {
        AuthorityError::Refused(refusal) => refusal.clone().into(),
        AuthorityError::UnknownToken | AuthorityError::UnknownGeneration { .. } => {
            Problem::NotFound
        }
        // After a restart, for example: the relay begins its channel anew.
        AuthorityError::OutOfStep => CARD_KEYS
            .refusal([("fault", error.to_string())])
            .into(),
        AuthorityError::EventNotSigned => Problem::NotAuthorized,
        AuthorityError::Register(_) | AuthorityError::Damage(_) => Problem::unavailable(error),
        other => Problem::internal(other),
    }
}
