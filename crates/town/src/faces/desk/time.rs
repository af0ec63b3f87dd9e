//! Letting time pass.

use super::{Answer, Desk, forms, refused, residents, said, start};
use crate::faces::sandbox::unfit;
use axum::extract::State;
use shirushi_clock::{Clock as _, Date, Instant, birthday_in_year};
use shirushi_rules::{Bilingual, RefusalReport};
use shirushi_web::{Fields, Problem, Visit};
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

/// `step`: `day`, `month`, `year`, `days` (with `days`) or `birthday` (with `resident`); `from`: the resident whose page asked.
pub(super) async fn pass(State(desk): State<Arc<Desk>>, visit: Visit, fields: Fields) -> Answer {
    let from = match fields.text("from") {
        "" => None,
        code => Some(forms::known_resident(&desk, code).await?),
    };
    match try_to_pass(&desk, &fields).await {
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

async fn try_to_pass(desk: &Desk, fields: &Fields) -> Result<(), Problem> {
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
    let now = desk.sandbox.clock.now();
    let seconds = match step {
        Step::Seconds(seconds) => seconds,
        Step::Until(day) => beginning(day).ok_or_else(too_far)? - now.unix(),
    };
    // The calendar ends in the year 9999, and certificates of that city would not be ones.
    let after = now.plus_seconds(seconds);
    if after.date_jst().year() > LAST_YEAR {
        return Err(too_far());
    }
    desk.sandbox
        .let_pass("days", seconds)
        .await
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
