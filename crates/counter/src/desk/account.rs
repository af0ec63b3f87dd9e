//! Enrolment, log-in and log-out.

use super::{Shared, refusal_of, who};
use crate::{CounterError, Officer, SecretText};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_rules::{Bilingual, Facts, RefusalReport, WELL_FORMED};
use shirushi_web::{
    Fields, KnownBrowser, Page, Visit,
    ui::{self, Field, Label},
};

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

pub(super) async fn log_in_page(visit: Visit, Query(query): Query<Next>) -> Page {
    log_in_form(&visit, "", local(&query.next), None)
}

pub(super) async fn log_in(State(desk): Shared, visit: Visit, fields: Fields) -> Response {
    let (name, next) = (fields.text("name"), local(fields.text("next")));
    let password = SecretText::from(fields.secret("password"));
    match desk
        .counter
        .log_in(name, password, visit.known_browser())
        .await
    {
        // Who logs in anew leaves no older session behind.
        Ok(session) => match desk
            .counter
            .log_out(visit.session())
            .await
        {
            Ok(()) => {
                let known = KnownBrowser::read(&session.browser).map(|it| visit.known_cookie(&it));
                let cookies = (visit.session_cookie(&session.session), known);
                (cookies, Redirect::to(next)).into_response()
            }
            Err(fault) => fault.into_response(),
        },
        Err(error) => match refusal_of(error) {
            Ok(report) => log_in_form(&visit, name, next, Some(&report)).into_response(),
            Err(fault) => fault.into_response(),
        },
    }
}

pub(super) async fn log_out(State(desk): Shared, visit: Visit, _: Fields) -> Response {
    match desk
        .counter
        .log_out(visit.session())
        .await
    {
        Ok(()) => (visit.end_of_session(), Redirect::to("/log-in")).into_response(),
        Err(fault) => fault.into_response(),
    }
}

/// What was sent when the log-in had ended.
pub(super) async fn held(visit: Visit, officer: Officer, Path(ticket): Path<String>) -> Page {
    let title = visit.say("送る前の内容", "What was to be sent");
    Page::new(&visit, title, visit.held_post(&ticket)).user(who(&visit, &officer))
}

pub(super) async fn enrol_page(visit: Visit) -> Page {
    enrol_form(&visit, "", None)
}

pub(super) async fn enrol(State(desk): Shared, visit: Visit, fields: Fields) -> Response {
    let name = fields.text("name");
    let malformed = |place: Bilingual, fault: Bilingual| {
        CounterError::from(
            WELL_FORMED.refusal(
                Facts::new()
                    .and("where", place)
                    .and("fault", fault),
            ),
        )
    };
    let outcome = async {
        if fields.secret("password") != fields.secret("again") {
            return Err(malformed(
                Bilingual::new("パスワード（確認）", "password again"),
                Bilingual::new("一致しません", "not the same"),
            ));
        }
        let officer = name.parse().map_err(|_| {
            malformed(
                Bilingual::new("担当者の名前", "officer's name"),
                Bilingual::new(
                    "英小文字・数字・ハイフンで1～64文字",
                    "small letters, digits and hyphens, up to 64",
                ),
            )
        })?;
        let code = SecretText::from(fields.text("code"));
        let password = SecretText::from(fields.secret("password"));
        desk.counter
            .enrol(&code, officer, password)
            .await
    };
    match outcome.await {
        Ok(_) => Redirect::to("/log-in").into_response(),
        Err(error) => match refusal_of(error) {
            Ok(report) => enrol_form(&visit, name, Some(&report)).into_response(),
            Err(fault) => fault.into_response(),
        },
    }
}

fn log_in_form(visit: &Visit, name: &str, next: &str, report: Option<&RefusalReport>) -> Page {
    let fields = html! {
        input type="hidden" name="next" value=(next);
        (ui::field(visit, Field {
            name: "name",
            label: Label::new("担当者の名前", "Officer's name"),
            value: name,
            autocomplete: "username",
            ..Field::default()
        }))
        (ui::field(visit, Field {
            name: "password",
            label: Label::new("パスワード", "Password"),
            kind: "password",
            autocomplete: "current-password",
            ..Field::default()
        }))
        (ui::submit(visit.say("ログイン", "Log in")))
    };
    let content = html! {
        (refused(visit, report))
        @if let Some(kept) = visit.kept_until_log_in(next) { (kept) }
        p { (visit.say(
            "住民登録のある方の電子証明書の申請を受け、カードに書き込む、市区町村の担当者のための画面です。",
            "For officers of a municipality, who take applications for certificates from its residents and have them written into the card.")) }
        (ui::form(visit, "/log-in", fields))
        p { a href="/enrol" { (visit.say("初めての方は、登録コードで登録してください", "First time here? Enrol with your code")) } }
    };
    Page::new(
        visit,
        visit.say("担当者のログイン", "Officer's log-in"),
        content,
    )
    .status(status(report))
}

fn enrol_form(visit: &Visit, name: &str, report: Option<&RefusalReport>) -> Page {
    let fields = html! {
        (ui::field(visit, Field {
            name: "code",
            label: Label::new("登録コード", "Enrolment code"),
            hint: visit.say(
                "一度だけ使えます。サンドボックスでは「登録コード」の画面で作れます。",
                "Good once. In the sandbox, the page of codes makes one."),
            ..Field::default()
        }))
        (ui::field(visit, Field {
            name: "name",
            label: Label::new("担当者の名前", "Officer's name"),
            hint: visit.say("英小文字・数字・ハイフン。例: hanako", "Small letters, digits and hyphens, such as hanako"),
            value: name,
            autocomplete: "username",
            ..Field::default()
        }))
        (ui::field(visit, Field {
            name: "password",
            label: Label::new("パスワード", "Password"),
            hint: visit.say("12文字以上", "At least 12 characters"),
            kind: "password",
            autocomplete: "new-password",
            ..Field::default()
        }))
        (ui::field(visit, Field {
            name: "again",
            label: Label::new("パスワード（確認）", "Password again"),
            kind: "password",
            autocomplete: "new-password",
            ..Field::default()
        }))
        (ui::submit(visit.say("登録する", "Enrol")))
    };
    let content = html! {
        (refused(visit, report))
        (ui::form(visit, "/enrol", fields))
        p { a href="/log-in" { (visit.say("登録済みの方はこちら", "Enrolled already? Log in")) } }
    };
    Page::new(
        visit,
        visit.say("担当者の登録", "Officer's enrolment"),
        content,
    )
    .status(status(report))
}

pub(super) fn refused(visit: &Visit, report: Option<&RefusalReport>) -> Markup {
    match report {
        Some(report) => ui::refusal(visit, report),
        None => ui::nothing(),
    }
}

pub(super) fn status(report: Option<&RefusalReport>) -> StatusCode {
    match report {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

/// A path of this site.
fn local(path: &str) -> &str {
    let is_local = ["/applications", "/revocations", "/held/"]
        .iter()
        .any(|begin| path.starts_with(begin))
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
    if is_local { path } else { "/applications" }
}
