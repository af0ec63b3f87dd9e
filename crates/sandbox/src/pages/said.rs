//! What a page says about what was just done. The address carries a key and the name of a thing, never a text.

use super::{Answer, Desk, words};
use axum::response::{IntoResponse, Redirect};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_register::problem;
use shirushi_web::{
    Problem, Visit,
    ui::{self, Tone},
};
use shirushi_wire::{CardNumber, RegisterEvent};

/// The part of an address that says it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Said {
    said: Option<Key>,
    card: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Key {
    TimePassed,
    CardMade,
    CardInserted,
    CardEjected,
    CardRemoved,
    #[serde(other)]
    Unknown,
}

impl Said {
    /// The notice, or nothing.
    pub(super) fn notice(&self, visit: &Visit) -> Markup {
        let Some(key) = self.said else {
            return ui::nothing();
        };
        let text = match key {
            Key::TimePassed => visit.say(
                "市の時計を進めました。",
                "The city's clock was moved forward.",
            ),
            Key::CardMade => visit.say(
                "カードを作りました。カードリーダーには入っていません。",
                "The card was made. It is not in the reader.",
            ),
            Key::CardInserted => visit.say(
                "カードはカードリーダーに入っています。",
                "The card is in the reader.",
            ),
            Key::CardEjected => visit.say("カードリーダーは空です。", "The reader is empty."),
            Key::CardRemoved => visit.say(
                "カードを廃棄しました。中の鍵も残っていません。",
                "The card was destroyed, with the keys in it.",
            ),
            Key::Unknown => return ui::nothing(),
        };
        let number: Option<CardNumber> = self
            .card
            .as_deref()
            .and_then(|number| number.parse().ok());
        ui::notice(
            Tone::Good,
            html! {
                p id="said" {
                    (text)
                    @if let Some(number) = number { " " code { (number) } }
                }
            },
        )
    }
}

/// Leads on to a page of this site. What is put into the path is of checked form.
pub(super) fn go(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

/// What a recorded change did, and whether the authority knows of it.
pub(super) fn change(visit: &Visit, event: &RegisterEvent, is_delivered: bool) -> Markup {
    ui::notice(
        Tone::Good,
        html! {
            p id="said" {
                strong {
                    (visit.say("記録しました: ", "Recorded: ")) (words::event(visit, event.kind))
                    (visit.say("（異動 第", " (change no. ")) (event.sequence) (visit.say("号）", ")"))
                }
            }
            (words::effects(visit, &event.ends))
            p { (delivery(visit, is_delivered)) }
        },
    )
}

/// Whether the authority has heard of a change.
pub(super) fn delivery(visit: &Visit, is_delivered: bool) -> &'static str {
    match is_delivered {
        true => visit.say("認証局に届きました。", "The authority has been told."),
        false => visit.say(
            "認証局にはまだ届いていません。届くまで送り続けます。",
            "The authority has not been told yet. It is tried until it has.",
        ),
    }
}

/// The sequence number of the first change that the authority has not heard of.
pub(super) async fn first_waiting(desk: &Desk) -> Result<i64, Problem> {
    let waiting = desk
        .sandbox
        .register()
        .undelivered(1)
        .await
        .map_err(|error| problem(&error))?;
    Ok(waiting
        .first()
        .map_or(i64::MAX, |event| event.sequence))
}
