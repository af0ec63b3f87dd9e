//! Letting time pass: asked for, shown what it does, and then done.

use super::{Answer, Desk, forms, refused, residents, said, start};
use crate::near::unfit;
use axum::{extract::State, response::IntoResponse};
use maud::html;
use shirushi_clock::{Date, Instant, birthday_in_year};
use shirushi_rules::{Bilingual, RefusalReport};
use shirushi_web::{
    Fields, Page, Problem, Visit,
    ui::{self, Tone},
};
use shirushi_wire::ResidentRecord;
use std::sync::Arc;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Most days that are let pass at once: a hundred years.
const MOST_DAYS: i64 = 36_525;

/// How far a form asks to go.
enum Step {
    Seconds(i64),
    /// To the beginning of this day in Japan.
    Until(Date),
}

/// The fields of a form that asks for time to pass, which the question carries on.
const FIELDS: [&str; 4] = ["step", "days", "resident", "from"];
/// What the question's own form says beside them.
const CONFIRMED: &str = "confirmed";

/// How far time shall pass.
struct Passing {
    seconds: i64,
    until: Instant,
}

/// `step`: `day`, `month`, `year`, `days` (with `days`) or `birthday` (with `resident`); `from`: the resident whose page asked. It does
/// not go back, so it is done only when the page that says so was answered.
pub(super) async fn pass(State(desk): State<Arc<Desk>>, visit: Visit, fields: Fields) -> Answer {
    let from = match fields.text("from") {
        "" => None,
        code => Some(forms::known_resident(&desk, code).await?),
    };
    let passed = match passing(&desk, &fields).await {
        Ok(passing) if fields.text(CONFIRMED).is_empty() => {
            let back = match &from {
                None => "/#time".to_owned(),
                Some(resident) => format!("/residents/{}", resident.code),
            };
            return Ok(question(&desk, &visit, &fields, &passing, &back).into_response());
        }
        Ok(passing) => {
            desk.sandbox
                .let_pass("days", passing.seconds)
                .await
        }
        Err(problem) => Err(problem),
    };
    match passed {
        Ok(()) => match from {
            None => said::go("/?said=time-passed#time"),
            Some(resident) => said::go(&format!("/residents/{}?said=time-passed", resident.code)),
        },
        Err(Problem::Refused(refusal)) => {
            let report: &RefusalReport = &refusal.report();
            Ok(refused(match &from {
                None => {
                    start::shown(
                        &desk,
                        &visit,
                        Some(report),
                        &said::Said::default(),
                        fields.text("days"),
                    )
                    .await?
                }
                Some(resident) => {
                    residents::shown(
                        &desk,
                        &visit,
                        resident,
                        Some(report),
                        None,
                        &said::Said::default(),
                    )
                    .await?
                }
            }))
        }
        Err(other) => Err(other),
    }
}

/// Says what it does, and asks.
fn question(desk: &Desk, visit: &Visit, fields: &Fields, passing: &Passing, back: &str) -> Page {
    let now = desk.sandbox.now();
    let content = html! {
        p.lead { (ui::moment(visit, now)) " → " strong { (ui::moment(visit, passing.until)) } }
        (ui::notice(Tone::Warning, html! {
            p { (visit.say(
                "市全体の時計が進みます。戻すことはできません。",
                "The clock of the whole city moves. It cannot be put back.")) }
            ul {
                li { (visit.say(
                    "期限の来る電子証明書とカードは、期限切れになります。ログインしている画面からは、ログアウトします。",
                    "Certificates and cards that end until then have ended, and so have log-ins.")) }
                li { (visit.say(
                    "この機械のコマンド（shirushi cert、sign、verify --onlineなど）は、この市の電子証明書には市の時計を使い、そのことを表示します。ほかのプログラムは機械の時計を使うので、これから発行する電子証明書を「まだ有効でない」とみなします。",
                    "The commands on this machine (shirushi cert, sign, verify --online …) take the city's time for its certificates, and say so. Other programs go by the machine's clock: what is issued from then on is not valid yet for them.")) }
            }
        }))
        (ui::form(visit, "/time", html! {
            @for name in FIELDS {
                @if !fields.text(name).is_empty() { input type="hidden" name=(name) value=(fields.text(name)); }
            }
            div.actions {
                button type="submit" name=(CONFIRMED) value="yes" { (visit.say("時計を進める", "Let time pass")) }
                a.button href=(back) { (visit.say("やめる", "Do not")) }
            }
        }))
    };
    Page::new(
        visit,
        visit.say("時計を進めますか", "Shall time pass?"),
        content,
    )
}

async fn passing(desk: &Desk, fields: &Fields) -> Result<Passing, Problem> {
    let today = desk.sandbox.today();
    let step = match fields.text("step") {
        "day" => Step::Seconds(DAY),
        "month" => Step::Until(month_later(today).ok_or_else(too_far)?),
        "year" => Step::Until(
            birthday_in_year(today, today.year().saturating_add(1)).ok_or_else(too_far)?,
        ),
        "days" => Step::Seconds(days(fields.text("days"))?.saturating_mul(DAY)),
        "birthday" => {
            let resident = forms::known_resident(desk, fields.text("resident")).await?;
            Step::Until(next_birthday(&resident, today).ok_or_else(too_far)?)
        }
        _ => return Err(unfit("step", Bilingual::new("選択してください", "choose one")).into()),
    };
    let now = desk.sandbox.now();
    let seconds = match step {
        Step::Seconds(seconds) => seconds,
        Step::Until(day) => beginning(day).ok_or_else(too_far)? - now.unix(),
    };
    // The calendar ends in the year 9999, and certificates of that city would not be ones.
    let until = now.plus_seconds(seconds);
    if until.date_jst().year() > LAST_YEAR {
        return Err(too_far());
    }
    Ok(Passing { seconds, until })
}

/// Last year that the clock can be moved into. Everything a city issues ends well inside the calendar then.
const LAST_YEAR: i16 = 9900;

fn days(text: &str) -> Result<i64, Problem> {
    text.parse()
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(|| {
            unfit(
                "days",
                Bilingual::new(
                    "1から36525までの整数で入力してください",
                    "a whole number from 1 to 36525",
                ),
            )
            .into()
        })
}

fn too_far() -> Problem {
    unfit(
        "days",
        Bilingual::new("暦の外になります", "that is outside the calendar"),
    )
    .into()
}

/// The same day of the next month, or its last.
fn month_later(day: Date) -> Option<Date> {
    let first = day.last_of_month().tomorrow().ok()?;
    Date::new(first.year(), first.month(), day.day())
        .ok()
        .or(Some(first.last_of_month()))
}

/// The next birthday after `today`.
pub(super) fn next_birthday(resident: &ResidentRecord, today: Date) -> Option<Date> {
    let in_year = |year| birthday_in_year(resident.birth_date, year);
    in_year(today.year())
        .filter(|day| *day > today)
        .or_else(|| in_year(today.year().saturating_add(1)))
}

/// The first second of a day in Japan.
fn beginning(day: Date) -> Option<i64> {
    let before = day.yesterday().ok()?;
    let end = Instant::end_of_day_jst(before).ok()?;
    Some(end.unix() + 1)
}
