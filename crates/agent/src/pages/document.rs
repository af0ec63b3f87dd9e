//! The document that is to be signed, as it is.

use super::task;
use crate::{
    Agent,
    tasks::{Content, Document, Task},
};
use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use shirushi_text::shown;
use shirushi_web::{
    Problem, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use shirushi_wire::{
    Want,
    filing::{Filing, Procedure},
};
use std::sync::Arc;

/// What a document that is opened by itself may do: nothing.
const POLICY: &str = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The browser's own viewer of PDF is an object, which a sandbox would not let it be.
const PDF_POLICY: &str = "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document on the errand's page.
pub(super) fn section(visit: &Visit, task: &Task, document: &Document) -> Markup {
    let title = match &task.errand.want {
        Want::Sign { document } => visit.both(&document.title),
        _ => "",
    };
    let own = format!("/errands/{}/document", task.id);
    html! {
        h2 { (visit.say("署名する書類", "The document to be signed")) }
        (ui::definitions(&[
            (visit.say("サイトが付けた題名", "Title given by the site"), html! { (title) }),
            (visit.say("大きさ", "Size"), html! { (document.bytes.len()) (visit.say("バイト", " bytes")) }),
            ("SHA-256", html! { span #digest data-digest=(document.digest) { (ui::grouped(&document.digest)) } }),
        ]))
        @match &document.content {
            Content::Filing(filing) => {
                (filing_section(visit, task, filing))
                details {
                    summary { (visit.say("署名される元のデータ（XML）", "The data that is signed (XML)")) }
                    pre tabindex="0" { (ui::shown(&String::from_utf8_lossy(&document.bytes))) }
                }
            }
            Content::Pdf => {
                p {
                    a.button #open-document href=(own) target="_blank" rel="noopener" {
                        (visit.say("PDFを開いて内容を確かめる（新しいタブ）", "Open the PDF and check it (new tab)"))
                    }
                }
            }
            Content::Text(text) => pre #text tabindex="0" { (ui::shown(text)) },
            Content::NoFiling(fault) => {
                (ui::notice(Tone::Bad, html! {
                    p.reason #no-filing { strong {
                        (visit.say(
                            "この書類は、申請データとして読めません。内容を示せないので、署名できません。",
                            "This document cannot be read as a filing. What it says cannot be shown, so it cannot be signed."))
                    } }
                    p.remedy {
                        (visit.say("「やめてサイトに戻る」を押し、サイトの運営者に知らせてください。", "Press \"Decline\" and tell the site's operator."))
                    }
                    p lang="en" { code { (ui::shown(fault)) } }
                }))
            }
            Content::Unknown => {
                (ui::notice(Tone::Bad, html! {
                    p.reason #not-shown { strong {
                        (visit.say(
                            "この種類の書類は、内容を示せないので、署名できません。",
                            "A document of this kind cannot be shown, so it cannot be signed."))
                    } }
                    p.remedy {
                        (visit.say("「やめてサイトに戻る」を押し、サイトの運営者に知らせてください。", "Press \"Decline\" and tell the site's operator."))
                    }
                }))
            }
        }
    }
}

