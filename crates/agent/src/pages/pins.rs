//! The PINs: how many tries each has left, and changing them.

use super::{
    card::{fault_told, status_of, with_card},
    pin::{called, entered, entry, form_of, rule_list, typed},
    store, told, unrecorded,
};
use crate::{Agent, history::Own, own::Change, tasks::Told, work::pin_name};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use shirushi_client::{PinName, SetPin};
use shirushi_rules::{Bilingual, Facts, InBoth, WELL_FORMED};
use shirushi_web::{
    Fields, Page, Problem, TypedFields, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use std::sync::Arc;

/// The word by which a PIN stands in addresses.
pub(super) fn word(name: PinName) -> &'static str {
    match name {
        PinName::Authentication => "auth",
        PinName::Signature => "sign",
        PinName::Text => "text",
    }
}

fn of_word(text: &str) -> Result<PinName, Problem> {
    PinName::ALL
        .into_iter()
        .find(|name| word(*name) == text)
        .ok_or(Problem::NotFound)
}

/// How many tries are left.
pub(super) fn tries(visit: &Visit, name: PinName, left: Option<u8>) -> Markup {
    let most = name.most_tries();
    html! {
        @match left {
            None => (visit.say("ありません", "none")),
            Some(0) => strong {
                (visit.say(
                    "ロックされています（マイナンバーカードは市区町村の窓口で初期化できます）",
                    "locked (a My Number Card is reset at a municipality's counter)"))
            },
            Some(left) => {
                (visit.say("残り", "")) (left) (visit.say("回（最大", " of ")) (most)
                (visit.say("回）", " tries left"))
            }
        }
    }
}

fn title(visit: &Visit) -> &'static str {
    visit.say("暗証番号", "PINs")
}

pub(crate) async fn pins(State(agent): State<Arc<Agent>>, visit: Visit) -> Result<Page, Problem> {
    let content = match agent.overview().await {
        Err(fault) => html! {
            (told(&visit, &fault))
            p { a.button href="/pins" { (visit.say("もう一度確かめる", "Look again")) } }
        },
        Ok(overview) => html! {
            p.lead {
                (visit.say(
                    "暗証番号は、この画面からカードにだけ送ります。忘れたものやロックされたものは、ここでは元に戻せません。",
                    "A PIN goes from this page to the card and nowhere else. One that is forgotten or locked cannot be brought back here."))
            }
            ul.cards {
                @for name in PinName::ALL {
                    @let left = overview.tries_of(name);
                    li {
                        h2 { (called(&visit, name)) }
                        p { (purpose(&visit, name)) }
                        p { span data-pin=(word(name)) data-left=[left] { (tries(&visit, name, left)) } }
                        @if left.is_some_and(|left| left > 0) {
                            p {
                                a.button href={ "/pins/" (word(name)) }
                                    aria-label={ (called(&visit, name)) (visit.say("を変える", ": change")) } {
                                    (visit.say("変える", "Change"))
                                }
                            }
                        }
                    }
                }
            }
        },
    };
    Ok(Page::new(&visit, title(&visit), content))
}

fn purpose(visit: &Visit, name: PinName) -> &'static str {
    match name {
        PinName::Authentication => visit.say("サイトへのログイン", "Logging in to sites"),
        PinName::Signature => visit.say("電子署名、申請", "Signatures and filings"),
        PinName::Text => visit.say("氏名や住所の読み出し", "Reading name and address as text"),
    }
}

pub(crate) async fn change_form(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    page(&agent, &visit, of_word(&name)?, None).await
}

