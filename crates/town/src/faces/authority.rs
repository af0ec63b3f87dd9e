//! The authority to counters (bearers of the role token), to the register and to holders (by their signatures) and to everybody
//! (the log).

use crate::second_place::SecondPlace;
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderValue, Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use shirushi_authority::{Authority, AuthorityError};
use shirushi_clock::Clock;
use shirushi_crypto::PublicKey;
use shirushi_profile::CertificateKind;
use shirushi_rules::{Bilingual, CARD_KEYS, Facts, WELL_FORMED};
use shirushi_web::{BearerToken, Check, Json, Problem, status, with_bearer, with_body_limit};
use shirushi_wire::{
    AttestedApplication, AuthorityKeys, AuthorityPosition, CHECKPOINT_HEADER, KeyWarning,
    KnownOfficer, NewLife, OfficerId, RegisterEvent, RegisterGreeting, RelayAnswer, RelayRequest,
    RevocationRequest, Signed, SignedByHolder, checkpoint_from_header, checkpoint_to_header,
};
use std::sync::Arc;

/// Largest message: an application has a few kilobytes, a batch of answers from a card some tens.
const LARGEST_MESSAGE: usize = 256 * 1024;

#[derive(Clone)]
struct Face {
    authority: Authority,
    register_key: PublicKey,
}

/// The authority's routes: to counters with the role token, to the register and to holders by their signatures, to everybody the log.
pub fn routes(
    authority: Authority,
    register_key: PublicKey,
    bearer: BearerToken,
    clock: Arc<dyn Clock>,
) -> Router {
    let looked_at = authority.clone();
    let look = move || {
        let authority = looked_at.clone();
        async move {
            let mut checks = match authority.totals_tally().await {
                Ok(totals) => vec![
                    soundness(&authority),
                    clock_stands(&authority).await,
                    keys_last(&authority),
                    seen("applications", true, totals.applications),
                    seen("certificates", true, totals.certificates),
                    seen("live-certificates", true, totals.live),
                    seen("revocations", true, totals.revocations),
                    seen("open-intents", true, totals.open_intents),
                ],
                Err(_) => vec![Check {
                    name: "store".to_owned(),
                    ok: false,
                    seen: "no answer".to_owned(),
                }],
            };
            checks.push(Check::writing(&authority.health()));
            checks
        }
    };
    let face = Face {
        authority,
        register_key,
    };
    let limited = |route| with_body_limit(route, LARGEST_MESSAGE);
    let guarded = Router::new()
        .route("/authority/officers", limited(post(enrol)))
        .route("/authority/officers/{key}", get(officer))
        .route("/authority/enrolment-codes", limited(post(look_at_code)))
        .route("/authority/applications", limited(post(receive)))
        .route("/authority/relay/{token}", limited(post(relay)))
        .route("/authority/revocations", limited(post(revoke)))
        .with_state(face.clone());
    let open = Router::new()
        .route("/authority/register-events", limited(post(register_event)))
        .route("/authority/register-greetings", limited(post(greet)))
        .route("/authority/register-lives", limited(post(register_life)))
        .route(
            "/authority/holder-revocations",
            limited(post(revoke_for_holder)),
        )
        .route("/authority/keys", get(keys))
        .route("/authority/log/checkpoint", get(checkpoint))
        .route("/authority/log/key", get(log_key))
        .route("/authority/log/meetings", limited(post(meet)))
        .with_state(face.clone());
    Router::new()
        .merge(with_bearer(guarded, bearer))
        .merge(open)
        .route_layer(from_fn_with_state(face.authority, acknowledge))
        .route("/authority/status", status("authority", clock, look))
}

/// Whether what the authority knows may be told.
fn soundness(authority: &Authority) -> Check {
    let wrong = authority
        .damage()
        .map(|damage| damage.to_string())
        .or_else(|| {
            authority
                .trouble()
                .map(|trouble| trouble.to_string())
        });
    Check {
        name: "memory".to_owned(),
        ok: wrong.is_none(),
        seen: wrong.unwrap_or_else(|| "nothing is known to be missing".to_owned()),
    }
}

/// Whether the clock has not gone back behind what is on record.
async fn clock_stands(authority: &Authority) -> Check {
    let behind = authority.clock_is_behind().await;
    Check {
        name: "clock".to_owned(),
        ok: matches!(behind, Ok(None)),
        seen: match behind {
            Ok(None) => "not behind what is on record".to_owned(),
            Ok(Some(newest)) => format!("behind {newest}, the newest time on record"),
            Err(_) => "no answer".to_owned(),
        },
    }
}

/// Whether the authority's keys reach far enough, and what comes within a year. They are renewed when the newest cannot cover six
/// years any more, so that what fails here is told more than a year before a certificate of five years is refused.
fn keys_last(authority: &Authority) -> Check {
    let newest = CertificateKind::ALL
        .map(|kind| authority.ceremony().newest(kind))
        .map(|issuer| {
            let end = issuer.certificate().not_after();
            format!("{} {} until {end}", issuer.kind(), issuer.generation())
        });
    of_keys(&authority.key_warnings(), &newest.join(", "))
}

fn of_keys(warnings: &[KeyWarning], newest: &str) -> Check {
    // Why a renewal failed names files, which are not everybody's to know.
    let seen: Vec<String> = [newest.to_owned()]
        .into_iter()
        .chain(
            warnings
                .iter()
                .map(|warning| warning.told().en),
        )
        .collect();
    Check {
        name: "keys".to_owned(),
        // What is only to come is no fault.
        ok: !warnings
            .iter()
            .any(KeyWarning::is_fault),
        seen: seen.join(". "),
    }
}

