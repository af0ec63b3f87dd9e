//! Logging in and out.

use super::local;
use crate::{Portal, portal::About, session::MayBeCitizen};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shirushi_web::{Fields, Giver, Page, Problem, Visit, maud::html, ui};
use shirushi_wire::Want;
use std::sync::Arc;

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    to: String,
}

pub(crate) async fn page(
    State(_): State<Arc<Portal>>,
    visit: Visit,
    MayBeCitizen(citizen): MayBeCitizen,
    Query(back): Query<Back>,
) -> Page {
    let content = html! {
        @if let Some(kept) = visit.kept_until_log_in(&back.to) { (kept) }
        @else if !back.to.is_empty() && citizen.is_none() {
            (ui::notice(ui::Tone::Note, html! { p { (visit.say(
                "続けるには、ログインが必要です。しばらく操作がないときも、もう一度ログインします。",
                "You have to log in to go on; also after some time without activity.")) } }))
        }
        p { (visit.say("マイナンバーカードの利用者証明用電子証明書でログインします。このパソコンの利用者クライアントソフトが開き、数字4桁の暗証番号をたずねます。",
            "You log in with the authentication certificate of your My Number Card. The client software on this computer opens and asks for your PIN of four digits.")) }
        p { (visit.say("この証明書に、氏名や住所は入っていません。このサイトに伝わるのは、証明書の番号と、証明書を更新しても変わらない、このサイトだけの番号です。",
            "This certificate holds neither your name nor your address. All that this site learns is the certificate's number, and a number for you that stays the same when you renew it and that no other site is given.")) }
        (ui::form(&visit, "/log-in", html! {
            input type="hidden" name="to" value=(local(&back.to));
            (ui::submit(visit.say("カードでログインする", "Log in with the card")))
        }))
        p { a href="/prepare" { (visit.say("準備するもの", "What you need")) } }
    };
    let title = visit.say("ログイン", "Log in");
    super::page(&visit, citizen.as_ref(), title, content)
}

pub(crate) async fn give(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let challenge = portal.challenge(&visit);
    let about = About::LogIn {
        to: local(fields.text("to")).to_owned(),
    };
    let want = Want::LogIn { challenge };
    let agent = &portal.config.agent;
    let to = portal
        .errands
        .give(&visit, Giver::Stranger, agent, want, about)?;
    Ok(Redirect::to(&to))
}

pub(crate) async fn log_out(
    State(portal): State<Arc<Portal>>,
    visit: Visit,
    _: Fields,
) -> Result<Response, Problem> {
    portal.end_session(&visit).await?;
    Ok((visit.end_of_session(), Redirect::to("/")).into_response())
}
