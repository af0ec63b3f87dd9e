//! An errand: who asks, for what, and what the person can do.

use super::{document, personalise, pin, reader, store, task, to_done, to_errand, told};
use crate::{
    Agent,
    tasks::{Outcome, Stage, State, Task, Told},
    work::Seen,
};
use axum::{
    extract::{Path, State as Handed},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_card::{Credential, TokenKind};
use shirushi_web::{
    Fields, Page, Problem, Visit,
    maud::{Markup, html},
    ui,
};
use shirushi_wire::{Deed, Want};
use std::sync::Arc;

pub(crate) async fn errand(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    match task.state() {
        State::Open => show(&agent, &visit, &task, None).await,
        State::Undelivered(..) | State::Settled(..) => Ok(to_done(&task)),
    }
}

/// The page of an errand that waits for the person; `problem` is what has just gone wrong.
pub(super) async fn show(
    agent: &Arc<Agent>,
    visit: &Visit,
    task: &Task,
    problem: Option<Told>,
) -> Result<Response, Problem> {
    let is_working = matches!(task.relay().stage, Stage::Working);
    let here = format!("/errands/{}", task.id);
    let title = title(visit, &task.errand.want);
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    if is_working {
        let content = html! {
            (asker(visit, task))
            (personalise::working(visit, task))
        };
        let page = Page::new(visit, title, content).refresh(2, &here);
        return Ok(page.into_response());
    }
    let card = agent
        .look(credential(&task.errand.want))
        .await;
    let is_absent = card.is_err() && agent.is_without_card().await;
    let reader = reader::section(agent, visit, &here).await?;
    let content = html! {
        @if let Some(problem) = &problem { (told(visit, problem)) }
        (asker(visit, task))
        @if let Some(document) = &task.document { (document::section(visit, task, document)) }
        (doing(visit, task, card, is_absent, reader, &here))
        (decline_form(visit, task))
    };
    Ok(Page::new(visit, title, content)
        .status(status)
        .into_response())
}

/// The PIN that is asked about before the page is shown.
fn credential(want: &Want) -> Option<Credential> {
    match want {
        Want::LogIn { .. } => Some(Credential::Authentication),
        Want::Sign { .. } | Want::SignatureCertificate => Some(Credential::Signature),
        Want::ReadCard | Want::Personalise { .. } => None,
    }
}

fn title(visit: &Visit, want: &Want) -> &'static str {
    match want {
        Want::LogIn { .. } => visit.say("ログインの確認", "Confirm the log-in"),
        Want::Sign { .. } => visit.say("電子署名", "Sign a document"),
        Want::SignatureCertificate => visit.say(
            "署名用電子証明書の提出",
            "Give out the signature certificate",
        ),
        Want::ReadCard => visit.say("カードの確認", "Check the card"),
        Want::Personalise { .. } => visit.say(
            "電子証明書の書き込み",
            "Write the certificates into the card",
        ),
    }
}

