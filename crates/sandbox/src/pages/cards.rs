//! The card desk: the factory, and the wallet of the agent that runs with the city.

use super::{
    Answer, Desk, forms, refused,
    said::{self, Said},
    words,
};
use crate::near::unfit;
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::IntoResponse,
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_agent::{AgentError, StoredCard};
use shirushi_register::problem;
use shirushi_rules::{Bilingual, RefusalReport};
use shirushi_web::{
    Fields, Page, Problem, Visit,
    ui::{self, Choice, Field, Label, Tone},
};
use shirushi_wire::{CardKind, CardNumber, CardRecord, CardState, ResidentRecord};
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    resident: String,
    #[serde(flatten)]
    said: Said,
}

/// A card of the wallet, with what the register knows of it. A card from elsewhere is in no register here.
pub(super) struct Known {
    pub(super) stored: StoredCard,
    pub(super) record: Option<(CardRecord, Option<ResidentRecord>)>,
}

/// The wallet's cards.
pub(super) async fn known(desk: &Desk) -> Result<Vec<Known>, Problem> {
    let register = desk.sandbox.register();
    let mut cards = Vec::new();
    for stored in desk
        .wallet
        .list()
        .map_err(|error| Problem::internal(&error))?
    {
        let record = register
            .card(&stored.number)
            .await
            .map_err(|error| problem(&error))?;
        let record = match record {
            None => None,
            Some(record) => {
                let holder = register
                    .resident(&record.holder)
                    .await
                    .map_err(|error| problem(&error))?;
                Some((record, holder))
            }
        };
        cards.push(Known { stored, record });
    }
    Ok(cards)
}

/// The desk.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Answer {
    let order = Order {
        resident: &asked.resident,
        is_old: false,
        insert: true,
    };
    Ok(shown(&desk, &visit, None, &asked.said, &order)
        .await?
        .into_response())
}

/// What stands in the form.
struct Order<'t> {
    resident: &'t str,
    is_old: bool,
    insert: bool,
}

async fn shown(
    desk: &Desk,
    visit: &Visit,
    report: Option<&RefusalReport>,
    said: &Said,
    order: &Order<'_>,
) -> Result<Page, Problem> {
    let cards = known(desk).await?;
    let content = html! {
        @if let Some(report) = report { (ui::refusal(visit, report)) }
        (said.notice(visit))
        h2 { (visit.say("カードリーダー", "The card reader")) }
        (reader(desk, visit, &cards))
        h2 { (visit.say("手元のカード", "Cards at hand")) }
        (list(visit, &cards))
        h2 id="make" { (visit.say("カードを作る", "Make a card")) }
        (making(visit, order))
    };
    Ok(Page::new(visit, visit.say("カード", "Cards"), content))
}

fn reader(desk: &Desk, visit: &Visit, cards: &[Known]) -> Markup {
    html! {
        p { (visit.say(
            "リーダーもカードも、ソフトウェアで再現したものです。暗証番号は、このパソコンの",
            "Reader and cards are software. PINs are typed only at ")) a href={ (desk.config.agent) "/" } {
            (visit.say("利用者クライアント", "the agent on this computer")) }
            (visit.say("でだけ入力します。", ".")) }
        @if !desk.has_the_visitors_agent() {
            (ui::notice(Tone::Warning, html! { p id="elsewhere" { (visit.say(
                "利用者クライアントは、お使いのパソコンで動きます（shirushi agent）。カードのファイルを保存し、そのカードのフォルダに置いてください。この画面のリーダーは、お使いのパソコンからは使えません。",
                "Your agent runs on your own computer (shirushi agent). Save the card's file and put it into its folder of cards: the reader of this page cannot be used from there.")) } }))
        }
        @match cards.iter().find(|card| card.stored.is_inserted) {
            None => { p id="reader" { strong { (visit.say("空です。", "It is empty.")) } } }
            Some(card) => {
                p id="reader" {
                    strong { (visit.say("入っているカード: ", "The card in it: ")) }
                    (holder(visit, card)) " " code { (card.stored.number) }
                }
                (ui::button_form(visit, "/cards/eject", visit.say("取り出す", "Take it out"), false))
            }
        }
    }
}

/// Whose card it is.
pub(super) fn holder(visit: &Visit, card: &Known) -> Markup {
    match &card.record {
        Some((_, Some(resident))) => words::name(resident),
        _ => {
            html! { (visit.say("この市の台帳にないカード", "a card that no register of this city knows")) }
        }
    }
}

fn list(visit: &Visit, cards: &[Known]) -> Markup {
    html! {
        @if cards.is_empty() { p { (visit.say("まだありません。", "None yet.")) } }
        ul.cards {
            @for card in cards {
                @let number = &card.stored.number;
                li id={ "card-" (number) } {
                    h3 { (holder(visit, card)) }
                    p { code { (number) } }
                    @if let Some((record, _)) = &card.record {
                        p {
                            (words::card_kind(visit, record.kind)) br;
                            (visit.say("有効期限: ", "Valid until: ")) (ui::date(visit, record.valid_until)) br;
                            @if record.state == CardState::Invalid { strong { (words::card_state(visit, record.state)) } }
                            @else { (words::card_state(visit, record.state)) }
                        }
                        p { a href={ "/residents/" (record.holder) } { (visit.say("持ち主の記録", "The holder's record")) } }
                    }
                    div.actions {
                        @if card.stored.is_inserted {
                            p { strong { (visit.say("リーダーに入っています", "In the reader")) } }
                        } @else {
                            (ui::button_form(visit, &format!("/cards/{number}/insert"),
                                visit.say("リーダーに入れる", "Put into the reader"), true))
                        }
                        p { a href={ "/cards/" (number) "/file" } download { (visit.say("ファイルを保存", "Save the file")) } }
                        details {
                            summary { (visit.say("廃棄する", "Destroy")) }
                            p { (visit.say("中の鍵も消え、元に戻せません。", "The keys in it go too, and cannot be brought back.")) }
                            (ui::button_form(visit, &format!("/cards/{number}/remove"),
                                visit.say("このカードを廃棄する", "Destroy this card"), false))
                        }
                    }
                }
            }
        }
    }
}

