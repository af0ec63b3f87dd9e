//! Before a form is filled: whether the signature certificate will do.

use super::{
    certificates::{check_form, told},
    find,
};
use crate::{Portal, certificate::State as Alive, session::Citizen};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shirushi_web::{Fields, Page, Problem, Visit, maud::html, passed_on, ui};
use std::sync::Arc;

pub(crate) async fn page(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
) -> Result<Page, Problem> {
    let procedure = find(&id)?;
    let here = format!("/procedures/{}/start", procedure.id);
    let state = match portal.known(&citizen.account).await? {
        Some(known) => Some(
            portal
                .state_of(&known.certificate)
                .await,
        ),
        None => None,
    };
    let is_dead = matches!(state, Some(Alive::Dead(_)));
    let content = html! {
        h2 { (visit.say("署名用電子証明書", "Signature certificate")) }
        @match &state {
            Some(state) => { (told(&visit, state)) }
            None => { p { (visit.say("入力の前に、証明書が使えるかどうかを確かめておくことをおすすめします。氏名と住所も自動で入ります。",
                "We recommend to check your certificate before you fill in the form. Your name and address are then filled in for you.")) } }
        }
        @if is_dead || !matches!(state, Some(Alive::Alive)) { (check_form(&visit, &here, state.is_some())) }
        @if !is_dead {
            (ui::button_form(&visit, &here, match state {
                Some(_) => visit.say("書式に入力する", "Fill in the form"),
                None => visit.say("確かめずに入力する", "Fill in the form without the check"),
            }, true))
        }
    };
    let page = super::page(&visit, Some(&citizen), visit.text(procedure.name), content);
    Ok(if is_dead {
        page.status(StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        page
    })
}

pub(crate) async fn begin(
    State(portal): State<Arc<Portal>>,
    citizen: Citizen,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, Problem> {
    let procedure = find(&id)?;
    let known = portal.known(&citizen.account).await?;
    if let Some(known) = &known
        && let Alive::Dead(report) = portal
            .state_of(&known.certificate)
            .await
    {
        return Ok(passed_on(*report));
    }
    let draft = portal
        .begin_draft(&citizen.account, procedure, known.as_ref())
        .await??;
    Ok(Redirect::to(&format!("/drafts/{draft}")).into_response())
}
