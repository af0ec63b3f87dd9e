//! What was asked of the card, and what happened.

use super::{store, want_word};
use crate::{Agent, history::Line};
use axum::extract::State;
use shirushi_web::{
    Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use std::sync::Arc;

pub(crate) async fn history(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
) -> Result<Page, Problem> {
    let lines = agent.history().await.map_err(store)?;
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| row(&visit, line))
        .collect();
    let content = html! {
        p.lead {
            (visit.say(
                "サイトから頼まれたことと、自分で署名・変更・申請したこと、その結果です。暗証番号と書類の内容は残していません。新しいものから200件まで示します。",
                "What sites have asked for, what you have signed, changed and applied for yourself, and what happened. PINs and the contents of documents are not kept. The newest 200 are shown."))
        }
        @if rows.is_empty() {
            p #none { (visit.say("まだありません。", "Nothing yet.")) }
        } @else {
            (ui::table(
                visit.say("履歴", "History"),
                &[
                    visit.say("時", "When"),
                    visit.say("求めた者", "Who asked"),
                    visit.say("用件", "For what"),
                    visit.say("結果", "Result"),
                    visit.say("カード", "Card"),
                ],
                &rows))
        }
    };
    let title = visit.say("履歴", "History");
    Ok(Page::new(&visit, title, content))
}

fn row(visit: &Visit, line: &Line) -> Vec<Markup> {
    vec![
        html! { @if let Some(at) = line.asked_at { (ui::moment(visit, at)) } },
        html! {
            @if line.site.is_empty() { (visit.say("（自分で）", "(myself)")) }
            @else { code { (line.site) } br; (visit.both(&line.name)) }
        },
        html! {
            (want_word(visit, &line.want))
            @if !line.digest.is_empty() {
                br; (visit.both(&line.title))
                br; "SHA-256 " (ui::grouped(&line.digest))
            }
        },
        html! {
            strong { (outcome(visit, &line.outcome)) }
            @if !line.detail.ja.is_empty() { br; (visit.both(&line.detail)) }
        },
        html! { @if !line.card.is_empty() { (ui::grouped(&line.card)) } },
    ]
}

fn outcome(visit: &Visit, word: &str) -> &'static str {
    match word {
        "done" => visit.say("済み", "Done"),
        "declined" => visit.say("やめた", "Declined"),
        "refused" => visit.say("受け付けられなかった", "Not accepted"),
        "interrupted" => visit.say("中断", "Interrupted"),
        "foreign-command" => visit.say(
            "発行のためでない命令を止めた",
            "A command not for issuing was kept from the card",
        ),
        _ => visit.say("途中", "Not finished"),
    }
}
