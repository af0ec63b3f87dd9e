//! Where the agent sends the browser back to.

use super::page;
use crate::{
    Portal, certificate,
    log_in::Unproven,
    portal::About,
    session::{Citizen, MayBeCitizen},
};
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shirushi_path::{Cause, Reader, Unknown};
use shirushi_profile::CertificateKind;
use shirushi_rules::{InBoth, LOGGED_IN, TICKET_GOOD};
use shirushi_signature::report::claimed_signer;
use shirushi_web::{Page, Problem, Visit, maud::html, ui};
use shirushi_wire::{Deed, Want};
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: String,
}

pub(crate) async fn returned(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
    Query(Code { code }): Query<Code>,
) -> Result<Response, Problem> {
    let agreed = portal.errands.collect(&visit, &code)?;
    let back = match &agreed.about {
        About::LogIn { to } => format!("/log-in?to={to}"),
        About::Certificate { to } => to.clone(),
        About::Sign { draft, .. } => format!("/drafts/{draft}/review"),
    };
    match (agreed.want, agreed.about, agreed.deed) {
        (_, _, Deed::Declined) => {
            Ok(not_done(&visit, citizen.as_ref(), None, &back).into_response())
        }
        (_, _, Deed::Failed { reason }) => {
            Ok(not_done(&visit, citizen.as_ref(), Some(&reason), &back).into_response())
        }
        (Want::LogIn { challenge }, About::LogIn { to }, Deed::LoggedIn { cms }) => {
            let certificate = match portal
                .prove(&visit, &challenge, &cms)
                .await
            {
                Ok(certificate) => certificate,
                Err(Unproven::Refused(refusal)) => return Err(refusal.into()),
                Err(Unproven::StatusUnknown(why)) => {
                    let page = unknown(&visit, citizen.as_ref(), Some(&why), &back);
                    return Ok(page.into_response());
                }
            };
            let persons = match portal.persons(&certificate).await? {
                Ok(persons) => persons,
                Err(cause) => {
                    tracing::warn!(%cause, "the holder of a certificate is not known");
                    return Ok(unknown(&visit, citizen.as_ref(), None, &back).into_response());
                }
            };
            let session = portal
                .begin_session(&visit, &certificate, persons)
                .await?;
            Ok((visit.session_cookie(&session), Redirect::to(&to)).into_response())
        }
        (_, About::Certificate { to }, Deed::Certificate { certificate }) => {
            let citizen = portal.acting(&visit).await?;
            let certificate = certificate::received(&certificate)?;
            portal
                .know(&citizen.account, &certificate)
                .await?;
            Ok(Redirect::to(&to).into_response())
        }
        (_, About::Sign { filing, .. }, Deed::Signed { cms }) => {
            let citizen = citizen.ok_or_else(|| LOGGED_IN.refusal([]))?;
            signed(&portal, &visit, &citizen, &filing, &cms).await
        }
        _ => Err(TICKET_GOOD.refusal([]).into()),
    }
}

async fn signed(
    portal: &Portal,
    visit: &Visit,
    citizen: &Citizen,
    id: &str,
    cms: &str,
) -> Result<Response, Problem> {
    if !portal
        .keep_signature(&citizen.account, id, cms)
        .await??
    {
        return Err(TICKET_GOOD.refusal([]).into());
    }
    // The signature is kept first: it was made with the password, and can be sent later from the outbox.
    let citizen = &portal.acting(visit).await?;
    // What signed is the certificate that the citizen uses now. Whether the signature holds, the agency says.
    let der = <base64ct::Base64 as base64ct::Encoding>::decode_vec(cms).unwrap_or_default();
    if let Ok(signer) = claimed_signer(&der)
        && signer.kind() == Some(CertificateKind::Signature)
    {
        portal
            .know(&citizen.account, &signer)
            .await?;
    }
    let sent = portal
        .filing(id, &citizen.account)
        .await?
        .ok_or(Problem::NotFound)?;
    portal
        .send(&citizen.account, &sent)
        .await?;
    Ok(Redirect::to(&format!("/outbox/{id}")).into_response())
}

/// Whether the certificate is alive, or whose it is, cannot be found out: what was answered instead, and what the citizen can do.
fn unknown(visit: &Visit, citizen: Option<&Citizen>, why: Option<&Unknown>, back: &str) -> Page {
    let cause = why.map_or(Cause::NotReached, |why| why.why.cause());
    let content = html! {
        (ui::notice(ui::Tone::Warning, html! {
            p { strong { (visit.say("証明書が有効かどうかを、今は確かめられないため、ログインできません。",
                "You cannot log in: whether your certificate is alive cannot be found out now.")) } }
            @if let Some(why) = why { p { (visit.both(&why.said)) } }
            p { (visit.text(cause.advice(Reader::Citizen))) }
        }))
        p.actions { a.button.main href=(back) { (visit.say("もう一度ログインする", "Log in again")) } }
    };
    let title = visit.say("今はログインできません", "No log-in now");
    page(visit, citizen, title, content).status(StatusCode::SERVICE_UNAVAILABLE)
}

fn not_done(visit: &Visit, citizen: Option<&Citizen>, reason: Option<&InBoth>, back: &str) -> Page {
    let content = html! {
        @match reason {
            None => { p { (visit.say("とりやめました。何も送っていません。", "You stopped. Nothing was sent.")) } }
            Some(reason) => { (ui::notice(ui::Tone::Bad, html! {
                p { strong { (visit.both(reason)) } }
                p { (visit.say("入力したものは残っています。", "What you have entered is kept.")) }
            })) }
        }
        p.actions { a.button.main href=(back) { (visit.say("元の画面に戻る", "Go back")) } }
    };
    let title = match reason {
        None => visit.say("とりやめました", "Stopped"),
        Some(_) => visit.say("できませんでした", "It could not be done"),
    };
    page(visit, citizen, title, content)
}
