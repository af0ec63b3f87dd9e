//! The agent's addresses.

use crate::{Agent, pages, threshold};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use std::sync::Arc;

/// The agent's pages. `/enter` is where sites send the browser. They are its owner's: each request must bear whose it is
/// (`ConnectInfo<Caller>`), as [`shirushi_web::serve`] has it.
pub fn router(agent: Arc<Agent>) -> Router {
    let site = agent.site.clone();
    let routes = Router::new()
        .route("/", get(pages::home::home))
        .route("/reader/insert", post(pages::home::insert))
        .route("/reader/eject", post(pages::home::eject))
        .route("/status", post(pages::card::status))
        .route(
            "/certificates/{name}",
            get(pages::card::certificate).post(pages::card::read),
        )
        .route("/pins", get(pages::pins::pins))
        .route(
            "/pins/{name}",
            get(pages::pins::change_form).post(pages::pins::change),
        )
        .route(
            "/revoke",
            get(pages::revoke::form).post(pages::revoke::revoke),
        )
        .route(
            "/sign",
            get(pages::sign::form)
                .post(pages::sign::take)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/sign/{id}", get(pages::sign::look))
        .route("/sign/{id}/pin", post(pages::sign::pin))
        .route("/sign/{id}/signature", get(pages::sign::signature))
        .route(
            "/check",
            get(pages::check::form)
                .post(pages::check::check)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/enter", get(pages::enter::enter))
        .route("/errands/{id}", get(pages::errand::errand))
        .route("/errands/{id}/document", get(pages::document::document))
        .route(
            "/errands/{id}/attachments/{n}",
            get(pages::document::attachment),
        )
        .route("/errands/{id}/pin", post(pages::pin::pin))
        .route("/errands/{id}/consent", post(pages::errand::consent))
        .route("/errands/{id}/start", post(pages::personalise::start))
        .route("/errands/{id}/pins", post(pages::personalise::pins))
        .route("/errands/{id}/progress", get(pages::personalise::progress))
        .route("/errands/{id}/decline", post(pages::errand::decline))
        .route("/errands/{id}/deliver", post(pages::done::deliver))
        .route("/errands/{id}/done", get(pages::done::done))
        .route("/sites", get(pages::sites::sites).post(pages::sites::add))
        .route("/sites/remove", post(pages::sites::remove))
        .route("/history", get(pages::history::history))
        .with_state(agent);
    let origin = site.origin().to_owned();
    threshold::before(site.wrap(routes), &origin)
}
