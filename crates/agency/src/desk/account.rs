//! Enrolment, log-in and log-out.

use super::{Clerk, ClerkFault, Shared, problem, who};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shirushi_rules::{Bilingual, Facts, Refusal, WELL_FORMED};
use shirushi_web::{
    Fields, Page, Visit,
    maud::{Markup, html},
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

pub(super) async fn log_in(State(agency): Shared, visit: Visit, fields: Fields) -> Response {
    let (name, next) = (fields.text("name"), local(fields.text("next")));
    match agency
        .log_clerk_in(name, fields.secret("password"), visit.known_browser())
        .await
    {
        // Who logs in anew leaves no older session behind.
        Ok((session, browser)) => match agency
            .log_clerk_out(visit.session())
            .await
        {
            Ok(()) => {
                let cookies = (visit.session_cookie(&session), visit.known_cookie(&browser));
                (cookies, Redirect::to(next)).into_response()
            }
            Err(fault) => problem(&fault).into_response(),
        },
        Err(ClerkFault::Refused(refusal)) => {
            log_in_form(&visit, name, next, Some(&refusal)).into_response()
        }
        Err(ClerkFault::Fault(fault)) => problem(&fault).into_response(),
    }
}

pub(super) async fn log_out(State(agency): Shared, visit: Visit, _: Fields) -> Response {
    match agency
        .log_clerk_out(visit.session())
        .await
    {
        Ok(()) => (visit.end_of_session(), Redirect::to("/log-in")).into_response(),
        Err(fault) => problem(&fault).into_response(),
    }
}

/// What was sent when the log-in had ended.
pub(super) async fn held(visit: Visit, clerk: Clerk, Path(ticket): Path<String>) -> Page {
    let title = visit.say("送る前の内容", "What was to be sent");
    Page::new(&visit, title, visit.held_post(&ticket)).user(who(&visit, &clerk))
}

pub(super) async fn enrol_page(visit: Visit) -> Page {
    enrol_form(&visit, "", None)
}

pub(super) async fn enrol(State(agency): Shared, visit: Visit, fields: Fields) -> Response {
    let name = fields.text("name");
    let password = fields.secret("password");
    if password != fields.secret("again") {
        let refusal = WELL_FORMED.refusal(
            Facts::new()
                .and(
                    "where",
                    Bilingual::new("パスワード（確認）", "password again"),
                )
                .and("fault", Bilingual::new("一致しません", "not the same")),
        );
        return enrol_form(&visit, name, Some(&refusal)).into_response();
    }
    let code = shirushi_crypto::Secret::from(fields.text("code").as_bytes());
    match agency
        .enrol_clerk(&code, name, password)
        .await
    {
        Ok(()) => Redirect::to("/log-in").into_response(),
        Err(ClerkFault::Refused(refusal)) => {
            enrol_form(&visit, name, Some(&refusal)).into_response()
        }
        Err(ClerkFault::Fault(fault)) => problem(&fault).into_response(),
    }
}

fn log_in_form(visit: &Visit, name: &str, next: &str, refusal: Option<&Refusal>) -> Page {
    let fields = html! {
        input type="hidden" name="next" value=(next);
        (ui::field(visit, Field {
            name: "name",
            label: Label::new("氏名", "Name"),
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
        (refused(visit, refusal))
        @if let Some(kept) = visit.kept_until_log_in(next) { (kept) }
        (ui::form(visit, "/log-in", fields))
        p {
            a href="/enrol" { (visit.say("初めての方は、登録コードで登録してください", "First time here? Enrol with your code")) }
        }
    };
    Page::new(
        visit,
        visit.say("係員のログイン", "Clerk's log-in"),
        content,
    )
    .status(status(refusal))
}

fn enrol_form(visit: &Visit, name: &str, refusal: Option<&Refusal>) -> Page {
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
            label: Label::new("氏名", "Name"),
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
        (refused(visit, refusal))
        (ui::form(visit, "/enrol", fields))
        p { a href="/log-in" { (visit.say("登録済みの方はこちら", "Enrolled already? Log in")) } }
    };
    Page::new(visit, visit.say("係員の登録", "Clerk's enrolment"), content).status(status(refusal))
}

pub(super) fn refused(visit: &Visit, refusal: Option<&Refusal>) -> Markup {
    match refusal {
        Some(refusal) => ui::refusal(visit, &refusal.report()),
        None => ui::nothing(),
    }
}

pub(super) fn status(refusal: Option<&Refusal>) -> StatusCode {
    match refusal {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

/// A path of this site.
fn local(path: &str) -> &str {
    let is_local = ["/filings", "/held/"]
        .iter()
        .any(|begin| path.starts_with(begin))
        && path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
    if is_local { path } else { "/filings" }
}