async fn page(
    agent: &Agent,
    visit: &Visit,
    name: PinName,
    problem: Option<Told>,
) -> Result<Response, Problem> {
    let action = format!("/pins/{}", word(name));
    let content = html! {
        @if let Some(problem) = &problem { (told(visit, problem)) }
        p.lead {
            (called(visit, name))
            (visit.say("を変えます。まず今のものを、次に新しいものを入力します。", ": type the one that is set now, and then a new one."))
        }
        p {
            (visit.say(
                "生年月日や同じ数字の並びなど、人に推測されるものは避けてください。",
                "Choose none that others can guess, such as a date of birth or one digit repeated."))
        }
        (with_card(agent, visit, &action, name, |_| html! {
            fieldset {
                legend { (visit.say("新しい暗証番号", "The new PIN")) }
                (entry(visit, "new", "new", visit.say("新しいもの", "The new one"), form_of(name), "new-password"))
                div.field {
                    label for="new-again" { (visit.say("もう一度", "Once more")) }
                    (rule_list(visit, "new-again-rules", "new-again", form_of(name), Some("new")))
                    input #new-again name="new-again" type="password" autocomplete="new-password" spellcheck="false"
                        autocapitalize="none" aria-describedby="new-again-rules" required;
                }
            }
            p.actions { button.main #change type="submit" { (visit.say("変更する", "Change it")) } }
        }).await)
        p { a href="/pins" { (visit.say("やめて戻る", "Back without changing it")) } }
    };
    let title = visit.say("暗証番号の変更", "Change a PIN");
    Ok(Page::new(visit, title, content)
        .status(status_of(problem.as_ref()))
        .into_response())
}

pub(crate) async fn change(
    State(agent): State<Arc<Agent>>,
    visit: Visit,
    Path(name): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Problem> {
    let name = of_word(&name)?;
    let typed = entered(&visit, &fields, name).and_then(|old| Ok((old, chosen(&fields, name)?)));
    let (old, new) = match typed {
        Ok(both) => both,
        Err(problem) => return page(&agent, &visit, name, Some(problem)).await,
    };
    let card = old.card.clone();
    let line = agent
        .begin_own(Own::Pin, "", "", &card)
        .await
        .map_err(store)?;
    match agent.change_pin(name, old, new).await {
        Ok(change) => {
            let (tone, outcome, said) = said(name, change);
            let is_recorded = agent
                .end_own(&line, &card, outcome, None)
                .await;
            let status = match outcome {
                "done" => StatusCode::OK,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let content = html! {
                (ui::notice(tone, html! { p { strong #changed data-outcome=(outcome) { (visit.both(&said)) } } }))
                @if !is_recorded { (unrecorded(&visit)) }
                p { a.button href="/pins" { (visit.say("暗証番号に戻る", "Back to the PINs")) } }
            };
            let title = visit.say("暗証番号の変更", "Change a PIN");
            Ok(Page::new(&visit, title, content)
                .status(status)
                .into_response())
        }
        Err(fault) => {
            let problem = fault_told(fault);
            let is_recorded = agent
                .end_own(&line, &card, "refused", Some(&problem))
                .await;
            page(&agent, &visit, name, Some(problem.recorded(is_recorded))).await
        }
    }
}

/// The new PIN, typed twice alike.
fn chosen(fields: &Fields, name: PinName) -> Result<shirushi_client::TypedPin, Told> {
    let new = typed(fields, "new", name)?;
    WELL_FORMED.require(
        fields.secret("new").expose() == fields.secret("new-again").expose(),
        Facts::new()
            .and("where", Bilingual::new("新しい暗証番号", "the new PIN"))
            .and(
                "fault",
                Bilingual::new("2回の入力が違います", "the two entries differ"),
            ),
    )?;
    Ok(new)
}

fn said(name: PinName, change: Change) -> (Tone, &'static str, InBoth) {
    let Bilingual { ja, en } = pin_name(name);
    let left = |tries: Option<u8>| match tries {
        None => (String::new(), String::new()),
        Some(tries) => (
            format!("（残り{tries}回）"),
            format!(" ({tries} tries left)"),
        ),
    };
    match change {
        Change::Made => (
            Tone::Good,
            "done",
            InBoth::new(
                format!("{ja}を変更しました。"),
                format!("The {en} was changed."),
            ),
        ),
        Change::Found(Some(SetPin::New)) => (
            Tone::Good,
            "done",
            InBoth::new(
                format!(
                    "途中で通信が切れましたが、カードに確かめました。{ja}は新しいものに変わっています。"
                ),
                format!("The connection was cut, and the card was asked: the new {en} is set."),
            ),
        ),
        Change::Found(Some(SetPin::Old)) => (
            Tone::Bad,
            "interrupted",
            InBoth::new(
                format!(
                    "途中で通信が切れました。カードに確かめたところ、{ja}は元のままです。もう一度操作してください。"
                ),
                format!(
                    "The connection was cut, and the card was asked: the old {en} is set. Try again."
                ),
            ),
        ),
        Change::Found(found) => {
            let tries = match found {
                Some(SetPin::Neither { tries } | SetPin::NotAsked { tries }) => Some(tries),
                _ => None,
            };
            let (left_ja, left_en) = left(tries);
            (
                Tone::Bad,
                "interrupted",
                InBoth::new(
                    format!(
                        "{ja}が新しいものに変わったか、元のままかは、分かっていません{left_ja}。次に使うとき、まず新しいものを入れ、違うと言われたら元のものを入れてください。残りが1回のときは入力しないでください。"
                    ),
                    format!(
                        "It is not known whether the {en} is the new one or still the old one{left_en}. Next time, enter the new one first, and the old one if that is wrong. Do not, when one try is left."
                    ),
                ),
            )
        }
    }
}
