//! The form of a draft.

use super::{certificates::check_form, enclosures};
use crate::{
    Portal,
    certificate::State as Alive,
    drafts::{ADDRESS, BIRTH_DATE, Content, Draft, FIELD, Faults, NAME, wanted},
    session::Citizen,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Fields, Page, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::filing::{FieldForm, FilingId};
use std::sync::Arc;

/// A draft that may be worked on; or the way to its signed filing, which has to be sent first.
pub(super) async fn open(
    portal: &Portal,
    citizen: &Citizen,
    id: &str,
) -> Result<Result<Draft, Response>, Problem> {
    let draft = portal
        .draft(id, &citizen.account)
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(
        match portal
            .unsent(id, &citizen.account)
            .await?
        {
            Some(filing) => Err(Redirect::to(&format!("/outbox/{filing}")).into_response()),
            None => Ok(draft),
        },
    )
}

pub(crate) async fn page(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let draft = match open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let Some(known) = portal.known(&citizen.account).await?
        && let Alive::Dead(report) = portal
            .state_of(&known.certificate)
            .await
    {
        return Ok(dead(&visit, &citizen, &draft, &report).into_response());
    }
    let shown = shown(&portal, &visit, &citizen, &draft, &Faults::new(), None).await?;
    Ok(shown.into_response())
}

pub(crate) async fn save(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let mut draft = match open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    draft.content = Content::of(draft.procedure, |name| fields.text(name));
    portal
        .save_draft(&draft.id, &citizen.account, &draft.content)
        .await?;
    if !fields.has("review") {
        return Ok(Redirect::to("/my#drafts").into_response());
    }
    let whole = draft.content.filing(
        draft.procedure,
        Vec::new(),
        FilingId::from_bytes([0; 16]),
        portal.now(),
    );
    match whole {
        Ok(_) => Ok(Redirect::to(&format!("/drafts/{id}/review")).into_response()),
        Err(faults) => {
            let page = shown(&portal, &visit, &citizen, &draft, &faults, None).await?;
            Ok(page
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .into_response())
        }
    }
}

pub(crate) async fn delete(
    State(portal): State<Arc<Portal>>,
    citizen: Citizen,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, Problem> {
    if let Err(elsewhere) = open(&portal, &citizen, &id).await? {
        return Ok(elsewhere);
    }
    portal
        .delete_draft(&id, &citizen.account)
        .await?;
    Ok(Redirect::to("/my#drafts").into_response())
}

/// The form, with what is wrong with it.
pub(super) async fn shown(
    portal: &Portal,
    visit: &Visit,
    citizen: &Citizen,
    draft: &Draft,
    faults: &Faults,
    refusal: Option<&RefusalReport>,
) -> Result<Page, Problem> {
    let attachments = portal.attachments(&draft.id).await?;
    let last = portal
        .last_refusal(&draft.id, &citizen.account)
        .await?;
    let content = html! {
        @if let Some(report) = refusal { (ui::refusal(visit, report)) }
        @if let Some(report) = &last {
            h2 { (visit.say("前に送ったときの結果", "What was answered last time")) }
            (ui::refusal(visit, report))
        }
        @if !faults.is_empty() {
            (ui::notice(ui::Tone::Bad, html! { p { strong { (visit.say(
                "直すところがあります。入力したものは保存しました。", "Some things have to be corrected. What you entered is kept.")) } } }))
        }
        h2 { (visit.say("書式", "Form")) }
        (ui::form(visit, &format!("/drafts/{}", draft.id), html! {
            (inputs(visit, draft, faults))
            p.actions {
                button.main type="submit" name="review" value="1" { (visit.say("確認へ進む", "Go on to review")) }
                " "
                button type="submit" name="save" value="1" formnovalidate { (visit.say("保存してあとで続ける", "Keep it for later")) }
            }
            (enclosures::shown(visit, draft, &attachments))
        }))
        h2 { (visit.say("下書きの削除", "Delete the draft")) }
        (ui::button_form(visit, &format!("/drafts/{}/delete", draft.id), visit.say("この下書きを削除する", "Delete this draft"), false))
    };
    Ok(super::page(
        visit,
        Some(citizen),
        visit.text(draft.procedure.name),
        content,
    ))
}

fn inputs(visit: &Visit, draft: &Draft, faults: &Faults) -> Markup {
    let error = |name: &str| {
        faults
            .get(name)
            .map_or("", |fault| visit.both(fault))
    };
    html! {
        fieldset {
            legend { (visit.say("申請する人", "Applicant")) }
            p.hint { (visit.say("署名用電子証明書にあるとおりに入力してください。", "As in your signature certificate.")) }
            (ui::field(visit, ui::Field { name: NAME, label: ui::Label::new("氏名", "Name"), value: &draft.content.name,
                autocomplete: "name", error: error(NAME), ..Default::default() }))
            (ui::field(visit, ui::Field { name: BIRTH_DATE, label: ui::Label::new("生年月日", "Date of birth"), kind: "date",
                value: &draft.content.birth_date, autocomplete: "bday", error: error(BIRTH_DATE), ..Default::default() }))
            (ui::field(visit, ui::Field { name: ADDRESS, label: ui::Label::new("住所", "Address"), value: &draft.content.address,
                autocomplete: "street-address", error: error(ADDRESS), ..Default::default() }))
        }
        fieldset {
            legend { (visit.say("手続きの内容", "The procedure")) }
            @for field in draft.procedure.fields {
                @let name = format!("{FIELD}{}", field.name);
                @let hint = wanted(field.form);
                (ui::field(visit, ui::Field { name: &name, label: field.label.into(), error: error(&name),
                    hint: if matches!(field.form, FieldForm::Text | FieldForm::Date) { "" } else { visit.both(&hint) },
                    kind: if field.form == FieldForm::Date { "date" } else { "text" },
                    value: draft.content.fields.get(field.name).map_or("", String::as_str), ..Default::default() }))
            }
        }
    }
}

/// The certificate is dead: the form is not opened, for what it would become would be refused.
fn dead(visit: &Visit, citizen: &Citizen, draft: &Draft, report: &RefusalReport) -> Page {
    let content = html! {
        (ui::refusal(visit, report))
        p { (visit.say("下書きは残っています。新しい証明書ができたら、続けられます。", "Your draft is kept. You can go on with a new certificate.")) }
        (super::to_the_counter(visit))
        (check_form(visit, &format!("/drafts/{}", draft.id), true))
    };
    super::page(
        visit,
        Some(citizen),
        visit.text(draft.procedure.name),
        content,
    )
    .status(StatusCode::UNPROCESSABLE_ENTITY)
}