fn making(visit: &Visit, order: &Order<'_>) -> Markup {
    let kinds = [
        Choice {
            value: "individual-number-card",
            label: words::card_kind(visit, CardKind::IndividualNumberCard).into(),
            hint: visit.say(
                "ふつうはこちらです。以前のカードは失効します。",
                "The usual one. An earlier card is invalidated.",
            ),
            chosen: !order.is_old,
        },
        Choice {
            value: "resident-register-card",
            label: words::card_kind(visit, CardKind::ResidentRegisterCard).into(),
            hint: visit.say(
                "もう証明書は発行されません。断られるのを試せます。",
                "No certificate is issued into it any more: see it refused.",
            ),
            chosen: order.is_old,
        },
    ];
    let insert = [Choice {
        value: "yes",
        label: Label::new("作ったら、リーダーに入れる", "Put it into the reader"),
        hint: "",
        chosen: order.insert,
    }];
    ui::form(
        visit,
        "/cards",
        html! {
            (ui::field(visit, Field {
                name: "resident",
                label: Label::new("住民票コード", "Resident code"),
                hint: visit.say(
                    "11桁の数字です。住民のページからも作れます。",
                    "Eleven digits. A card can also be made from a resident's page."),
                value: order.resident,
                ..Field::default()
            }))
            (ui::choices(visit, "radio", "kind", Label::new("カードの種類", "Kind of card"), "", &kinds))
            (ui::choices(visit, "checkbox", "insert", Label::new("カードリーダー", "Reader"), "", &insert))
            (ui::submit(visit.say("カードを作る", "Make the card")))
        },
    )
}

/// Makes a card: `resident`, `kind`, `insert`; `from=start` leads back to the first page.
pub(super) async fn make(State(desk): State<Arc<Desk>>, visit: Visit, fields: Fields) -> Answer {
    let insert = fields.text("insert") == "yes";
    let back = match fields.text("from") {
        "start" => "/",
        _ => "/cards",
    };
    match try_to_make(&desk, &fields, insert).await {
        Ok(number) => {
            let key = if insert { "card-inserted" } else { "card-made" };
            said::go(&format!("{back}?said={key}&card={number}"))
        }
        Err(Problem::Refused(refusal)) => {
            let order = Order {
                resident: fields.text("resident"),
                is_old: fields.text("kind") == "resident-register-card",
                insert,
            };
            let page = shown(
                &desk,
                &visit,
                Some(&refusal.report()),
                &Said::default(),
                &order,
            )
            .await?;
            Ok(refused(page))
        }
        Err(other) => Err(other),
    }
}

async fn try_to_make(desk: &Desk, fields: &Fields, insert: bool) -> Result<CardNumber, Problem> {
    let kind = match fields.text("kind") {
        "individual-number-card" => CardKind::IndividualNumberCard,
        "resident-register-card" => CardKind::ResidentRegisterCard,
        _ => return Err(unfit("kind", Bilingual::new("選択してください", "choose one")).into()),
    };
    let holder = forms::known_resident(desk, fields.text("resident")).await?;
    let made = desk
        .sandbox
        .make_card(&holder.code, kind)
        .await?;
    let number = desk
        .wallet
        .add(&made.file)
        .map_err(|error| of_wallet(&error))?;
    if insert {
        desk.wallet
            .insert(&number)
            .map_err(|error| of_wallet(&error))?;
    }
    Ok(number)
}

/// Puts a card into the reader.
pub(super) async fn insert(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<String>,
    _: Fields,
) -> Answer {
    let number = number_of(&number)?;
    desk.wallet
        .insert(&number)
        .map_err(|error| of_wallet(&error))?;
    said::go(&format!("/cards?said=card-inserted&card={number}"))
}

/// Takes the card out of the reader.
pub(super) async fn eject(State(desk): State<Arc<Desk>>, _: Fields) -> Answer {
    desk.wallet
        .eject()
        .map_err(|error| of_wallet(&error))?;
    said::go("/cards?said=card-ejected")
}

/// Destroys a card.
pub(super) async fn remove(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<String>,
    _: Fields,
) -> Answer {
    let number = number_of(&number)?;
    desk.wallet
        .remove(&number)
        .map_err(|error| of_wallet(&error))?;
    said::go("/cards?said=card-removed")
}

/// A copy of a card: its file. Real cards cannot be copied; those of the sandbox hold nothing that matters.
pub(super) async fn file(State(desk): State<Arc<Desk>>, Path(number): Path<String>) -> Answer {
    let number = number_of(&number)?;
    let bytes = desk
        .wallet
        .file(&number)
        .map_err(|error| of_wallet(&error))?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{number}.card\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

fn number_of(text: &str) -> Result<CardNumber, Problem> {
    text.parse()
        .map_err(|_| Problem::NotFound)
}

fn of_wallet(error: &AgentError) -> Problem {
    match error {
        AgentError::NoSuchCard(_) => Problem::NotFound,
        other => Problem::internal(other),
    }
}
