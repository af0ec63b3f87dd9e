//! Where sites send the browser.

use super::{store, told};
use crate::{Agent, agent::Unclaimed};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use shirushi_rules::TOP_LEVEL_NAVIGATION;
use shirushi_web::{Page, Problem, Visit, maud::html};
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct Call {
    #[serde(default)]
    site: String,
    #[serde(default)]
    ticket: String,
}

pub(crate) async fn enter(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    headers: HeaderMap,
    Query(call): Query<Call>,
) -> Result<Response, Problem> {
    TOP_LEVEL_NAVIGATION.require(is_navigation(&headers), [])?;
    let site = agent
        .require_allowed(&call.site)
        .await
        .map_err(store)??;
    let session = visit.session_hash();
    match agent
        .claim(site.clone(), &call.ticket, session)
        .await
    {
        Ok(task) => {
            let address = format!("/errands/{}", task.id);
            // The errand is this session's, which may have begun with this request.
            let cookie = visit.session_cookie(visit.session());
            Ok((cookie, Redirect::to(&address)).into_response())
        }
        Err(Unclaimed::Refused(refusal)) => Err(refusal.into()),
        Err(Unclaimed::Store(error)) => Err(store(error)),
        Err(Unclaimed::Told(fault)) => {
            let content = html! {
                p { (visit.say("サイト: ", "Site: ")) strong { code { (site) } } }
                (told(&visit, &fault))
                p { a href=(site) { (visit.say("サイトに戻る", "Back to the site")) } }
            };
            let title = visit.say("受け付けられませんでした", "Not accepted");
            let page = Page::new(&visit, title, content).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page.into_response())
        }
    }
}

/// Whether the browser has gone here with its whole window, as a person sees it: no frame, no fetch, nothing fetched before it is
/// wanted. Browsers that say nothing about it are believed (Fetch Metadata §2).
fn is_navigation(headers: &HeaderMap) -> bool {
    let is = |name: &str, wanted: &[u8]| {
        headers
            .get_all(name)
            .iter()
            .all(|value| value.as_bytes() == wanted)
    };
    is("sec-fetch-mode", b"navigate")
        && is("sec-fetch-dest", b"document")
        && !headers.contains_key("sec-purpose")
        && !headers.contains_key("purpose")
}
