//! The officers' desk: the counter's pages (窓口の画面). What they do is what the [`Counter`] does; here it is asked and shown.
//!
//! The card is read, and personalised, through the agent on the officer's machine: at the counter the applicant sits down at it to
//! set the PINs, which no page of the counter ever sees.

mod agent;
mod application;
mod entrance;
mod find;
mod form;
mod incidents;
mod intake;
mod queue;
mod revocation;
mod words;

pub use incidents::Incident;

use crate::{Counter, CounterError, Officer};
use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use shirushi_accounts::{Pages, logged_in};
use shirushi_rules::{Bilingual, InBoth, RefusalReport};
use shirushi_web::{
    Errands, Giver, HeldForms, Link, Site, SiteConfig, UnfitOrigin, errand_routes, passed_on,
    with_body_limit,
};
use shirushi_wire::ApplicationId;
use std::sync::Arc;

/// The longest batch of a card's responses, in bytes.
const LONGEST_RELAY: usize = 256 * 1024;

/// Where the desk and the agent are.
#[derive(Clone, Debug)]
pub struct PagesConfig {
    /// The desk's origin.
    pub origin: String,
    /// The agent on the officer's machine: `http://127.0.0.1:8081`.
    pub agent: String,
    /// Whether it belongs to a sandbox.
    pub is_sandbox: bool,
}

/// The desk and what it knows of errands under way.
#[derive(Clone)]
struct Desk {
    counter: Arc<Counter>,
    errands: Arc<Errands<About>>,
    held: Arc<HeldForms<HeldForm>>,
    agent: Arc<str>,
}

/// An application that was filled in, and what was found of the card that was read for it.
#[derive(Clone)]
struct HeldForm {
    code: String,
    fields: Vec<(String, String)>,
    report: Option<RefusalReport>,
}

/// What an errand was given for.
#[derive(Clone)]
enum About {
    /// A card is read for a form: whose, and what was filled in so far.
    Form {
        code: String,
        fields: Vec<(String, String)>,
    },
    /// An application's card is personalised, on behalf of the officer whose session this is.
    Application { id: ApplicationId, session: String },
}

type Shared = State<Desk>;
type Account = Pages<Desk>;

/// The desk, as a site of its own.
///
/// # Errors
/// [`UnfitOrigin`].
pub fn pages(counter: Arc<Counter>, config: PagesConfig) -> Result<Router, UnfitOrigin> {
    let name = Bilingual {
        ja: "市区町村の窓口（担当者用）",
        en: "Municipal counter (for officers)",
    };
    let link = |href: &str, ja, en| Link {
        href: href.to_owned(),
        label: Bilingual { ja, en },
    };
    let site = Site::new(
        SiteConfig {
            origin: config.origin,
            word: "counter",
            name,
            links: vec![
                link("/applications", "申請の一覧", "Applications"),
                link("/applications/new", "申請を受ける", "Take an application"),
                link("/revocations/new", "失効の申請", "Revocation"),
            ],
            forms_lead_to: vec![config.agent.clone()],
            takes_secrets: true,
            is_sandbox: config.is_sandbox,
        },
        Arc::clone(&counter.random),
    )?;
    let name = InBoth {
        ja: name.ja.to_owned(),
        en: name.en.to_owned(),
    };
    let errands = Errands::new(
        name,
        Arc::clone(&counter.clock),
        Arc::clone(&counter.random),
    );
    let held = Arc::new(HeldForms::new(
        Arc::clone(&counter.clock),
        Arc::clone(&counter.random),
    ));
    let desk = Desk {
        counter,
        errands: Arc::clone(&errands),
        held,
        agent: config.agent.into(),
    };
    let routes = Router::new()
        .route("/", get(async || Redirect::to("/applications")))
        .route("/log-in", get(Account::log_in_page).post(Account::log_in))
        .route("/enrol", get(Account::enrol_page).post(Account::enrol))
        .route("/log-out", post(Account::log_out))
        .route("/held/{ticket}", get(Account::held))
        .route("/applications", get(queue::page))
        .route("/applications/new", get(find::for_application))
        .route(
            "/applications/new/{code}",
            get(intake::page).post(intake::send),
        )
        .route("/applications/{id}", get(application::page))
        .route("/applications/{id}/state", get(application::state))
        .route("/applications/{id}/result", get(application::result))
        .route("/applications/{id}/hand-over", post(application::hand_over))
        .route("/revocations/new", get(find::for_revocation))
        .route(
            "/revocations/new/{code}",
            get(revocation::page).post(revocation::send),
        )
        .route("/returned", get(agent::returned))
        .route(
            "/agent/errands/{channel}/relay",
            with_body_limit(post(agent::relay), LONGEST_RELAY),
        )
        .route(
            "/agent/errands/{channel}/foreign-command",
            with_body_limit(post(agent::foreign_command), LONGEST_RELAY),
        )
        .with_state(desk)
        .merge(errand_routes(errands));
    Ok(site.wrap(routes))
}

/// The officer who is logged in; others are sent to the log-in, and from there back to what they asked for.
impl FromRequestParts<Desk> for Officer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        logged_in(parts, desk).await
    }
}

/// The refusal in an error, whoever refused; every other error as it is.
fn refusal_of(error: CounterError) -> Result<RefusalReport, CounterError> {
    match error {
        CounterError::Refused(refusal) => Ok(refusal.report()),
        CounterError::Passed(passed) => match passed.report() {
            Some(report) => Ok(report),
            None => Err(CounterError::Passed(passed)),
        },
        other => Err(other),
    }
}

/// An error as an answer of the desk.
fn answer(error: CounterError) -> Response {
    match refusal_of(error) {
        Ok(report) => passed_on(report),
        Err(error) => error.into_response(),
    }
}

/// On whose account an officer's errands go.
fn giver(officer: &Officer) -> Giver {
    Giver::known(officer.name.as_str())
}
