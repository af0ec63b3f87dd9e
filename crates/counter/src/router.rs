//! The counter's routes: JSON in and out. Each only reads its request and calls the [`Counter`], which pages can call as well.

use crate::{
    ApplicationRequest, Counter, CounterError, Enrolled, Entry, Officer, QueuedApplication,
    RevocationForm, Revoked, SecretText, Taken,
};
use axum::{
    Router,
    extract::{FromRequestParts, Path, Query, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    routing::{get, post},
};
use serde::Deserialize;
use shirushi_accounts::Session;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{Json, KnownBrowser, status, with_body_limit};
use shirushi_wire::{
    ApplicationId, MalformedIdentifier, OfficerId, RelayAnswer, RelayRequest, ResidentCode,
    ResidentRecord, Why,
};
use std::{str::FromStr, sync::Arc};

/// The longest form, in bytes.
const LONGEST_FORM: usize = 16 * 1024;
/// The longest batch of a card's responses, in bytes.
const LONGEST_RELAY: usize = 256 * 1024;

type Shared = State<Arc<Counter>>;
type Answer<T> = Result<Json<T>, CounterError>;

/// The counter's routes, all under `/counter`, to be wrapped in a [`shirushi_web::Face`].
pub fn router(counter: Arc<Counter>) -> Router {
    let form = |route| with_body_limit(route, LONGEST_FORM);
    let clock = Arc::clone(&counter.clock);
    let looked_at = Arc::clone(&counter);
    let look = move || {
        let counter = Arc::clone(&looked_at);
        async move { counter.look().await }
    };
    Router::new()
        .route("/counter/officers/enrol", form(post(enrol)))
        .route("/counter/log-in", form(post(log_in)))
        .route("/counter/log-out", form(post(log_out)))
        .route("/counter/residents/{code}", get(resident))
        .route("/counter/applications", form(post(apply).get(queue)))
        .route("/counter/applications/{id}", get(queued))
        .route(
            "/counter/applications/{id}/relay",
            with_body_limit(post(relay), LONGEST_RELAY),
        )
        .route("/counter/revocations", form(post(revoke)))
        .route("/counter/status", status("counter", clock, look))
        .with_state(counter)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    code: SecretText,
    name: OfficerId,
    password: SecretText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIn {
    name: String,
    password: SecretText,
    #[serde(default)]
    browser: String,
}

/// Why a resident of another municipality is looked up.
#[derive(Deserialize)]
struct Stated {
    reason: Option<String>,
}

async fn enrol(
    State(counter): Shared,
    Json(form): Json<Enrolment>,
) -> Result<(StatusCode, Json<Enrolled>), CounterError> {
    let enrolled = counter
        .enrol(&form.code, form.name, form.password)
        .await?;
    Ok((StatusCode::CREATED, Json(enrolled)))
}

async fn log_in(State(counter): Shared, Json(form): Json<LogIn>) -> Answer<Session> {
    let session = counter
        .log_in(
            &form.name,
            form.password,
            KnownBrowser::read(&form.browser).as_ref(),
        )
        .await?;
    Ok(Json(session))
}

async fn log_out(State(counter): Shared, headers: HeaderMap) -> Result<StatusCode, CounterError> {
    counter
        .log_out(bearer(&headers).ok_or(CounterError::NotAuthorized)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resident(
    State(counter): Shared,
    officer: Officer,
    Named(code): Named<ResidentCode>,
    Query(Stated { reason }): Query<Stated>,
) -> Answer<ResidentRecord> {
    Ok(Json(
        counter
            .resident(&officer, &code, Why::Enquiry { reason })
            .await?,
    ))
}

async fn apply(
    State(counter): Shared,
    officer: Officer,
    Json(request): Json<ApplicationRequest>,
) -> Result<(StatusCode, Json<Taken>), CounterError> {
    let taken = counter
        .apply(&officer, &request)
        .await?;
    Ok((StatusCode::CREATED, Json(taken)))
}

async fn queue(State(counter): Shared, officer: Officer) -> Answer<Vec<Entry>> {
    Ok(Json(counter.queue(&officer).await?))
}

async fn queued(
    State(counter): Shared,
    officer: Officer,
    Named(id): Named<ApplicationId>,
) -> Answer<QueuedApplication> {
    Ok(Json(counter.queued(&officer, &id).await?))
}

async fn relay(
    State(counter): Shared,
    officer: Officer,
    Named(id): Named<ApplicationId>,
    Json(request): Json<RelayRequest>,
) -> Answer<RelayAnswer> {
    Ok(Json(
        counter
            .relay(&officer, &id, &request)
            .await?,
    ))
}

async fn revoke(
    State(counter): Shared,
    officer: Officer,
    Json(form): Json<RevocationForm>,
) -> Answer<Revoked> {
    Ok(Json(counter.revoke(&officer, &form).await?))
}

impl FromRequestParts<Arc<Counter>> for Officer {
    type Rejection = CounterError;

    async fn from_request_parts(
        parts: &mut Parts,
        counter: &Arc<Counter>,
    ) -> Result<Self, CounterError> {
        let session = bearer(&parts.headers).ok_or(CounterError::NotAuthorized)?;
        counter.officer(session).await
    }
}

/// The identifier in the path.
struct Named<T>(T);

impl<T> FromRequestParts<Arc<Counter>> for Named<T>
where
    T: FromStr<Err = MalformedIdentifier>,
{
    type Rejection = CounterError;

    async fn from_request_parts(
        parts: &mut Parts,
        counter: &Arc<Counter>,
    ) -> Result<Self, CounterError> {
        let malformed = |fault: String| {
            WELL_FORMED.refusal(
                Facts::new()
                    .and("where", Bilingual::new("アドレス", "address"))
                    .and("fault", fault),
            )
        };
        let Path(text) = Path::<String>::from_request_parts(parts, counter)
            .await
            .map_err(|_| malformed("UTF-8".to_owned()))?;
        match text.parse() {
            Ok(identifier) => Ok(Self(identifier)),
            Err(error) => Err(malformed(error.to_string()).into()),
        }
    }
}

/// The token of the one Authorization header (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers
        .get_all(header::AUTHORIZATION)
        .iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token)
}
