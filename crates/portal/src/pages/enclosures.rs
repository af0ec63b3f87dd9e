//! What is attached to a draft.

use super::draft;
use crate::{
    Portal,
    attachments::Enclosed,
    drafts::{Content, Draft, Faults, NAME},
    session::Citizen,
};
use axum::{
    extract::{Multipart, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::{
    Problem, TypedFields, Visit,
    maud::{Markup, html},
    require_token,
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
    let mut draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (mut name, mut content) = (String::new(), Vec::new());
    let mut fields = Vec::new();
    while let Some(part) = form
        .next_field()
        .await
        .map_err(unreadable)?
    {
        if let Some(file) = part.file_name() {
            name = file.to_owned();
            content = part
                .bytes()
                .await
                .map_err(unreadable)?
                .to_vec();
        } else {
            let field = part
                .name()
                .unwrap_or_default()
                .to_owned();
            fields.push((field, part.text().await.map_err(unreadable)?));
        }
    }
    let typed = |name: &str| {
        let found = fields
            .iter()
            .find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    if !fields.is_empty() {
        // What is typed above comes with the file, and is kept whatever becomes of that.
        draft.content = Content::of(draft.procedure, typed);
        portal
            .save_draft(&draft.id, &citizen.account, &draft.content)
            .await?;
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
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let draft = match draft::open(&portal, &citizen, &id).await? {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if fields.has(NAME) {
        let content = Content::of(draft.procedure, |name| fields.text(name));
        portal
            .save_draft(&draft.id, &citizen.account, &content)
            .await?;
    }
    portal
        .detach(&draft.id, &attachment)
        .await?;
    Ok(Redirect::to(&format!("/drafts/{id}#attachments")).into_response())
}

/// What is attached, with the buttons to add and to remove: they stand in the draft's own form, and what is typed comes with them.
pub(super) fn shown(visit: &Visit, draft: &Draft, attachments: &[Enclosed]) -> Markup {
    let action = format!("/drafts/{}/attachments", draft.id);
    html! {
        h2 id="attachments" { (visit.say("添付書類", "Attachments")) }
        ul { @for enclosed in attachments { li {
            (enclosed.attachment.name) " (" (enclosed.attachment.content.len()) " B)"
            " "
            button type="submit" formnovalidate formaction={ (action) "/" (enclosed.id) "/remove" } {
                (visit.say("取り除く:", "Remove")) " " (enclosed.attachment.name)
            }
        } } }
        div.field {
            label for="file" { (visit.say("ファイル（PDF、PNG、JPEG、テキスト）", "File (PDF, PNG, JPEG, text)")) }
            input id="file" name="file" type="file" accept=".pdf,.png,.jpg,.jpeg,.txt";
        }
        p.actions {
            button type="submit" formnovalidate formaction=(action) formenctype="multipart/form-data" {
                (visit.say("添付する", "Attach"))
            }
        }
    }
}
