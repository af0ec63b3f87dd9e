//! The agent's pages.

pub(crate) mod card;
pub(crate) mod check;
pub(crate) mod document;
pub(crate) mod done;
pub(crate) mod enter;
pub(crate) mod errand;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod personalise;
pub(crate) mod pin;
pub(crate) mod pins;
pub(crate) mod reader;
pub(crate) mod revoke;
pub(crate) mod sign;
pub(crate) mod sites;

use crate::{
    Agent,
    tasks::{Task, Told},
};
use axum::response::{IntoResponse as _, Redirect, Response};
use shirushi_store::StoreError;
use shirushi_web::{
    Problem, Visit,
    maud::{Markup, html},
    ui::{self, Tone},
};
use std::sync::Arc;

/// Below it each errand has a session of its own.
pub(crate) const ERRANDS: &str = "/errands/";

/// The errand of this id, if the visitor's session is its own.
fn task(agent: &Agent, visit: &Visit, id: &str) -> Result<Arc<Task>, Problem> {
    agent
        .tasks
        .find(id, &visit.session_hash(), agent.now())
        .ok_or(Problem::NotFound)
}

fn store(error: StoreError) -> Problem {
    Problem::internal(&error)
}

fn to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

fn to_errand(task: &Task) -> Response {
    to(&format!("/errands/{}", task.id))
}

fn to_done(task: &Task) -> Response {
    to(&format!("/errands/{}/done", task.id))
}

/// What was not done, and what to do.
fn told(visit: &Visit, told: &Told) -> Markup {
    match told {
        Told::Report(report) => ui::refusal(visit, report),
        Told::Words(reason, remedy) => ui::notice(
            Tone::Bad,
            html! {
                p.reason { strong { (visit.both(reason)) } }
                p.remedy { (visit.both(remedy)) }
            },
        ),
        Told::Unrecorded(inner) => html! { (self::told(visit, inner)) (unrecorded(visit)) },
    }
}

/// That what came of something does not stand in the history: there it stays as begun.
fn unrecorded(visit: &Visit) -> Markup {
    ui::notice(
        Tone::Warning,
        html! {
            p #unrecorded {
                (visit.say(
                    "この結果を、履歴に書けませんでした。履歴では途中のままになります。ディスクの空きを確かめてください。",
                    "This could not be written into the history, where it stays as not finished. See whether the disk is full."))
            }
        },
    )
}

/// What a want is, in few words.
fn want_word(visit: &Visit, word: &str) -> &'static str {
    match word {
        "log-in" => visit.say("ログイン", "Log-in"),
        "sign" => visit.say("電子署名", "Signature"),
        "signature-certificate" => visit.say(
            "署名用電子証明書の読み出し",
            "Reading the signature certificate",
        ),
        "own-sign" => visit.say("ファイルへの署名", "Signing a file"),
        "own-pin" => visit.say("暗証番号の変更", "Changing a PIN"),
        "own-revocation" => visit.say("失効の申請", "Asking for revocation"),
        "read-card" => visit.say("カード番号の読み出し", "Reading the card's number"),
        _ => visit.say("電子証明書の書き込み", "Writing certificates into the card"),
    }
}
