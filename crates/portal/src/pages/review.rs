//! The last look before signing.

use super::draft;
use crate::{
    Portal,
    drafts::{Draft, Faults},
    portal::About,
    session::Citizen,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shirushi_crypto::sha256;
use shirushi_web::{
    Fields, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::{
    Want,
    filing::{Filing, FilingId},
};
use std::sync::Arc;

pub(crate) async fn page(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let filing = match whole(&portal, &draft, FilingId::from_bytes([0; 16])).await? {
        Ok(filing) => filing,
        Err(faults) => return unfinished(&portal, &visit, &citizen, &draft, &faults).await,
    };
    let content = html! {
        p { (visit.say("この内容で電子署名をして送ります。署名のあとは変えられません。", "This is what you sign and send. It cannot be changed after signing.")) }
        (told(&visit, &filing, draft.procedure))
        (ui::form(&visit, &format!("/drafts/{id}/sign"), html! {
            p.actions {
                button.main type="submit" { (visit.say("電子署名をして送る", "Sign and send")) }
                " "
                a.button href={ "/drafts/" (id) } { (visit.say("直す", "Change it")) }
            }
        }))
    };
    let title = visit.say("内容の確認", "Review");
    Ok(super::page(&visit, Some(&citizen), title, content).into_response())
}

pub(crate) async fn sign(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, Problem> {
    let _turn = portal
        .preparing
        .turn(sha256(citizen.account.as_bytes()))
        .await?;
    let draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let state = draft.state(&portal.enclosed(&draft.id).await?);
    let agent = &portal.config.agent;
    let mut prepared = None;
    if let Some(id) = portal
        .prepared(&citizen.account, &draft, state)
        .await?
    {
        let is_it = |about: &About| matches!(about, About::Sign { filing, .. } if *filing == id);
        if let Some(to) = portal
            .errands
            .give_again(&visit, citizen.giver(), agent, is_it)
        {
            return Ok(Redirect::to(&to).into_response());
        }
        prepared = portal
            .document(&citizen.account, &draft, &id)
            .await?
            .map(|document| (id, document));
    }
    let (id, document) = match prepared {
        Some(prepared) => prepared,
        None => {
            let enclosed = portal.attachments(&draft.id).await?;
            let ids: Vec<String> = enclosed
                .iter()
                .map(|one| one.id.clone())
                .collect();
            let state = draft.state(&ids);
            let id = FilingId::random(portal.random.as_ref());
            let filing = draft
                .content
                .filing(draft.procedure, enclosed, id, portal.now());
            let filing = match filing {
                Ok(filing) => filing,
                Err(faults) => {
                    return unfinished(&portal, &visit, &citizen, &draft, &faults).await;
                }
            };
            let document = portal
                .prepare(&citizen.account, &draft, state, filing)
                .await??;
            (id.to_string(), document)
        }
    };
    let about = About::Sign {
        filing: id,
        draft: draft.id,
    };
    let to = portal.errands.give(
        &visit,
        citizen.giver(),
        agent,
        Want::Sign { document },
        about,
    )?;
    Ok(Redirect::to(&to).into_response())
}

/// What a filing says, for a person.
pub(super) fn told(
    visit: &Visit,
    filing: &Filing,
    procedure: &shirushi_wire::filing::Procedure,
) -> Markup {
    let mut rows = vec![
        (
            visit.say("手続き", "Procedure"),
            html! { (visit.text(procedure.name)) },
        ),
        (visit.say("氏名", "Name"), html! { (filing.applicant.name) }),
        (
            visit.say("生年月日", "Date of birth"),
            html! { (ui::date(visit, filing.applicant.birth_date)) },
        ),
        (
            visit.say("住所", "Address"),
            html! { (filing.applicant.address) },
        ),
    ];
    for field in procedure.fields {
        rows.push((
            visit.text(field.label),
            html! { (filing.field(field.name).unwrap_or_default()) },
        ));
    }
    if !filing.attachments.is_empty() {
        let names =
            html! { ul { @for attachment in &filing.attachments { li { (attachment.name) } } } };
        rows.push((visit.say("添付書類", "Attachments"), names));
    }
    ui::definitions(&rows)
}

async fn whole(
    portal: &Portal,
    draft: &Draft,
    id: FilingId,
) -> Result<Result<Filing, Faults>, Problem> {
    let attachments = portal.attachments(&draft.id).await?;
    Ok(draft
        .content
        .filing(draft.procedure, attachments, id, portal.now()))
}

async fn unfinished(
    portal: &Portal,
    visit: &Visit,
    citizen: &Citizen,
    draft: &Draft,
    faults: &Faults,
) -> Result<Response, Problem> {
    let page = draft::shown(portal, visit, citizen, draft, faults, None).await?;
    Ok(page
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response())
}
