//! The agency's desk (受付係の画面): clerks see the filings with their validation in plain words, and decide.

mod account;
mod clerks;
mod decisions;
mod filing;
mod lists;
mod report;

pub use clerks::{Clerk, ClerkFault};
pub use lists::{DeskEntry, DeskState};

use crate::{Agency, AgencyError};
use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use shirushi_rules::Bilingual;
use shirushi_store::StoreError;
use shirushi_web::{
    Link, Problem, Site, SiteConfig, UnfitOrigin, Visit,
    maud::{Markup, html},
    ui,
};
use std::sync::Arc;

/// Where the desk is.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// Its origin.
    pub origin: String,
    /// Whether it belongs to a sandbox.
    pub is_sandbox: bool,
}

type Shared = State<Arc<Agency>>;

/// The desk, as a site of its own.
///
/// # Errors
/// [`UnfitOrigin`].
pub fn desk(agency: Arc<Agency>, config: DeskConfig) -> Result<Router, UnfitOrigin> {
    let site = Site::new(
        SiteConfig {
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
        },
        Arc::clone(&agency.random),
    )?;
    let routes = Router::new()
        .route("/", get(async || Redirect::to("/filings")))
        .route("/log-in", get(account::log_in_page).post(account::log_in))
        .route("/enrol", get(account::enrol_page).post(account::enrol))
        .route("/log-out", post(account::log_out))
        .route("/held/{ticket}", get(account::held))
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
        .with_state(agency);
    Ok(site.wrap(routes))
}

/// The clerk who is logged in; others are sent to the log-in, and from there back to what they asked for.
impl FromRequestParts<Arc<Agency>> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, agency: &Arc<Agency>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, agency)
            .await
            .map_err(IntoResponse::into_response)?;
        match agency.clerk(visit.session()).await {
            Ok(Some(clerk)) => {
                visit.is_of(clerk.name());
                Ok(clerk)
            }
            Ok(None) => {
                let next = match parts.method {
                    Method::GET => parts.uri.path(),
                    _ => "/filings",
                };
                Err(Redirect::to(&format!("/log-in?next={next}")).into_response())
            }
            Err(fault) => Err(problem(&fault).into_response()),
        }
    }
}

/// Who is logged in, with the way out.
fn who(visit: &Visit, clerk: &Clerk) -> Markup {
    html! {
        span { (clerk.name()) }
        (ui::button_form(visit, "/log-out", visit.say("ログアウト", "Log out"), false))
    }
}

fn problem(fault: &AgencyError) -> Problem {
    match fault {
        AgencyError::Store(StoreError::Busy) => Problem::unavailable(fault),
        _ => Problem::internal(fault),
    }
}
