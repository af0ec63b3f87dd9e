//! One-time codes by which officers and clerks enrol. A code is shown once, in the answer to its making.

use super::{Answer, Desk, forms, refused, words};
use axum::{extract::State, response::IntoResponse};
use maud::{Markup, html};
use shirushi_profile::MUNICIPALITIES;
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Fields, Page, Problem, Visit,
    ui::{self, Tone},
};
use std::sync::Arc;

/// What codes there are.
pub(super) async fn page(visit: Visit) -> Page {
    asking(&visit, None)
}

fn asking(visit: &Visit, report: Option<&RefusalReport>) -> Page {
    let content = html! {
        @if let Some(report) = report { (ui::refusal(visit, report)) }
        p { (visit.say(
            "初めから入っているパスワードはありません。担当者は、1回だけ使えるコードで登録し、自分のパスワードを決めます。",
            "There are no default passwords. Whoever works here enrols with a code that is good once, and chooses a password.")) }
        h2 { (visit.say("市区町村の窓口の担当者", "Officer at a municipal counter")) }
        (ui::form(visit, "/codes/officer", html! {
            (forms::municipalities(visit, ui::Label::new("市区町村", "Municipality"), "", &MUNICIPALITIES[0].code))
            (ui::submit(visit.say("窓口の登録コードを作る", "Make a code for the counter")))
        }))
        h2 { (visit.say("申請・届出の受付の担当者", "Clerk of the agency")) }
        (ui::form(visit, "/codes/clerk", ui::submit(visit.say("受付の登録コードを作る", "Make a code for the agency"))))
    };
    Page::new(visit, visit.say("登録コード", "Enrolment codes"), content)
}

/// Makes one for an officer of the municipality.
pub(super) async fn officer(State(desk): State<Arc<Desk>>, visit: Visit, fields: Fields) -> Answer {
    let made = match forms::municipality(fields.text("municipality")) {
        Ok(place) => desk
            .sandbox
            .officer_code(&place)
            .await
            .map(|code| (place, code)),
        Err(problem) => Err(problem),
    };
    match made {
        Ok((place, code)) => {
            let whose = words::place(&visit, &place);
            let title = visit
                .say(
                    "{place}の窓口の登録コード",
                    "Code for the counter of {place}",
                )
                .replace("{place}", &whose);
            let site = (
                desk.config.counter.as_str(),
                visit.say("窓口の担当者として登録する", "Enrol as an officer"),
            );
            Ok(shown(&visit, &title, code.expose(), site).into_response())
        }
        Err(Problem::Refused(refusal)) => Ok(refused(asking(&visit, Some(&refusal.report())))),
        Err(other) => Err(other),
    }
}

/// Makes one for a clerk of the agency.
pub(super) async fn clerk(State(desk): State<Arc<Desk>>, visit: Visit, _: Fields) -> Answer {
    let code = desk
        .agency
        .enrolment_code()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let title = visit.say("受付の登録コード", "Code for the agency");
    let site = (
        desk.config.agency.as_str(),
        visit.say("受付の担当者として登録する", "Enrol as a clerk"),
    );
    Ok(shown(&visit, title, &String::from_utf8_lossy(code.expose()), site).into_response())
}

fn shown(visit: &Visit, title: &str, code: &str, (origin, open): (&str, &str)) -> Page {
    let content: Markup = html! {
        (ui::notice(Tone::Good, html! {
            p { (visit.say("1回だけ使えるコードです:", "This code is good once:")) }
            p { strong { code id="code" { (code) } } }
        }))
        p { (visit.say(
            "この画面を閉じると、もう見られません。写してから、登録の画面で入力してください。",
            "It cannot be seen again once this page is closed. Copy it, then enter it on the page of enrolment.")) }
        p.actions {
            a.button.main href={ (origin) "/enrol" } { (open) }
            a.button href="/" { (visit.say("はじめに戻る", "Back to the start")) }
        }
    };
    Page::new(visit, title, content)
}