/// A filing, field by field.
fn filing_section(visit: &Visit, task: &Task, filing: &Filing) -> Markup {
    let procedure = Procedure::find(&filing.procedure);
    let label = |name: &str| {
        procedure
            .and_then(|procedure| {
                procedure
                    .fields
                    .iter()
                    .find(|field| field.name == name)
            })
            .map(|field| visit.text(field.label))
    };
    html! {
        h3 { (visit.say("手続", "Procedure")) }
        p #procedure {
            @match procedure {
                Some(procedure) => { (visit.text(procedure.name)) "（" code { (procedure.id) } "）" }
                None => {
                    code { (filing.procedure) }
                    (visit.say("（このプログラムの知らない手続です）", " (a procedure that this program does not know)"))
                }
            }
        }
        h3 { (visit.say("申請者", "Applicant")) }
        (ui::definitions(&[
            (visit.say("氏名", "Name"), html! { span lang="ja" { (ui::shown(&filing.applicant.name)) } }),
            (visit.say("生年月日", "Date of birth"), html! { (ui::date(visit, filing.applicant.birth_date)) }),
            (visit.say("住所", "Address"), html! { span lang="ja" { (ui::shown(&filing.applicant.address)) } }),
        ]))
        h3 { (visit.say("申請の内容", "What is filed")) }
        dl.definitions #fields {
            @for (name, value) in &filing.form {
                div {
                    dt { @match label(name) { Some(label) => { (label) } None => code { (ui::shown(name)) } } }
                    dd {
                        @if value.is_empty() { (visit.say("（空欄）", "(empty)")) }
                        @else if value.contains('\n') { pre { (ui::shown(value)) } }
                        @else { (ui::shown(value)) }
                    }
                }
            }
        }
        h3 { (visit.say("添付書類", "Attachments")) }
        @if filing.attachments.is_empty() {
            p { (visit.say("ありません。", "None.")) }
        } @else {
            ul #attachments {
                @for (n, attachment) in filing.attachments.iter().enumerate() {
                    li {
                        a href={ "/errands/" (task.id) "/attachments/" (n) } target="_blank" rel="noopener" { (ui::shown(&attachment.name)) }
                        " (" (attachment.media_type) ", " (attachment.content.len()) (visit.say("バイト", " bytes")) ")"
                    }
                }
            }
        }
    }
}

/// The PDF or text by itself.
pub(crate) async fn document(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let document = task
        .document
        .as_ref()
        .ok_or(Problem::NotFound)?;
    let kind = match document.content {
        Content::Pdf => "application/pdf",
        Content::Text(_) => "text/plain",
        // XML could be a page; it is looked at as text.
        Content::Filing(_) | Content::NoFiling(_) => "text/plain",
        Content::Unknown => "application/octet-stream",
    };
    Ok(served(kind, "document", &document.bytes))
}

/// What is enclosed in a filing.
pub(crate) async fn attachment(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path((id, n)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let Some(Document {
        content: Content::Filing(filing),
        ..
    }) = &task.document
    else {
        return Err(Problem::NotFound);
    };
    let attachment = n
        .parse::<usize>()
        .ok()
        .and_then(|n| filing.attachments.get(n))
        .ok_or(Problem::NotFound)?;
    Ok(served(
        &attachment.media_type,
        &attachment.name,
        &attachment.content,
    ))
}

/// A file that is saved, never opened in place.
pub(super) fn saved(kind: &'static str, name: &str, bytes: &[u8]) -> Response {
    let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(name));
    let disposition =
        HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes.to_vec()).into_response()
}

/// Only what cannot be a page of this origin is opened by the browser; everything else is saved. A text is shown as the errand's page
/// shows one, also where the browser would take its first bytes for another encoding.
fn served(kind: &str, name: &str, bytes: &[u8]) -> Response {
    let bytes = match kind {
        "text/plain" => shown(&String::from_utf8_lossy(bytes))
            .into_owned()
            .into(),
        _ => bytes.to_vec(),
    };
    let (kind, policy) = match kind {
        "application/pdf" => (kind, PDF_POLICY),
        "image/png" | "image/jpeg" => (kind, POLICY),
        "text/plain" => ("text/plain; charset=utf-8", POLICY),
        _ => ("application/octet-stream", POLICY),
    };
    let disposition = if kind == "application/octet-stream" {
        "attachment"
    } else {
        "inline"
    };
    let disposition = format!("{disposition}; filename*=UTF-8''{}", percent_encoded(name));
    let own = |value: &str| {
        HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("application/octet-stream"))
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, own(kind)),
        (header::CONTENT_SECURITY_POLICY, own(policy)),
        (header::CONTENT_DISPOSITION, own(&disposition)),
    ];
    (headers, bytes).into_response()
}

/// RFC 8187 §3.2.1.
fn percent_encoded(name: &str) -> String {
    name.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || b"-._".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
