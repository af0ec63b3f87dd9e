//! The list of applications.

use super::{Account, Shared, answer, words};
use crate::{Entry, Officer, State as Progress};
use axum::{extract::State, response::Response};
use maud::{Markup, html};
use shirushi_web::{
    Page, Visit,
    ui::{self, Tone},
};
use shirushi_wire::{ApplicationId, KeyWarning};
use std::collections::BTreeSet;

pub(super) async fn page(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
) -> Result<Page, Response> {
    let entries = desk
        .counter
        .queue(&officer)
        .await
        .map_err(answer)?;
    let warned = desk
        .counter
        .applications_with_incidents()
        .await
        .map_err(answer)?;
    let keys = desk.counter.key_warnings().await;
    let content = html! {
        @if !keys.is_empty() { (of_keys(&visit, &keys)) }
        p.actions {
            a.button.main href="/applications/new" { (visit.say("申請を受ける", "Take an application")) }
            a.button href="/revocations/new" { (visit.say("失効の申請を受ける", "Take a revocation request")) }
        }
        @if entries.is_empty() {
            p { (visit.say("まだ申請はありません。", "There are no applications yet.")) }
        } @else {
            (list(&visit, &entries, &warned))
        }
    };
    let title = visit.say("申請の一覧", "Applications");
    Ok(Page::new(&visit, title, content).user(Account::who(&visit, &officer)))
}

/// What comes of the authority's keys. The work goes on as always.
fn of_keys(visit: &Visit, warnings: &[KeyWarning]) -> Markup {
    let tone = match warnings
        .iter()
        .any(KeyWarning::is_fault)
    {
        true => Tone::Warning,
        false => Tone::Note,
    };
    ui::notice(
        tone,
        html! {
            @for warning in warnings {
                @let told = warning.told();
                p { (visit.say(&told.ja, &told.en)) (visit.say("。", ".")) }
            }
            p { (visit.say(
                "窓口の仕事は、いつもどおり続けられます。",
                "The counter's work goes on as always.")) }
        },
    )
}

fn list(visit: &Visit, entries: &[Entry], warned: &BTreeSet<ApplicationId>) -> Markup {
    let rows: Vec<Vec<Markup>> = entries
        .iter()
        .map(|entry| {
            vec![
                html! { a href={ "/applications/" (entry.id) } { span lang="ja" { (entry.name) } } },
                kinds(visit, entry),
                html! {
                    (visit.text(words::state(entry.state)))
                    @if warned.contains(&entry.id) {
                        " · " strong { (visit.say("要確認: 不正な命令の報告", "look: foreign command reported")) }
                    }
                    @if let Some(rule) = entry.refused_by.as_ref().filter(|_| entry.state == Progress::Refused) { " " code { (rule) } }
                },
                html! { (ui::moment(visit, entry.taken_at)) },
                html! { (entry.officer) },
            ]
        })
        .collect();
    ui::table(
        visit.say("申請の一覧（新しい順）", "Applications, newest first"),
        &[
            visit.say("申請者", "Applicant"),
            visit.say("証明書", "Certificates"),
            visit.say("状態", "State"),
            visit.say("受付", "Taken"),
            visit.say("担当者", "Officer"),
        ],
        &rows,
    )
}

pub(super) fn kinds(visit: &Visit, entry: &Entry) -> Markup {
    html! {
        @for (place, kind) in entry.kinds.iter().enumerate() {
            @if place > 0 { (visit.say("、", ", ")) }
            (visit.text(words::label(&words::KINDS, *kind)))
        }
    }
}
