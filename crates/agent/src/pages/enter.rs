//! Where sites send the browser.

use super::{home::unfinished, store, to_errand, told};
use crate::{
    Agent,
    agent::Unclaimed,
    tasks::{MOST_OF_A_BROWSER, Room, SECONDS},
    threshold::is_navigation,
};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use shirushi_rules::{ERRANDS_AT_ONCE, Facts, TOP_LEVEL_NAVIGATION};
use shirushi_web::{Page, Problem, Visit, maud::html, ui};
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
    let browser = visit.browser_hash();
    let Some(place) = agent
        .tasks
        .reserve(browser, agent.now())
    else {
        return Ok(full(&agent, &visit));
    };
    let id = agent.new_id();
    // Nothing that the browser has brought names the session: it is new, and this errand's alone.
    let opened = visit.open_room(&id, SECONDS);
    let room = Room {
        id,
        session: opened.session_hash,
        browser,
    };
    match agent
        .claim(place, room, site.clone(), &call.ticket)
        .await
    {
        Ok(task) => Ok((opened.cookies, to_errand(&task)).into_response()),
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

/// There are as many errands as may be: what is open stays, and the ticket is not used yet.
fn full(agent: &Agent, visit: &Visit) -> Response {
    let open = agent
        .tasks
        .open(&visit.browser_hash(), agent.now());
    let refusal = ERRANDS_AT_ONCE.refusal(Facts::new().and("most", MOST_OF_A_BROWSER));
    let content = html! {
        (ui::refusal(visit, &refusal.report()))
        @if !open.is_empty() {
            h2 { (visit.say("途中の用件", "Unfinished requests")) }
            (unfinished(visit, &open))
        }
        p { a.button #again href=(visit.here()) { (visit.say("もう一度受け取る", "Take it over")) } }
    };
    let title = visit.say("まだ受け取っていません", "Not taken over yet");
    Page::new(visit, title, content)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response()
}
