//! The first page: the card in the reader, and what can be done with it.

use super::{card, store, to, want_word};
use crate::{Agent, AgentError, history::word, tasks::Task};
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use shirushi_rules::{Bilingual, Fact, Facts, InBoth, WELL_FORMED};
use shirushi_softcard::SoftCardError;
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::{Markup, html},
};
use std::sync::Arc;

pub(crate) async fn home(State(agent): State<Arc<Agent>>, visit: Visit) -> Result<Page, Problem> {
    let open = agent
        .tasks
        .open(&visit.browser_hash(), agent.now());
    let sites = agent.sites().await.map_err(store)?;
    let card = card::section(&agent, &visit).await?;
    let content = html! {
        p.lead {
            (visit.say(
                "このパソコンで動いている利用者クライアントです。カードを見て、ファイルに署名し、署名を確かめます。サイトから頼まれたときにも、カードを使います。暗証番号は、この画面だけに入力してください。",
                "This is the agent, a program that runs on this computer. It shows the card, signs files and checks signatures, and uses the card when a site asks for it. Type a PIN on these pages only."))
        }
        @if !open.is_empty() {
            h2 { (visit.say("途中の用件", "Unfinished requests")) }
            (unfinished(&visit, &open))
        }
        p.actions {
            a.button.main href="/sign" { (visit.say("ファイルに署名する", "Sign a file")) }
            a.button.main href="/check" { (visit.say("署名を確かめる", "Check a signature")) }
        }
        (card)
        h2 { (visit.say("使えるサイト", "Sites that may use the card")) }
        p {
            (visit.say("カードを使うことを許したサイト: ", "Sites that you allow to use the card: "))
            a href="/sites" { (sites.len()) (visit.say("件", "")) }
        }
        p { a href="/history" { (visit.say("これまでの履歴", "What has been done so far")) } }
    };
    let title = visit.say("利用者クライアント", "Agent");
    Ok(Page::new(&visit, title, content))
}

/// The errands that wait, with the way to them.
pub(super) fn unfinished(visit: &Visit, open: &[Arc<Task>]) -> Markup {
    html! {
        ul #unfinished {
            @for task in open {
                li {
                    a href={ "/errands/" (task.id) } {
                        (want_word(visit, word(&task.errand.want))) " – " (task.site)
                    }
                }
            }
        }
    }
}

pub(crate) async fn insert(
    State(agent): State<Arc<Agent>>,
    _visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let number = fields
        .text("card")
        .parse()
        .map_err(|_| no_such_card())?;
    let wallet = Arc::clone(&agent.wallet);
    let inserted = tokio::task::spawn_blocking(move || wallet.insert(&number))
        .await
        .map_err(|error| Problem::internal(&error))?;
    match inserted {
        Ok(()) => Ok(back(&fields).into_response()),
        Err(AgentError::NoSuchCard(_)) => Err(no_such_card()),
        Err(AgentError::Card(
            error @ (SoftCardError::InUse
            | SoftCardError::Missing
            | SoftCardError::Version { .. }
            | SoftCardError::Damaged { .. }),
        )) => Err(unfit(&error)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

pub(crate) async fn eject(
    State(agent): State<Arc<Agent>>,
    _visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let wallet = Arc::clone(&agent.wallet);
    tokio::task::spawn_blocking(move || wallet.eject())
        .await
        .map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::internal(&error))?;
    Ok(back(&fields))
}

/// The page that the form stood on: the first one, or an errand's.
fn back(fields: &Fields) -> Response {
    let address = fields.text("back");
    let is_errand = address
        .strip_prefix("/errands/")
        .is_some_and(|id| {
            id.len() == 32
                && id
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit())
        });
    to(if is_errand { address } else { "/" })
}

fn no_such_card() -> Problem {
    refused(Bilingual::new(
        "この番号のカードはありません",
        "there is no card with this number",
    ))
}

fn unfit(error: &SoftCardError) -> Problem {
    refused(InBoth::new("カードを開けません", error.to_string()))
}

fn refused(fault: impl Into<Fact>) -> Problem {
    WELL_FORMED
        .refusal(
            Facts::new()
                .and("where", Bilingual::new("カード", "the card"))
                .and("fault", fault),
        )
        .into()
}
