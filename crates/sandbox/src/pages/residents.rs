//! Who lives here, and what happened to them.

use super::{
    Answer, Desk, changes, forms, looked_up,
    personas::persona_of,
    said::{self, Said},
    time, words,
};
use axum::{
    extract::{Path, Query, State},
    response::IntoResponse,
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_clock::age_on;
use shirushi_profile::{MUNICIPALITIES, MunicipalityCode};
use shirushi_register::problem;
use shirushi_rules::RefusalReport;
use shirushi_web::{
    Page, Problem, Visit,
    ui::{self, Field, Label},
};
use shirushi_wire::{CardRecord, RegisterEvent, ResidentRecord};
use std::sync::Arc;

/// Residents on one page.
const ON_A_PAGE: usize = 50;

/// Longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 100;

#[derive(Deserialize)]
pub(super) struct Asked {
    municipality: Option<String>,
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

/// The residents of a municipality.
pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Answer {
    let place = match asked.municipality.as_deref() {
        None | Some("") => MUNICIPALITIES[0].code,
        Some(text) => forms::municipality(text)?,
    };
    let words: String = asked
        .q
        .trim()
        .chars()
        .take(LONGEST_SEARCH)
        .collect();
    let page = asked
        .page
        .parse::<usize>()
        .unwrap_or(1)
        .clamp(1, usize::MAX / ON_A_PAGE);
    let mut found = desk
        .sandbox
        .register()
        .search(
            &place,
            &as_registered(&words),
            ON_A_PAGE + 1,
            (page - 1) * ON_A_PAGE,
        )
        .await
        .map_err(|error| problem(&error))?;
    let has_next = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let content = html! {
        (search(&visit, &place, &words))
        @if found.is_empty() {
            p id="none" { (visit.say("該当する方はいません。", "Nobody was found.")) }
        } @else {
            (table(&desk, &visit, &place, &found))
            nav.actions aria-label=(visit.say("ページ", "Pages")) {
                @if page > 1 {
                    a.button rel="prev" href=(address(&place, &words, page - 1)) { (visit.say("前の50人", "Previous 50")) }
                }
                @if has_next {
                    a.button rel="next" href=(address(&place, &words, page + 1)) { (visit.say("次の50人", "Next 50")) }
                }
            }
        }
    };
    Ok(Page::new(&visit, visit.say("住民", "Residents"), content).into_response())
}

/// As names are registered: katakana, and full-width blanks between family and given name.
fn as_registered(words: &str) -> String {
    words
        .chars()
        .map(|character| match character {
            ' ' => '\u{3000}',
            'ぁ'..='ゖ' => char::from_u32(u32::from(character) + 0x60).unwrap_or(character),
            other => other,
        })
        .collect()
}

fn address(place: &MunicipalityCode, words: &str, page: usize) -> String {
    let place = place.to_string();
    let page = page.to_string();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("municipality", &place)
        .append_pair("q", words)
        .append_pair("page", &page)
        .finish();
    format!("/residents?{query}")
}

fn search(visit: &Visit, place: &MunicipalityCode, words: &str) -> Markup {
    html! {
        form method="get" action="/residents" role="search" {
            (forms::municipalities(visit, Label::new("市区町村", "Municipality"), "", place))
            (ui::field(visit, Field {
                name: "q",
                label: Label::new("氏名・振り仮名・住民票コード", "Name, furigana or resident code"),
                hint: visit.say("一部だけでもかまいません。", "A part of it is enough."),
                value: words,
                kind: "search",
                required: false,
                ..Field::default()
            }))
            (ui::submit(visit.say("探す", "Search")))
        }
    }
}

fn table(desk: &Desk, visit: &Visit, place: &MunicipalityCode, found: &[ResidentRecord]) -> Markup {
    let today = desk.sandbox.today();
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|resident| {
            vec![
                html! { a href={ "/residents/" (resident.code) } { (words::name(resident)) } },
                html! { code { (resident.code) } },
                html! { (resident.birth_date) " (" (age_on(resident.birth_date, today)) ")" },
                html! { span lang="ja" { (resident.address) } },
                html! { (words::status(visit, resident.status)) },
            ]
        })
        .collect();
    let caption = words::place(visit, place);
    let heads = [
        visit.say("氏名", "Name"),
        visit.say("住民票コード", "Resident code"),
        visit.say("生年月日（年齢）", "Born (age)"),
        visit.say("住所", "Address"),
        visit.say("記録", "Record"),
    ];
    ui::table(&caption, &heads, &rows)
}

#[derive(Deserialize)]
pub(super) struct Done {
    event: Option<i64>,
    #[serde(flatten)]
    said: Said,
}

/// One resident.
pub(super) async fn one(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(code): Path<String>,
    Query(done): Query<Done>,
) -> Answer {
    let resident = forms::known_resident(&desk, &code).await?;
    Ok(
        shown(&desk, &visit, &resident, None, done.event, &done.said)
            .await?
            .into_response(),
    )
}

/// One resident's page, with what was refused or recorded just now at its top.
pub(super) async fn shown(
    desk: &Desk,
    visit: &Visit,
    resident: &ResidentRecord,
    report: Option<&RefusalReport>,
    recorded: Option<i64>,
    said: &Said,
) -> Result<Page, Problem> {
    let register = desk.sandbox.register();
    let events = register
        .events_of(&resident.code)
        .await
        .map_err(|error| problem(&error))?;
    let cards = register
        .cards_of(&resident.code)
        .await
        .map_err(|error| problem(&error))?;
    let look_ups = register
        .look_ups(Some(&resident.code))
        .await
        .map_err(|error| problem(&error))?;
    let waiting = said::first_waiting(desk).await?;
    let recorded = recorded.and_then(|number| {
        events
            .iter()
            .find(|event| event.sequence == number)
    });
    let content = html! {
        @if let Some(report) = report { (ui::refusal(visit, report)) }
        @if let Some(event) = recorded { (said::change(visit, event, event.sequence < waiting)) }
        (said.notice(visit))
        p.lead { (words::name(resident)) }
        @if let Some(persona) = persona_of(resident.code.as_str()) {
            p { (visit.text(persona.who)) " " (visit.say("試すこと: ", "To try: ")) (visit.text(persona.good_for)) }
        }
        h2 { (visit.say("いまの記録", "The record now")) }
        (items(desk, visit, resident))
        h2 id="changes" { (visit.say("起こりうること", "What can happen")) }
        (changes::possible(visit, resident))
        (birthday(desk, visit, resident))
        h2 { (visit.say("カード", "Cards")) }
        (cards_of(visit, resident, &cards))
        h2 { (visit.say("これまでの異動", "Changes so far")) }
        (history(visit, &events, waiting))
        h2 { (visit.say("照会の記録", "Who looked this person up")) }
        (looked_up::table(visit, &look_ups))
    };
    Ok(Page::new(visit, &resident.name, content))
}

fn items(desk: &Desk, visit: &Visit, resident: &ResidentRecord) -> Markup {
    let age = age_on(resident.birth_date, desk.sandbox.today()).to_string();
    let age = visit
        .say("（{age}歳）", " (aged {age})")
        .replace("{age}", &age);
    let mut rows = vec![
        (
            visit.say("住民票コード", "Resident code"),
            html! { code { (resident.code) } },
        ),
        (
            visit.say("市区町村", "Municipality"),
            html! { (words::place(visit, &resident.municipality)) },
        ),
        (visit.say("氏名", "Name"), words::name(resident)),
    ];
    for (term, item) in [
        (
            visit.say("旧氏", "Former family name"),
            &resident.former_name,
        ),
        (visit.say("通称", "Alias"), &resident.alias),
    ] {
        if let Some(text) = item {
            rows.push((term, html! { span lang="ja" { (text) } }));
        }
    }
    rows.push((
        visit.say("生年月日", "Born"),
        html! { (ui::date(visit, resident.birth_date)) (age) },
    ));
    rows.push((
        visit.say("性別", "Sex"),
        html! { (words::sex(visit, resident.sex)) },
    ));
    rows.push((
        visit.say("住所", "Address"),
        html! { span lang="ja" { (resident.address) } },
    ));
    if let Some(end) = resident.stay_until {
        rows.push((
            visit.say("在留期間の満了日", "End of the period of stay"),
            html! { (ui::date(visit, end)) },
        ));
    }
    rows.push((
        visit.say("記録の状態", "State of the record"),
        html! { span id="status" { (words::status(visit, resident.status)) } },
    ));
    ui::definitions(&rows)
}

fn birthday(desk: &Desk, visit: &Visit, resident: &ResidentRecord) -> Markup {
    let Some(day) = time::next_birthday(resident, desk.sandbox.today()) else {
        return ui::nothing();
    };
    html! {
        h2 { (visit.say("次の誕生日", "The next birthday")) }
        p { (ui::date(visit, day)) " – " (visit.say(
            "市全体の時計が進み、戻せません。",
            "The clock of the whole city moves, and cannot be put back.")) }
        (ui::form(visit, "/time", html! {
            input type="hidden" name="resident" value=(resident.code);
            input type="hidden" name="from" value=(resident.code);
            p.actions { button type="submit" name="step" value="birthday" {
                (visit.say("誕生日まで時間を進める", "Let time pass until the birthday"))
            } }
        }))
    }
}

fn cards_of(visit: &Visit, resident: &ResidentRecord, cards: &[CardRecord]) -> Markup {
    html! {
        @if cards.is_empty() {
            p { (visit.say("カードはまだありません。", "There is no card yet.")) }
        } @else {
            ul {
                @for card in cards {
                    li {
                        (words::card_kind(visit, card.kind)) " " code { (card.number) } " – "
                        (words::card_state(visit, card.state)) " – "
                        (visit.say("有効期限 ", "valid until ")) (ui::date(visit, card.valid_until))
                    }
                }
            }
        }
        p { a.button href={ "/cards?resident=" (resident.code) "#make" } {
            (visit.say("この人のカードを作る", "Make a card for this person"))
        } }
    }
}

fn history(visit: &Visit, events: &[RegisterEvent], waiting: i64) -> Markup {
    if events.is_empty() {
        return html! { p { (visit.say("まだ何も起きていません。", "Nothing has happened yet.")) } };
    }
    let rows: Vec<Vec<Markup>> = events
        .iter()
        .rev()
        .map(|event| {
            vec![
                html! { (event.sequence) },
                html! { (words::event(visit, event.kind)) },
                html! { (ui::date(visit, event.occurred_on)) },
                words::effects(visit, &event.ends),
                html! { (said::delivery(visit, event.sequence < waiting)) },
            ]
        })
        .collect();
    let heads = [
        visit.say("番号", "No."),
        visit.say("異動", "Change"),
        visit.say("異動日", "Happened on"),
        visit.say("証明書への効果", "Effect on certificates"),
        visit.say("認証局へ", "To the authority"),
    ];
    ui::table(visit.say("新しい順", "Newest first"), &heads, &rows)
}