fn seen(name: &str, ok: bool, count: i64) -> Check {
    Check {
        name: name.to_owned(),
        ok,
        seen: count.to_string(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    code: String,
    name: OfficerId,
    public_key: String,
}

async fn enrol(
    State(face): State<Face>,
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
    let municipality = face
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
    State(face): State<Face>,
    Json(asked): Json<Code>,
) -> Result<Json<serde_json::Value>, Problem> {
    let municipality = face
        .authority
        .look_at_code(&asked.code, &asked.name)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "municipality": municipality })))
}

async fn officer(
    State(face): State<Face>,
    Path(key): Path<String>,
) -> Result<Json<KnownOfficer>, Problem> {
    face.authority
        .officer_by_key(&key)
        .await
        .map_err(|error| problem(&error))?
        .map(Json)
        .ok_or(Problem::NotFound)
}

async fn receive(
    State(face): State<Face>,
    Json(signed): Json<Signed<AttestedApplication>>,
) -> Result<Response, Problem> {
    match face
        .authority
        .receive(&signed, &face.register_key)
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
    State(face): State<Face>,
    Path(token): Path<String>,
    Json(request): Json<RelayRequest>,
) -> Result<Json<RelayAnswer>, Problem> {
    let token = token
        .parse()
        .map_err(|_| Problem::NotFound)?;
    face.authority
        .relay(&token, &request)
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn revoke(
    State(face): State<Face>,
    Json(signed): Json<Signed<RevocationRequest>>,
) -> Result<Json<serde_json::Value>, Problem> {
    let serials = face
        .authority
        .revoke(&signed)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "serials": serials })))
}

async fn revoke_for_holder(
    State(face): State<Face>,
    Json(signed): Json<SignedByHolder>,
) -> Result<Json<serde_json::Value>, Problem> {
    let serials = face
        .authority
        .revoke_for_holder(&signed)
        .await
        .map_err(|error| problem(&error))?;
    Ok(Json(json!({ "serials": serials })))
}

async fn register_event(
    State(face): State<Face>,
    Json(signed): Json<Signed<RegisterEvent>>,
) -> Result<StatusCode, Problem> {
    face.authority
        .register_event(&signed, &face.register_key)
        .await
        .map_err(|error| problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn greet(
    State(face): State<Face>,
    Json(signed): Json<Signed<RegisterGreeting>>,
) -> Result<Json<AuthorityPosition>, Problem> {
    face.authority
        .greet(&signed, &face.register_key)
        .await
        .map(Json)
        .map_err(|error| problem(&error))
}

async fn register_life(
    State(face): State<Face>,
    Json(signed): Json<Signed<NewLife>>,
) -> Result<StatusCode, Problem> {
    face.authority
        .register_life(&signed, &face.register_key)
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
async fn meet(State(face): State<Face>, Json(shown): Json<Shown>) -> Result<StatusCode, Problem> {
    face.authority
        .meet(&shown.checkpoint)
        .await
        .map_err(|error| problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The authority's own keys and what comes of them, for operators, officers and those who trust it.
async fn keys(State(face): State<Face>) -> Json<AuthorityKeys> {
    Json(face.authority.keys_in_use())
}

/// The key that checkpoints are verified with, as a verifier key of signed notes.
async fn log_key(State(face): State<Face>) -> String {
    format!("{}\n", face.authority.log_key())
}

/// The same routes, and each acknowledgement goes out only when the checkpoint that it bears is on the disk of the second place too.
pub(crate) fn kept_elsewhere(routes: Router, place: Arc<SecondPlace>) -> Router {
    routes.layer(from_fn_with_state(place, keep_elsewhere))
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

async fn checkpoint(State(face): State<Face>) -> Result<String, Problem> {
    // Reading signs nothing: the note is made by the task that makes lists.
    face.authority
        .last_checkpoint()
        .ok_or(Problem::NotFound)
}

/// A refusal is told; everything else becomes an incident.
fn problem(error: &AuthorityError) -> Problem {
    match error {
        AuthorityError::Refused(refusal) => refusal.clone().into(),
        AuthorityError::UnknownToken => Problem::NotFound,
        // After a restart, for example: the relay begins its channel anew.
        AuthorityError::OutOfStep => CARD_KEYS
            .refusal([("fault", error.to_string())])
            .into(),
        AuthorityError::EventNotSigned => Problem::NotAuthorized,
        AuthorityError::Register(_) | AuthorityError::Damage(_) => Problem::unavailable(error),
        other => Problem::internal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::of_keys;
    use shirushi_clock::Instant;
    use shirushi_profile::{CertificateKind, Generation};
    use shirushi_wire::KeyWarning;

    #[test]
    fn what_is_late_or_failed_is_no_good_status_and_what_is_to_come_is() {
        let at = Instant::from_unix(1_900_000_000).unwrap();
        assert!(of_keys(&[], "signature 1").ok);
        let next = KeyWarning::NextGeneration {
            kind: CertificateKind::Signature,
            generation: Generation::FIRST.following().unwrap(),
            from: at,
        };
        let told = of_keys(std::slice::from_ref(&next), "signature 1");
        assert!(told.ok && told.seen.contains("generation 2") && told.seen.contains("2030-03-18"));
        let told = of_keys(&[KeyWarning::RenewalFailed { at }, next], "signature 1");
        assert!(!told.ok);
        assert!(
            told.seen.contains("signature 1")
                && told
                    .seen
                    .contains("failed on 2030-03-18")
        );
    }
}
