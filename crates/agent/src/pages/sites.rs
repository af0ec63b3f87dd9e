//! The sites that may use the card.

use super::{store, to};
use crate::Agent;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_rules::Refusal;
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::html,
    ui::{self, Field, Label},
};
use std::sync::Arc;

pub(crate) async fn sites(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
) -> Result<Response, Problem> {
    page(&agent, &visit, "", None).await
}

pub(crate) async fn add(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let typed = fields.text("origin");
    match agent
        .allow(typed)
        .await
        .map_err(store)?
    {
        Ok(_) => Ok(to("/sites")),
        Err(refusal) => page(&agent, &visit, typed, Some(refusal)).await,
    }
}

pub(crate) async fn remove(
    State(agent): State<Arc<Agent>>,
    _visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    agent
        .disallow(fields.text("origin"))
        .await
        .map_err(store)?;
    Ok(to("/sites"))
}

async fn page(
    agent: &Agent,
    visit: &Visit,
    typed: &str,
    refusal: Option<Refusal>,
) -> Result<Response, Problem> {
    let sites = agent.sites().await.map_err(store)?;
    let error = match &refusal {
        Some(_) => visit.say(
            "例: https://portal.example",
            "For example: https://portal.example",
        ),
        None => "",
    };
    let status = match &refusal {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let rows: Vec<Vec<_>> = sites
        .iter()
        .map(|site| {
            vec![
                html! { code { (site.origin) } },
                match site.added_at {
                    None => html! { (visit.say("初めから", "from the start")) },
                    Some(at) => html! { (ui::moment(visit, at)) },
                },
                match site.added_at {
                    None => html! { (visit.say("設定ファイルにあります", "in the configuration")) },
                    Some(_) => ui::form(visit, "/sites/remove", html! {
                        input type="hidden" name="origin" value=(site.origin);
                        button type="submit" aria-label={ (visit.say("取り消す: ", "Remove ")) (site.origin) } {
                            (visit.say("取り消す", "Remove"))
                        }
                    }),
                },
            ]
        })
        .collect();
    let content = html! {
        @if let Some(refusal) = &refusal { (ui::refusal(visit, &refusal.report())) }
        p.lead {
            (visit.say(
                "ここにあるサイトだけが、このパソコンのカードを使うように頼めます。暗証番号がサイトに伝わることはありません。",
                "Only these sites can ask for the card on this computer. No PIN is ever told to a site."))
        }
        (ui::table(
            visit.say("許可したサイト", "Allowed sites"),
            &[visit.say("サイト", "Site"), visit.say("許可した時", "Allowed at"), visit.say("操作", "Action")],
            &rows))
        h2 { (visit.say("サイトを加える", "Add a site")) }
        (ui::form(visit, "/sites", html! {
            (ui::field(visit, Field {
                name: "origin",
                label: Label::new("サイトのアドレス", "The site's address"),
                hint: visit.say(
                    "「https://」から始まり、ホスト名まで。信頼できるサイトだけを加えてください。",
                    "From https:// to the host name. Add only a site that you trust."),
                value: typed,
                error,
                ..Field::default()
            }))
            (ui::submit(visit.say("加える", "Add")))
        }))
    };
    let title = visit.say("許可したサイト", "Allowed sites");
    Ok(Page::new(visit, title, content)
        .status(status)
        .into_response())
}
