//! The sandbox desk for people, where everybody begins: what stands here and what to try first, the city's time, the residents and what can
//! happen to them, cards, and enrolment codes. It is [`crate::near`] for people; a real city has nothing like it.

mod cards;
mod changes;
mod codes;
mod forms;
mod looked_up;
mod personas;
mod residents;
mod said;
mod start;
mod time;
mod words;

use crate::near::Sandbox;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use shirushi_agency::Agency;
use shirushi_agent::Wallet;
use shirushi_crypto::Random;
use shirushi_rules::Bilingual;
use shirushi_web::{Link, Page, Problem, Site, SiteConfig, UnfitOrigin};
use std::sync::Arc;

/// Where the desk is, and what it leads to.
#[derive(Clone, Debug)]
pub struct PagesConfig {
    /// Its own origin.
    pub origin: String,
    /// The agent's origin.
    pub agent: String,
    /// The counter's origin.
    pub counter: String,
    /// The portal's origin.
    pub portal: String,
    /// The origin of the agency's desk.
    pub agency: String,
    /// What the URLs of the public files begin with.
    pub base: String,
}

/// What the desk's pages work with.
struct Desk {
    sandbox: Arc<Sandbox>,
    agency: Arc<Agency>,
    wallet: Arc<Wallet>,
    config: PagesConfig,
}

impl Desk {
    /// Whether the visitor's agent is the one that runs with the city and has its wallet: names below `localhost` are of this
    /// machine, all others are reached from elsewhere.
    fn has_the_visitors_agent(&self) -> bool {
        let (_, authority) = self
            .config
            .origin
            .split_once("://")
            .unwrap_or_default();
        let host = authority
            .split_once(':')
            .map_or(authority, |(host, _)| host);
        host == "localhost" || host.ends_with(".localhost")
    }
}

/// The desk's pages, as a finished site.
///
/// # Errors
/// [`UnfitOrigin`] of `config`.
pub fn page_routes(
    sandbox: Arc<Sandbox>,
    agency: Arc<Agency>,
    wallet: Arc<Wallet>,
    config: PagesConfig,
    random: Arc<dyn Random>,
) -> Result<Router, UnfitOrigin> {
    let site = Site::new(site(&config), random)?;
    let desk = Desk {
        sandbox,
        agency,
        wallet,
        config,
    };
    let pages = Router::new()
        .route("/", get(start::page))
        .route("/time", post(time::pass))
        .route("/residents", get(residents::list))
        .route("/residents/{code}", get(residents::one))
        .route(
            "/residents/{code}/changes/{kind}",
            get(changes::ask).post(changes::record),
        )
        .route("/cards", get(cards::page).post(cards::make))
        .route("/cards/eject", post(cards::eject))
        .route("/cards/{number}/insert", post(cards::insert))
        .route("/cards/{number}/remove", post(cards::remove))
        .route("/cards/{number}/file", get(cards::file))
        .route("/codes", get(codes::page))
        .route("/codes/officer", post(codes::officer))
        .route("/codes/clerk", post(codes::clerk))
        .with_state(Arc::new(desk));
    Ok(site.wrap(pages))
}

fn site(config: &PagesConfig) -> SiteConfig {
    let link = |href: &str, ja, en| Link {
        href: href.to_owned(),
        label: Bilingual { ja, en },
    };
    SiteConfig {
        origin: config.origin.clone(),
        word: "sandbox",
        name: Bilingual {
            ja: "印 Shirushi 練習場",
            en: "Shirushi sandbox",
        },
        links: vec![
            link("/", "はじめに", "Start"),
            link("/residents", "住民", "Residents"),
            link("/cards", "カード", "Cards"),
            link("/codes", "登録コード", "Codes"),
        ],
        forms_lead_to: Vec::new(),
        takes_secrets: false,
        is_sandbox: true,
    }
}

/// A page, or why there is none.
type Answer = Result<Response, Problem>;

/// A page that says what was refused.
fn refused(page: Page) -> Response {
    page.status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response()
}
