//! What everybody sees first.

use super::{find, page};
use crate::{Portal, session::MayBeCitizen};
use axum::extract::{Path, State};
use shirushi_web::{Page, Problem, Visit, maud::html, ui};
use shirushi_wire::filing::{FieldForm, PROCEDURES};
use std::sync::Arc;

pub(crate) async fn start(
    State(_): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Page {
    let content = html! {
        p.lead {
            (visit.say("自宅のパソコンとマイナンバーカードで、役所への申告や申請ができます。",
                "File with public offices from home, with your computer and your My Number Card."))
        }
        div.cards {
            section {
                h2 { "1. " (visit.say("準備する", "Get ready")) }
                p { (visit.say("カード、カードリーダライタ、利用者クライアントソフト、暗証番号を用意します。",
                    "You need your card, a reader, the client software and your PINs.")) }
                p { a.button href="/prepare" { (visit.say("準備するもの", "What you need")) } }
            }
            section {
                h2 { "2. " (visit.say("電子証明書を用意する", "Get your certificates")) }
                p { (visit.say("お住まいの市区町村の窓口で申請します。引っ越しや結婚のあとは、新しいものが必要です。",
                    "Apply at the counter of your municipality. After moving or a change of name you need a new one.")) }
                p { a.button href="/apply" { (visit.say("申請のしかた", "How to apply")) } }
            }
            section {
                h2 { "3. " (visit.say("申告・申請する", "File")) }
                p { (visit.say("手続きを選び、書式に入力し、電子署名をして送ります。",
                    "Choose a procedure, fill in its form, sign it and send it.")) }
                p { a.button.main href="/procedures" { (visit.say("手続きを選ぶ", "Choose a procedure")) } }
            }
        }
    };
    let title = visit.say("オンライン申請ポータル", "Online Filing Portal");
    page(&visit, citizen.as_ref(), title, content)
}

pub(crate) async fn procedures(
    State(_): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
) -> Page {
    let content = html! {
        p { (visit.say("次の手続きを受け付けています。", "These procedures are accepted.")) }
        ul { @for procedure in PROCEDURES {
            li { a href={ "/procedures/" (procedure.id) } { (visit.text(procedure.name)) } }
        } }
    };
    let title = visit.say("手続き", "Procedures");
    page(&visit, citizen.as_ref(), title, content)
}

pub(crate) async fn procedure(
    State(_): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
    Path(id): Path<String>,
) -> Result<Page, Problem> {
    let procedure = find(&id)?;
    let content = html! {
        (ui::definitions(&[(visit.say("手続きの番号", "Id of the procedure"), html! { code { (procedure.id) } })]))
        h2 { (visit.say("入力すること", "What you fill in")) }
        ul {
            li { (visit.say("氏名、生年月日、住所（署名用電子証明書にあるとおりに）", "Name, date of birth and address, as in your signature certificate")) }
            @for field in procedure.fields {
                li { (visit.text(field.label))
                    @if field.form == FieldForm::Date { (visit.say("（年月日）", " (a date)")) } }
            }
        }
        p { (visit.say("PDF、PNG、JPEG、テキストの添付書類を付けられます。", "PDF, PNG, JPEG and text files can be attached.")) }
        @if procedure.id == "TEN0010" || procedure.id == "TKO0010" {
            (ui::notice(ui::Tone::Warning, html! { p { (visit.say(
                "住所の異動が住民票に記録されると、今の署名用電子証明書は失効します。新しい住所の市区町村の窓口で、新しいものを申請してください。",
                "When the move is recorded in the resident record, your present signature certificate ends. Apply for a new one at the municipality of your new address.")) } }))
        }
        p.actions { a.button.main href={ "/procedures/" (procedure.id) "/start" } { (visit.say("この手続きを始める", "Begin")) } }
    };
    Ok(page(
        &visit,
        citizen.as_ref(),
        visit.text(procedure.name),
        content,
    ))
}
