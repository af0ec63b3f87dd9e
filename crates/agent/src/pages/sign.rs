//! Signing a file of one's own, as `shirushi sign` does: the file is read once, in pieces, and only its name, size and digest are kept.

use super::{
    card::{fault_told, noted, status_of, with_card},
    document::saved,
    pin::entered,
    store, to, told, unrecorded,
};
use crate::{
    Agent,
    history::Own,
    own::City,
    papers::{Paper, Signed},
    tasks::Told,
    upload::Upload,
};
use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse as _, Response},
};
use shirushi_client::PinName;
use shirushi_signature::ContentHasher;
use shirushi_text::shown_in_line;
use shirushi_web::{
    Page, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui::{self, Choice, Label, Tone},
};
use std::sync::Arc;

/// What a detached CMS signature is (RFC 8551 §3.2.1).
const SIGNATURE: &str = "application/pkcs7-signature";

fn title(visit: &Visit) -> &'static str {
    visit.say("ファイルに署名する", "Sign a file")
}

pub(crate) async fn form(visit: Visit) -> Response {
    page(&visit, None).into_response()
}

fn page(visit: &Visit, problem: Option<&Told>) -> Page {
    let content = html! {
        @if let Some(problem) = problem { (told(visit, problem)) }
        p.lead {
            (visit.say(
                "このパソコンにあるファイルに、署名用電子証明書で電子署名します。署名は別のファイルになり、元のファイルは変わりません。ファイルはどこにも送りません。",
                "A file on this computer is signed with the signature certificate. The signature is a file of its own, the file stays as it is, and nothing is sent anywhere."))
        }
        (ui::file_form(visit, "/sign", html! {
            (ui::file(visit, "file", visit.say("署名するファイル", "The file to sign"),
                visit.say(
                    "16 GiBまで。ここに置く（ドラッグ・アンド・ドロップ）こともできます。",
                    "Of 16 GiB at most. It can be dropped here as well."), true))
            (formats(visit))
            (ui::submit(visit.say("次へ", "Next")))
        }))
    };
    Page::new(visit, title(visit), content).status(status_of(problem))
}

/// The formats of a signature: those to come stand beside the one there is.
fn formats(visit: &Visit) -> Markup {
    ui::choices(
        visit,
        "radio",
        "format",
        Label::new("署名の形式", "Format of the signature"),
        "",
        &[Choice {
            value: "cms",
            label: Label::new("CMS（別のファイル、.p7s）", "CMS (a file of its own, .p7s)"),
            hint: visit.say(
                "どの種類のファイルにも使えます。",
                "For files of every kind.",
            ),
            chosen: true,
        }],
    )
}

/// Takes the file's digest.
pub(crate) async fn take(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    request: Request,
) -> Result<Response, Problem> {
    let mut upload = Upload::begin(&visit, request).await?;
    let mut taken = None;
    while let Some(part) = upload.next().await? {
        let Some(name) = part
            .file
            .clone()
            .filter(|name| !name.is_empty())
        else {
            part.start(0).await?;
            continue;
        };
        let mut hasher = ContentHasher::default();
        let size = part
            .each(|piece| hasher.update(piece))
            .await?;
        taken = Some((name, size, hasher.finish()));
    }
    let Some((name, size, digests)) = taken else {
        return Ok(page(&visit, Some(&no_file())).into_response());
    };
    let paper = agent.papers.keep(Paper::new(
        agent.new_id(),
        visit.browser_hash(),
        name,
        size,
        digests,
        agent.now(),
    ));
    Ok(to(&format!("/sign/{}", paper.id)))
}

pub(super) fn no_file() -> Told {
    Told::words(
        ("ファイルが選ばれていません。", "ファイルを選んでください。"),
        ("No file was chosen.", "Choose one."),
    )
}

fn paper(agent: &Agent, visit: &Visit, id: &str) -> Result<Arc<Paper>, Problem> {
    agent
        .papers
        .find(id, &visit.browser_hash(), agent.now())
        .ok_or(Problem::NotFound)
}

pub(crate) async fn look(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let paper = paper(&agent, &visit, &id)?;
    show(&agent, &visit, &paper, None).await
}

