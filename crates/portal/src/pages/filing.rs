//! What was signed: on its way, refused, or received.

use super::{page, review::told};
use crate::{
    Portal,
    agency::{Decision, Reason},
    filings::Outcome,
    session::Citizen,
};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shirushi_clock::Instant;
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use std::sync::Arc;

/// A signed filing without a receipt.
pub(crate) async fn unsent(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let sent = portal
        .filing(&id, &citizen.account)
        .await?
        .ok_or(Problem::NotFound)?;
    let content = match &sent.outcome {
        Outcome::Prepared => return Err(Problem::NotFound),
        Outcome::Received { receipt, .. } => {
            return Ok(Redirect::to(&format!("/filings/{receipt}")).into_response());
        }
        Outcome::Refused(report) => html! {
            (ui::refusal(&visit, report))
            p { (visit.say("下書きは残っています。直して、もう一度署名して送れます。", "Your draft is kept. Correct it, and sign and send it again.")) }
            p.actions { a.button.main href={ "/drafts/" (sent.draft) } { (visit.say("下書きを開く", "Open the draft")) } }
        },
        Outcome::Unsent => html! {
            (ui::notice(ui::Tone::Warning, html! { p { strong { (visit.say(
                "受付先が今は応答していません。署名したものは、ここに残っています。",
                "The agency does not answer now. What you signed is kept here.")) } } }))
            p { (visit.say("もう一度送っても、2回受け付けられることはありません。", "If you send it again, it is not received twice.")) }
            (ui::button_form(&visit, &format!("/outbox/{id}/send"), visit.say("もう一度送る", "Send again"), true))
        },
    };
    let title = match sent.outcome {
        Outcome::Refused(_) => visit.say("受け付けられませんでした", "Not accepted"),
        _ => visit.say("まだ送れていません", "Not sent yet"),
    };
    Ok(page(&visit, Some(&citizen), title, content).into_response())
}

pub(crate) async fn send(
    State(portal): State<Arc<Portal>>,
    citizen: Citizen,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Redirect, Problem> {
    let sent = portal
        .filing(&id, &citizen.account)
        .await?
        .ok_or(Problem::NotFound)?;
    if matches!(sent.outcome, Outcome::Unsent) {
        portal
            .send(&citizen.account, &sent)
            .await?;
    }
    Ok(Redirect::to(&format!("/outbox/{id}")))
}

/// The receipt, and what became of the filing since.
pub(crate) async fn receipt(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(number): Path<String>,
) -> Result<Page, Problem> {
    let (sent, filing) = portal
        .filing_of_receipt(&number, &citizen.account)
        .await?
        .ok_or(Problem::NotFound)?;
    let Outcome::Received { at, .. } = &sent.outcome else {
        return Err(Problem::NotFound);
    };
    let state = match portal
        .kept(&citizen.account, &sent, &number)
        .await?
    {
        Ok(Ok(kept)) => match &kept.decision {
            Some(decision) => decided(&visit, decision),
            None => {
                html! { p { (visit.say("受け付けました。審査の結果を待っています。", "Received. The decision is awaited.")) } }
            }
        },
        _ => ui::notice(
            ui::Tone::Warning,
            html! { p { (visit.say("受付先が今は応答していないため、その後の状況は分かりません。受け付けは済んでいます。",
            "The agency does not answer now, so what happened since is not known. It has been received.")) } },
        ),
    };
    let content = html! {
        h2 { (visit.say("処理状況", "Status")) }
        (state)
        h2 { (visit.say("受付票", "Receipt")) }
        (ui::definitions(&[
            (visit.say("受付番号", "Receipt number"), ui::grouped(&number)),
            (visit.say("受付日時", "Received"), html! { (ui::moment(&visit, *at)) }),
            (visit.say("作成日時", "Prepared"), html! { (ui::moment(&visit, sent.prepared_at)) }),
        ]))
        @if let (Some(filing), Some(procedure)) = (&filing, sent.procedure) {
            h2 { (visit.say("送った内容", "What was sent")) }
            (told(&visit, filing, procedure))
        }
        p.no-print { (visit.say("ブラウザーの印刷で、受付票として残せます。", "Print this page to keep it as a receipt.")) }
        p.no-print { a href="/my" { (visit.say("マイページへ", "To my page")) } }
    };
    let title = visit.say("受け付けました", "Received");
    Ok(page(&visit, Some(&citizen), title, content))
}

fn decided(visit: &Visit, decision: &Decision) -> Markup {
    let reason = match &decision.reason {
        None => "",
        Some(Reason::Said(text)) => text,
        Some(Reason::Both(both)) => visit.both(both),
    };
    let (tone, words) = if decision.outcome == "accepted" {
        (
            ui::Tone::Good,
            visit.say("受理されました。", "It was accepted."),
        )
    } else {
        (
            ui::Tone::Bad,
            visit.say("差し戻されました。", "It was returned."),
        )
    };
    ui::notice(
        tone,
        html! {
            p { strong { (words) } }
            @if !reason.is_empty() { p { (visit.say("理由: ", "Reason: ")) (reason) } }
            @if let Ok(at) = Instant::from_unix(decision.decided_at) { p { (ui::moment(visit, at)) } }
        },
    )
}
