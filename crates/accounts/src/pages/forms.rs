//! The two forms of an entrance.

use super::{Words, refused, status};
use maud::{Markup, html};
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Page, Visit,
    ui::{self, Field, Label},
};

pub(super) fn log_in(
    words: &Words,
    visit: &Visit,
    name: &str,
    next: &str,
    report: Option<&RefusalReport>,
) -> Page {
    let fields = html! {
        input type="hidden" name="next" value=(next);
        (name_field(words, visit, name, ""))
        (password(visit, Field {
            name: "password",
            label: Label::new("パスワード", "Password"),
            autocomplete: "current-password",
            ..Field::default()
        }))
        (ui::submit(visit.say("ログイン", "Log in")))
    };
    let content = html! {
        (refused(visit, report))
        @if let Some(kept) = visit.kept_until_log_in(next) { (kept) }
        @if let Some(about) = words.about { p { (visit.text(about)) } }
        (ui::form(visit, "/log-in", fields))
        p { a href="/enrol" { (visit.say("初めての方は、登録コードで登録してください", "First time here? Enrol with your code")) } }
    };
    Page::new(visit, visit.text(words.log_in), content).status(status(report))
}

pub(super) fn enrolment(
    words: &Words,
    visit: &Visit,
    name: &str,
    report: Option<&RefusalReport>,
) -> Page {
    let hint = words
        .name_hint
        .map_or("", |hint| visit.text(hint));
    let fields = html! {
        (ui::field(visit, Field {
            name: "code",
            label: Label::new("登録コード", "Enrolment code"),
            hint: visit.say(
                "一度だけ使えます。サンドボックスでは「登録コード」の画面で作れます。",
                "Good once. In the sandbox, the page of codes makes one."),
            ..Field::default()
        }))
        (name_field(words, visit, name, hint))
        (password(visit, Field {
            name: "password",
            label: Label::new("パスワード", "Password"),
            hint: visit.say("12文字以上", "At least 12 characters"),
            autocomplete: "new-password",
            ..Field::default()
        }))
        (password(visit, Field {
            name: "again",
            label: Label::new("パスワード（確認）", "Password again"),
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
    Page::new(visit, visit.text(words.enrolment), content).status(status(report))
}

fn name_field(words: &Words, visit: &Visit, value: &str, hint: &str) -> Markup {
    ui::field(
        visit,
        Field {
            name: "name",
            label: words.name.into(),
            hint,
            value,
            autocomplete: "username",
            ..Field::default()
        },
    )
}

fn password(visit: &Visit, field: Field<'_>) -> Markup {
    ui::field(
        visit,
        Field {
            kind: "password",
            ..field
        },
    )
}
