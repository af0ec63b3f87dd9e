//! Where sites send the browser.

use super::{store, told};
use crate::{Agent, agent::Unclaimed, threshold::is_navigation};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
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
    // Before anything is asked, of the site or of our own store. A navigation that a person sees has no Origin.
    let is_fit = is_navigation(&headers) && !headers.contains_key(header::ORIGIN);
    TOP_LEVEL_NAVIGATION.require(is_fit, [])?;
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
