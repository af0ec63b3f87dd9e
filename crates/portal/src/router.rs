//! The portal's face.

use crate::{Portal, pages::*};
use axum::{
    Router,
    routing::{get, post},
};
use shirushi_web::{errand_routes, with_body_limit};
use std::sync::Arc;

/// The largest form with a file, in bytes: what base64 makes of it still fits a filing.
const LARGEST_UPLOAD: usize = 8 * 1024 * 1024;

/// The portal's pages, and the routes by which the agent speaks with it.
///
/// | method | path | for |
/// |---|---|---|
/// | GET | `/`, `/procedures`, `/procedures/{id}`, `/prepare`, `/apply`, `/certificates`, `/news`, `/log-in` | everybody |
/// | POST | `/log-in`, `/log-out` | everybody |
/// | GET | `/returned?code=` | the session that gave the errand |
/// | GET | `/my`, `/held/{ticket}`, `/procedures/{id}/start`, `/drafts/{id}`, `/drafts/{id}/review`, `/outbox/{filing}`, `/filings/{receipt}` | who is logged in |
/// | POST | `/certificate`, `/procedures/{id}/start`, `/drafts/{id}`, `…/delete`, `…/attachments`, `…/attachments/{id}/remove`, `…/sign`, `/outbox/{filing}/send` | who is logged in |
/// | POST | `/agent/claims`, `/agent/errands/{channel}/deed` | the agent |
pub fn router(portal: Arc<Portal>) -> Router {
    let errands = errand_routes(Arc::clone(&portal.errands));
    let site = portal.site.clone();
    let routes = Router::new()
        .route("/", get(public::start))
        .route("/procedures", get(public::procedures))
        .route("/procedures/{id}", get(public::procedure))
        .route("/prepare", get(guide::prepare))
        .route("/apply", get(guide::apply))
        .route("/certificates", get(certificates::certificates))
        .route("/news", get(guide::news))
        .route("/log-in", get(log_in::page).post(log_in::give))
        .route("/log-out", post(log_in::log_out))
        .route("/returned", get(returned::returned))
        .route("/my", get(my::my))
        .route("/held/{ticket}", get(my::held))
        .route("/certificate", post(certificates::ask))
        .route(
            "/procedures/{id}/start",
            get(start::page).post(start::begin),
        )
        .route("/drafts/{id}", get(draft::page).post(draft::save))
        .route("/drafts/{id}/delete", post(draft::delete))
        .route(
            "/drafts/{id}/attachments",
            with_body_limit(post(enclosures::attach), LARGEST_UPLOAD),
        )
        .route(
            "/drafts/{id}/attachments/{attachment}/remove",
            post(enclosures::detach),
        )
        .route("/drafts/{id}/review", get(review::page))
        .route("/drafts/{id}/sign", post(review::sign))
        .route("/outbox/{filing}", get(filing::unsent))
        .route("/outbox/{filing}/send", post(filing::send))
        .route("/filings/{receipt}", get(filing::receipt))
        .with_state(portal)
        .merge(errands);
    site.wrap(routes)
}
