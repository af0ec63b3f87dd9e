//! The citizen's own page.

use super::{certificates::both, page};
use crate::{Portal, filings::Outcome, session::Citizen};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use shirushi_clock::Instant;
use shirushi_web::{Page, Problem, Visit, maud::html, ui};
use std::sync::Arc;

/// So many filings are shown at once.
const SHOWN: usize = 50;

/// Behind which filing the list goes on.
#[derive(Deserialize)]
pub(crate) struct Behind {
    at: Option<i64>,
    #[serde(default)]
    after: String,
}

/// What was sent when the log-in had ended.
pub(crate) async fn held(visit: Visit, citizen: Citizen, Path(ticket): Path<String>) -> Page {
    let title = visit.say("送る前の内容", "What was to be sent");
    page(&visit, Some(&citizen), title, visit.held_post(&ticket))
}

pub(crate) async fn my(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Query(behind): Query<Behind>,
) -> Result<Page, Problem> {
    let drafts = portal.drafts(&citizen.account).await?;
    let before = behind
        .at
        .and_then(|at| Instant::from_unix(at).ok())
        .map(|at| (at, behind.after.as_str()));
    // One more than is shown says whether there are more.
    let mut filings = portal
        .filings(&citizen.account, before, SHOWN + 1)
        .await?;
    let has_more = filings.len() > SHOWN;
    filings.truncate(SHOWN);
    let certificates = both(&portal, &visit, &citizen, "/my").await?;
    let content = html! {
        h2 id="drafts" { (visit.say("下書き", "Drafts")) }
        @if drafts.is_empty() { p { (visit.say("ありません。", "None.")) } }
        ul { @for draft in &drafts { li {
            a href={ "/drafts/" (draft.id) } { (visit.text(draft.procedure.name)) }
            " " (ui::moment(&visit, draft.changed_at))
        } } }
        p { a href="/procedures" { (visit.say("手続きを選ぶ", "Choose a procedure")) } }
        h2 id="filings" { (visit.say("送ったもの", "Filings")) }
        @if filings.is_empty() { p { (visit.say("ありません。", "None.")) } }
        ul { @for filing in &filings {
            @let name = filing.procedure.map_or("–", |procedure| visit.text(procedure.name));
            li { @match &filing.outcome {
                Outcome::Received { receipt, at } => {
                    a href={ "/filings/" (receipt) } { (name) } " " (ui::moment(&visit, *at)) " " (visit.say("受付済み", "received")) }
                Outcome::Refused(_) => { a href={ "/outbox/" (filing.id) } { (name) } " " (visit.say("受け付けられませんでした", "refused")) }
                _ => { a href={ "/outbox/" (filing.id) } { (name) } " " (visit.say("まだ送れていません", "not sent yet")) }
            } }
        } }
        @if let (true, Some(last)) = (has_more, filings.last()) {
            p { a.button href={ "/my?at=" (last.prepared_at.unix()) "&after=" (last.id) "#filings" } {
                (visit.say("古いものを見る", "Show older ones")) } }
        }
        (certificates)
    };
    let title = visit.say("マイページ", "My page");
    Ok(page(&visit, Some(&citizen), title, content))
}