/// Who asks, and for what, in plain words.
fn asker(visit: &Visit, task: &Task) -> Markup {
    let plain = match &task.errand.want {
        Want::LogIn { .. } => visit.say(
            "このサイトに、利用者証明用電子証明書でログインします。このサイトで操作していないときは、「やめる」を押してください。",
            "You log in to this site with the authentication certificate. If you are not using this site, press \"Decline\"."),
        Want::Sign { .. } => visit.say(
            "下の書類に、署名用電子証明書で署名します。氏名・住所・生年月日・性別が入った証明書が、署名と一緒にサイトに送られます。",
            "You sign the document below with the signature certificate. The certificate, which holds your name, address, date of birth and sex, goes to the site with the signature."),
        Want::SignatureCertificate => visit.say(
            "署名用電子証明書をサイトに渡します。氏名・住所・生年月日・性別がサイトに伝わります。署名はしません。",
            "Your signature certificate is given to the site, which so learns your name, address, date of birth and sex. Nothing is signed."),
        Want::ReadCard => visit.say(
            "カードリーダーにあるカードの番号をサイトに伝えます。暗証番号は使いません。",
            "The number of the card in the reader is told to the site. No PIN is used."),
        Want::Personalise { .. } => visit.say(
            "カードの中で鍵を作り、電子証明書を書き込みます。途中で、申請者本人が暗証番号を決めて入力します。",
            "Keys are made in the card and certificates are written into it. In between, the applicant chooses and types the PINs."),
    };
    html! {
        p.lead #asked { (plain) }
        (ui::definitions(&[
            (visit.say("求めているサイト", "The site that asks"), html! { strong #origin { code { (task.site) } } }),
            (visit.say("サイトの名乗り", "What it calls itself"), html! { span #site-name { (visit.both(&task.errand.site)) } }),
        ]))
    }
}

/// The card, and what is to be done with it.
fn doing(
    visit: &Visit,
    task: &Task,
    card: Result<Seen, Told>,
    is_absent: bool,
    reader: Markup,
    here: &str,
) -> Markup {
    html! {
        h2 { (visit.say("カード", "Card")) }
        @match card {
            Err(_) if is_absent => {
                p { (visit.say("カードをカードリーダーに置いてください。", "Put the card into the reader.")) }
                (reader)
                p { a.button href=(here) { (visit.say("もう一度確かめる", "Look again")) } }
            }
            Err(fault) => {
                (told(visit, &fault))
                (reader)
                p { a.button href=(here) { (visit.say("もう一度確かめる", "Look again")) } }
            }
            Ok(seen) => {
                (ui::definitions(&[
                    (visit.say("種類", "Kind"), html! { (kind(visit, seen.kind)) }),
                    (visit.say("番号", "Number"), html! { span #card-number data-card=(seen.number) { (ui::grouped(&seen.number)) } }),
                ]))
                details {
                    summary { (visit.say("カードを取り替える", "Change the card")) }
                    (reader)
                }
                @match &task.errand.want {
                    Want::LogIn { .. } | Want::Sign { .. } | Want::SignatureCertificate => {
                        (pin::section(visit, task, &seen))
                    }
                    Want::ReadCard => (consent_form(visit, task, &seen)),
                    Want::Personalise { .. } => (personalise::section(visit, task, &seen)),
                }
            }
        }
    }
}

pub(super) fn kind(visit: &Visit, kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::IndividualNumberCard => visit.say("マイナンバーカード", "My Number Card"),
        TokenKind::ResidentRegisterCard => {
            visit.say("住民基本台帳カード", "Resident register card")
        }
        TokenKind::AndroidToken | TokenKind::IphoneToken => {
            visit.say("スマートフォン", "Telephone")
        }
        TokenKind::Other => visit.say("その他のカード", "Another card"),
    }
}

fn consent_form(visit: &Visit, task: &Task, seen: &Seen) -> Markup {
    ui::form(
        visit,
        &format!("/errands/{}/consent", task.id),
        html! {
            input type="hidden" name="card" value=(seen.number);
            p.actions {
                button.main #consent type="submit" {
                    (visit.say("この番号をサイトに伝える", "Tell the site this number"))
                }
            }
        },
    )
}

fn decline_form(visit: &Visit, task: &Task) -> Markup {
    ui::form(
        visit,
        &format!("/errands/{}/decline", task.id),
        html! {
            p.actions {
                button #decline type="submit" {
                    (visit.say("やめてサイトに戻る", "Decline and go back to the site"))
                }
            }
        },
    )
}

/// The person lets the site know the card's number.
pub(crate) async fn consent(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    let is_open = matches!(task.state(), State::Open);
    if !is_open || !matches!(task.errand.want, Want::ReadCard) {
        return Ok(to_errand(&task));
    }
    let seen = match agent.look(None).await {
        Ok(seen) => seen,
        Err(fault) => return show(&agent, &visit, &task, Some(fault)).await,
    };
    if seen.number != fields.text("card") {
        return show(&agent, &visit, &task, Some(changed())).await;
    }
    let deed = Deed::Card {
        number: seen.number.clone(),
        is_individual_number_card: seen.kind == TokenKind::IndividualNumberCard,
    };
    agent
        .settle(&task, deed, Outcome::Done, &seen.number, None)
        .await
        .map_err(store)?;
    Ok(to_done(&task))
}

/// The person does not want to.
pub(crate) async fn decline(
    Handed(agent): Handed<Arc<Agent>>,
    visit: Visit,
    Path(id): Path<String>,
    _fields: Fields,
) -> Result<Response, Problem> {
    let task = task(&agent, &visit, &id)?;
    let _work = task.work.lock().await;
    let is_working = matches!(task.relay().stage, Stage::Working);
    if is_working || !matches!(task.state(), State::Open) {
        return Ok(to_errand(&task));
    }
    agent
        .settle(&task, Deed::Declined, Outcome::Declined, "", None)
        .await
        .map_err(store)?;
    Ok(to_done(&task))
}

/// What the page said is no longer so.
pub(super) fn changed() -> Told {
    Told::words(
        (
            "カード、または残りの回数が、画面を開いたときから変わりました。カードには何も送っていません。",
            "下の内容を確かめて、もう一度入力してください。",
        ),
        (
            "The card, or the number of tries left, has changed since the page was opened. Nothing was sent to the card.",
            "Check what is shown below, and enter it again.",
        ),
    )
}
