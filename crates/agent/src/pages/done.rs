//! The way back to the site.

use super::{card::unlisted, task, to_done, to_errand, told};
use crate::{
    Agent,
    tasks::{Outcome, State},
};
use axum::{
    extract::{Path, State as Handed},
    http::{HeaderName, StatusCode},
    response::{IntoResponse as _, Response},
};
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::html,
    ui::{self, Tone},
};
use std::sync::Arc;

/// The errand has ended: the browser goes back by itself, and there is a link. It is a page and no redirect, because a form of
/// ours leads to ourselves only (CSP `form-action` is asked for each redirect after it).
pub(crate) async fn done(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    // Until the site has been told, or could not be.
    let _work = task.work.lock().await;
    let relay = task.relay().stage.clone();
    match task.state() {
        State::Open => Ok(to_errand(&task)),
        State::Settled(code, outcome) => {
            let address = format!("{}/returned?code={}", task.site, String::from(code));
            let words = match outcome {
                Outcome::Done => visit.say("済みました。", "Done."),
                Outcome::Declined => visit.say("取りやめました。", "Declined."),
                Outcome::Foreign => visit.say("中止しました。", "Stopped."),
            };
            let foreign = match (&relay, outcome) {
                (crate::tasks::Stage::Interrupted(fault), Outcome::Foreign) => Some(fault),
                _ => None,
            };
            let content = html! {
                @if let Some(fault) = foreign { (told(&visit, fault)) }
                @else { (ui::notice(Tone::Good, html! { p { strong #outcome { (words) } } })) }
                @if task.is_unlisted() { (unlisted(&visit)) }
                p {
                    (visit.say("サイトに戻ります: ", "Going back to the site: "))
                    code { (task.site) }
                }
                p { a.button.main #return href=(address) { (visit.say("サイトに戻る", "Back to the site")) } }
            };
            let page = Page::new(&visit, words, content).into_response();
            if foreign.is_some() || task.is_unlisted() {
                // It is to be read.
                return Ok(page);
            }
            let refresh = (
                HeaderName::from_static("refresh"),
                format!("0;url={address}"),
            );
            Ok(([refresh], page).into_response())
        }
        State::Undelivered(_, _, fault) => {
            let content = html! {
                (ui::notice(Tone::Warning, html! {
                    p { strong #undelivered {
                        (visit.say(
                            "カードでの処理は済みましたが、サイトに知らせることができません。",
                            "The work on the card is done, but the site could not be told."))
                    } }
                }))
                p { (visit.say("サイト: ", "Site: ")) code { (task.site) } }
                @if let Some(fault) = &fault { (told(&visit, fault)) }
                (ui::form(&visit, &format!("/errands/{}/deliver", task.id), html! {
                    p.actions {
                        button.main #deliver type="submit" { (visit.say("もう一度知らせる", "Tell it again")) }
                    }
                }))
            };
            let title = visit.say("サイトに届いていません", "The site does not know yet");
            Ok(Page::new(&visit, title, content)
                .status(StatusCode::BAD_GATEWAY)
                .into_response())
        }
    }
}

/// Tells the site once more.
pub(crate) async fn deliver(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    _fields: Fields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    agent.deliver(&task).await;
    Ok(to_done(&task))
}
