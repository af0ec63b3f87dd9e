//! What is attached to a draft.

use super::draft;
use crate::{
    Portal,
    attachments::Enclosed,
    drafts::{Draft, Faults},
    session::Citizen,
};
use axum::{
    extract::{Multipart, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{
    Fields, Problem, Visit,
    maud::{Markup, html},
    require_token, ui,
};
use std::sync::Arc;

pub(crate) async fn attach(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    citizen: Citizen,
    Path(id): Path<String>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let unreadable = |_| {
        Problem::from(
            WELL_FORMED.refusal(
                Facts::new()
                    .and("where", "multipart")
                    .and(
                        "fault",
                        Bilingual::new("途中で切れているか、壊れています", "cut short or broken"),
                    ),
            ),
        )
    };
    // The token comes first: nothing else is read before it.
    let token = form
        .next_field()
        .await
        .map_err(unreadable)?;
    let (name, value) = match token {
        Some(part) => (
            part.name().map(str::to_owned),
            part.text().await.map_err(unreadable)?,
        ),
        None => (None, String::new()),
    };
    require_token(&visit, name.as_deref(), &value)?;
    let draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (mut name, mut content) = (String::new(), Vec::new());
    if let Some(part) = form
        .next_field()
        .await
        .map_err(unreadable)?
    {
        name = part
            .file_name()
            .unwrap_or_default()
            .to_owned();
        content = part
            .bytes()
            .await
            .map_err(unreadable)?
            .to_vec();
    }
    match portal
        .attach(&draft.id, &name, content)
        .await?
    {
        Ok(()) => Ok(Redirect::to(&format!("/drafts/{id}#attachments")).into_response()),
        Err(refusal) => {
            let report = refusal.report();
            let page = draft::shown(
                &portal,
                &visit,
                &citizen,
                &draft,
                &Faults::new(),
                Some(&report),
            )
            .await?;
            Ok(page
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .into_response())
        }
    }
}

pub(crate) async fn detach(
    State(portal): State<Arc<Portal>>,
    citizen: Citizen,
    Path((id, attachment)): Path<(String, String)>,
    _: Fields,
) -> Result<Response, Problem> {
    let draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    portal
        .detach(&draft.id, &attachment)
        .await?;
    Ok(Redirect::to(&format!("/drafts/{id}#attachments")).into_response())
}

/// What is attached, and the forms to add and to remove.
pub(super) fn shown(visit: &Visit, draft: &Draft, attachments: &[Enclosed]) -> Markup {
    let action = format!("/drafts/{}/attachments", draft.id);
    html! {
        h2 id="attachments" { (visit.say("添付書類", "Attachments")) }
        p.hint { (visit.say("先に「保存」してから添付してください。入力中のものは、ここからは送られません。",
            "Keep the form first: this does not send what you are typing above.")) }
        ul { @for enclosed in attachments { li {
            (enclosed.attachment.name) " (" (enclosed.attachment.content.len()) " B)"
            (ui::button_form(visit, &format!("{action}/{}/remove", enclosed.id),
                &format!("{} {}", visit.say("取り除く:", "Remove"), enclosed.attachment.name), false))
        } } }
        (ui::upload_form(visit, &action, html! {
            div.field {
                label for="file" { (visit.say("ファイル（PDF、PNG、JPEG、テキスト）", "File (PDF, PNG, JPEG, text)")) }
                input id="file" name="file" type="file" required accept=".pdf,.png,.jpg,.jpeg,.txt";
            }
            p.actions { button type="submit" { (visit.say("添付する", "Attach")) } }
        }))
    }
}
