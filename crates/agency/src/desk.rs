//! The agency's desk (受付係の画面): clerks see the filings with their validation in plain words, and decide.

mod clerks;
mod decisions;
mod entrance;
mod filing;
mod lists;
mod report;

pub use clerks::Clerk;
pub(crate) use clerks::PARTY;
pub use lists::{DeskEntry, DeskState};

use crate::{Agency, AgencyError};
use axum::{
    Router,
    extract::{FromRef, FromRequestParts, State},
    http::request::Parts,
    response::{Redirect, Response},
    routing::{get, post},
};
use shirushi_accounts::{Pages, logged_in};
use shirushi_rules::Bilingual;
use shirushi_store::StoreError;
use shirushi_web::{Link, Problem, Site, SiteConfig, UnfitOrigin};
use std::sync::Arc;

/// Where the desk is.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// Its origin.
    pub origin: String,
    /// Whether it belongs to a sandbox.
    pub is_sandbox: bool,
}

/// The desk's state.
#[derive(Clone)]
struct Desk(Arc<Agency>);

type Shared = State<Arc<Agency>>;
type Account = Pages<Desk>;

/// The desk, as a site of its own.
///
/// # Errors
/// [`UnfitOrigin`].
pub fn desk(agency: Arc<Agency>, config: DeskConfig) -> Result<Router, UnfitOrigin> {
    let config = SiteConfig {
        origin: config.origin,
        word: "agency",
        name: Bilingual {
            ja: "申請・届出の受付（係員用）",
            en: "Filings (for clerks)",
        },
        links: vec![Link {
            href: "/filings".to_owned(),
            label: Bilingual {
                ja: "申請の一覧",
                en: "Filings",
            },
        }],
        forms_lead_to: Vec::new(),
        takes_secrets: true,
        is_sandbox: config.is_sandbox,
    };
    let random = Arc::clone(&agency.random);
    let site = match &agency.form_key {
        Some(key) => Site::with_form_key(config, random, key.clone()),
        None => Site::new(config, random),
    }?;
    let routes = Router::new()
        .route("/", get(async || Redirect::to("/filings")))
        .route("/log-in", get(Account::log_in_page).post(Account::log_in))
        .route("/enrol", get(Account::enrol_page).post(Account::enrol))
        .route("/log-out", post(Account::log_out))
        .route("/held/{ticket}", get(Account::held))
        .route("/filings", get(lists::page))
        .route("/filings/{receipt}", get(filing::page))
        .route("/filings/{receipt}/report", get(filing::printable))
        .route("/filings/{receipt}/evidence/{name}", get(filing::evidence))
        .route(
            "/filings/{receipt}/attachments/{number}",
            get(filing::attachment),
        )
        .route("/filings/{receipt}/accept", post(decisions::accept))
        .route("/filings/{receipt}/return", post(decisions::give_back))
        .with_state(Desk(agency));
    Ok(site.wrap(routes))
}

/// The clerk who is logged in; others are sent to the log-in, and from there back to what they asked for.
impl FromRequestParts<Desk> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        logged_in(parts, desk).await
    }
}

impl FromRef<Desk> for Arc<Agency> {
    fn from_ref(desk: &Desk) -> Self {
        Self::clone(&desk.0)
    }
}

fn problem(fault: &AgencyError) -> Problem {
    match fault {
        AgencyError::Store(StoreError::Busy) => Problem::unavailable(fault),
        _ => Problem::internal(fault),
    }
}
