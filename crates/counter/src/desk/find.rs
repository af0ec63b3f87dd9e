//! Finding the resident who stands at the counter.

use super::{Account, Shared, refusal_of, words};
use crate::{Counter, CounterError, Officer};
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_accounts::{refused, status};
use shirushi_clock::Date;
use shirushi_web::{
    Page, Visit,
    ui::{self, Field, Label},
};
use shirushi_wire::{ResidentRecord, Why};

/// The register answers with so many at most.
const MOST_FOUND: usize = 50;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    birth: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn for_application(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Query(wanted): Query<Wanted>,
) -> Result<Page, Response> {
    let title = visit.say("申請を受ける", "Take an application");
    find(
        &desk.counter,
        &visit,
        &officer,
        &wanted,
        title,
        "/applications/new",
    )
    .await
}

pub(super) async fn for_revocation(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Query(wanted): Query<Wanted>,
) -> Result<Page, Response> {
    let title = visit.say("失効の申請を受ける", "Take a revocation request");
    find(
        &desk.counter,
        &visit,
        &officer,
        &wanted,
        title,
        "/revocations/new",
    )
    .await
}

async fn find(
    counter: &Counter,
    visit: &Visit,
    officer: &Officer,
    wanted: &Wanted,
    title: &str,
    base: &str,
) -> Result<Page, Response> {
    let asked = !wanted.q.trim().is_empty() || !wanted.birth.is_empty();
    let (found, report) = match asked {
        true => match counter
            .find(officer, &wanted.q, &wanted.birth, &wanted.reason)
            .await
        {
            Ok(found) => (Some(found), None),
            Err(error) => (
                None,
                Some(refusal_of(error).map_err(IntoResponse::into_response)?),
            ),
        },
        false => (None, None),
    };
    let steps = [
        visit.say("本人を探す", "Find the person"),
        visit.say("申請書", "The form"),
        visit.say("カードに書き込む", "Into the card"),
        visit.say("お渡し", "Hand over"),
    ];
    let content = html! {
        @if base == "/applications/new" { (ui::steps(visit, &steps, 0)) }
        p { (visit.say(
            "本人が窓口に来て、申請書、カード、本人確認書類を出しています。まず、住民基本台帳でその人を探してください。",
            "The person has come with the form, the card and an identity document. First find the person in the resident register.")) }
        (refused(visit, report.as_ref()))
        form method="get" action=(base) role="search" {
            (ui::field(visit, Field {
                name: "q",
                label: Label::new("住民票コード、氏名または振り仮名", "Resident code, name or reading"),
                hint: visit.say("名前は初めの文字だけでも探せます。例: しるし", "The first letters of the name are enough, such as しるし"),
                value: &wanted.q,
                kind: "search",
                required: false,
                ..Field::default()
            }))
            (ui::field(visit, Field {
                name: "birth",
                label: Label::new("生年月日", "Date of birth"),
                value: &wanted.birth,
                kind: "date",
                required: false,
                ..Field::default()
            }))
            (ui::field(visit, Field {
                name: "reason",
                label: Label::new("照会の理由（ほかの市区町村の方のとき）", "Reason (for a resident of another municipality)"),
                hint: visit.say(
                    "照会した担当者、相手、理由は、住民基本台帳に記録されます。",
                    "The register records who looked whom up, and why."),
                value: &wanted.reason,
                required: false,
                ..Field::default()
            }))
            (ui::submit(visit.say("探す", "Find")))
        }
        @if let Some(found) = &found { (results(visit, found, base)) }
    };
    Ok(Page::new(visit, title, content)
        .user(Account::who(visit, officer))
        .status(status(report.as_ref())))
}

fn results(visit: &Visit, found: &[ResidentRecord], base: &str) -> Markup {
    if found.is_empty() {
        return ui::notice(
            ui::Tone::Warning,
            html! {
                p { (visit.say(
                    "この市区町村の住民基本台帳に見つかりません。ほかの市区町村の方は、住民登録のある市区町村の窓口を案内してください。",
                    "Not found in this municipality's register. A person registered elsewhere applies at the counter of that municipality.")) }
            },
        );
    }
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|record| {
            vec![
                html! {
                    a href={ (base) "/" (record.code) } { (ui::ruby(&record.name, record.furigana.as_deref())) }
                    @if let Some(alias) = &record.alias { " （" (visit.say("通称", "alias")) ": " (alias) "）" }
                },
                html! { (ui::date(visit, record.birth_date)) },
                html! { (visit.text(words::label(&words::SEXES, record.sex))) },
                html! { span lang="ja" { (record.address) } },
                html! { (visit.text(words::record(record.status))) },
                html! { code { (record.code) } },
            ]
        })
        .collect();
    let table = ui::table(
        visit.say("見つかった人", "Found"),
        &[
            visit.say("氏名", "Name"),
            visit.say("生年月日", "Date of birth"),
            visit.say("性別", "Sex"),
            visit.say("住所", "Address"),
            visit.say("住民票", "Record"),
            visit.say("住民票コード", "Resident code"),
        ],
        &rows,
    );
    html! {
        (table)
        @if found.len() >= MOST_FOUND {
            p { (visit.say(
                "ここまでしか示していません。名前を続けて入れるか、生年月日を入れて、もう一度探してください。",
                "There may be more. Enter more of the name, or the date of birth, and search again.")) }
        }
    }
}

impl Counter {
    /// The residents of the officer's municipality who are meant by a resident code, or by the beginning of a name or reading,
    /// or by a date of birth. By the code, those of other municipalities are found as well, for a reason that is stated, so that they can be
    /// told where to go.
    ///
    /// # Errors
    /// [`CounterError::Passed`] when the register refuses, [`CounterError::Peer`].
    pub async fn find(
        &self,
        officer: &Officer,
        name: &str,
        birth: &str,
        reason: &str,
    ) -> Result<Vec<ResidentRecord>, CounterError> {
        let why = Why::Enquiry {
            reason: Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
        };
        if let Ok(code) = name.trim().parse() {
            return Ok(self
                .find_resident(officer, &code, why)
                .await?
                .map(|(_, statement)| statement.resident)
                .into_iter()
                .collect());
        }
        let birth = birth.parse::<Date>().ok();
        if name.trim().is_empty() && birth.is_none() {
            return Ok(Vec::new());
        }
        self.find_named(officer, name.trim(), birth, why)
            .await
    }
}