async fn show(
    agent: &Agent,
    visit: &Visit,
    paper: &Paper,
    problem: Option<Told>,
) -> Result<Response, Problem> {
    let digest = hex::encode(paper.digests.sha256);
    let own = format!("/sign/{}", paper.id);
    let content = html! {
        @if let Some(problem) = &problem { (told(visit, problem)) }
        (ui::definitions(&[
            (visit.say("ファイル", "File"), html! { strong #file-name { (shown_in_line(&paper.name)) } }),
            (visit.say("大きさ", "Size"), html! { (paper.size) (visit.say("バイト", " bytes")) }),
            ("SHA-256", html! { span #digest data-digest=(digest) { (ui::grouped(&digest)) } }),
        ]))
        @if let Some(signed) = paper.signature() {
            (ui::notice(Tone::Good, html! {
                p #signed { strong { (visit.say("署名しました。", "Signed.")) } }
                p {
                    (visit.say(
                        "署名のファイルを、元のファイルと一緒に渡してください。氏名・住所・生年月日・性別が入った証明書が、署名の中にあります。",
                        "Pass the signature on together with the file. The certificate in it holds your name, address, date of birth and sex."))
                }
            }))
            (noted(visit, signed.is_unlisted, &signed.city))
            @if !signed.is_recorded { (unrecorded(visit)) }
            p.actions {
                a.button.main #save href={ (own) "/signature" } download=(paper.signature_name()) {
                    (visit.say("署名のファイルを保存する", "Save the signature")) " (" (shown_in_line(&paper.signature_name())) ")"
                }
            }
            p { a href="/sign" { (visit.say("ほかのファイルに署名する", "Sign another file")) } }
        } @else {
            p {
                (visit.say(
                    "署名すると、氏名・住所・生年月日・性別が入った証明書が、署名のファイルに入ります。",
                    "The signature will hold your certificate, with your name, address, date of birth and sex."))
            }
            (with_card(agent, visit, &format!("{own}/pin"), PinName::Signature, |_| html! {
                p.actions { button.main #send type="submit" { (visit.say("署名する", "Sign")) } }
            }).await)
            p { a href="/sign" { (visit.say("やめて戻る", "Back without signing")) } }
        }
    };
    Ok(Page::new(visit, title(visit), content)
        .status(status_of(problem.as_ref()))
        .into_response())
}

/// Signs.
pub(crate) async fn pin(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let paper = paper(&agent, &visit, &id)?;
    let _work = paper.work.lock().await;
    if paper.signature().is_some() {
        return Ok(to(&format!("/sign/{id}")));
    }
    let entry = match entered(&visit, &fields, PinName::Signature) {
        Ok(entry) => entry,
        Err(problem) => return show(&agent, &visit, &paper, Some(problem)).await,
    };
    let (card, digest) = (entry.card.clone(), hex::encode(paper.digests.sha256));
    let name = shown_in_line(&paper.name).into_owned();
    // On disk before anything is signed.
    let line = agent
        .begin_own(Own::Signature, &name, &digest, &card)
        .await
        .map_err(store)?;
    let city = City::default();
    match agent
        .sign_file(paper.digests, entry, &city)
        .await
    {
        Ok(signed) => {
            let is_recorded = agent
                .end_own(&line, &card, "done", None)
                .await;
            paper.signed(Signed {
                cms: signed.cms,
                is_recorded,
                is_unlisted: signed.is_unlisted,
                city,
            });
            Ok(to(&format!("/sign/{id}")))
        }
        Err(fault) => {
            let problem = fault_told(fault);
            let is_recorded = agent
                .end_own(&line, &card, "refused", Some(&problem))
                .await;
            show(&agent, &visit, &paper, Some(problem.recorded(is_recorded))).await
        }
    }
}

/// The signature's file.
pub(crate) async fn signature(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let paper = paper(&agent, &visit, &id)?;
    let signed = paper
        .signature()
        .ok_or(Problem::NotFound)?;
    Ok(saved(SIGNATURE, &paper.signature_name(), &signed.cms))
}
