//! One application: what was stated, how far it is, the way to the card, and the paper for the applicant.

use super::{About, Account, Desk, Shared, answer, giver, queue::kinds, words};
use crate::{Incident, Officer, QueuedApplication, State as Progress};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_profile::municipality;
use shirushi_web::{
    Fields, Page, Problem, Visit,
    ui::{self, Tone},
};
use shirushi_wire::{ApplicationId, Presence, Purpose, Want};

#[derive(Deserialize)]
pub(super) struct Ended {
    #[serde(default)]
    ended: String,
}

pub(super) async fn page(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(id): Path<String>,
    Query(ended): Query<Ended>,
) -> Result<Page, Response> {
    let (queued, incidents) = seen(&desk, &officer, &id).await?;
    let id = queued.entry.id;
    let content = html! {
        (ui::steps(&visit, &steps(&visit), step(queued.entry.state)))
        (how_it_ended(&visit, &ended.ended))
        @for incident in &incidents { (foreign(&visit, incident)) }
        (ui::live(&format!("/applications/{id}/state"), standing(&visit, &queued)))
        @match queued.entry.state {
            Progress::Issued => p { a.button.main href={ "/applications/" (id) "/result" } { (visit.say("申請者に渡す紙", "Paper for the applicant")) } },
            Progress::Refused => p { a.button href="/applications/new" { (visit.say("申請を受け直す", "Take the application anew")) } },
            Progress::Recorded | Progress::Received => (hand_over_form(&visit, id)),
        }
        (stated(&visit, &queued))
    };
    let title = visit.say("申請", "Application");
    Ok(Page::new(&visit, title, content).user(Account::who(&visit, &officer)))
}

/// The part that changes while the card is written.
pub(super) async fn state(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let (queued, _) = seen(&desk, &officer, &id).await?;
    Ok(axum::response::Html(standing(&visit, &queued).into_string()).into_response())
}

pub(super) async fn hand_over(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Redirect, Response> {
    let (queued, _) = seen(&desk, &officer, &id).await?;
    let may_go_on = matches!(queued.entry.state, Progress::Recorded | Progress::Received);
    if !may_go_on {
        return Ok(Redirect::to(&format!("/applications/{}", queued.entry.id)));
    }
    let want = Want::Personalise {
        application: queued.entry.id,
        applicant: queued.entry.name,
        card: queued.application.card.number,
        kinds: queued.entry.kinds,
    };
    let about = About::Application {
        id: queued.entry.id,
        session: visit.session().to_owned(),
    };
    let to = desk
        .errands
        .give(&visit, giver(&officer), &desk.agent, want, about)
        .map_err(|refusal| Problem::from(refusal).into_response())?;
    Ok(Redirect::to(&to))
}

pub(super) async fn result(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let (queued, _) = seen(&desk, &officer, &id).await?;
    let Some(completed) = queued.entry.completed_at else {
        return Ok(Redirect::to(&format!("/applications/{}", queued.entry.id)).into_response());
    };
    let issued = desk
        .counter
        .issued(&queued.entry.id)
        .await
        .map_err(answer)?;
    let place = municipality(&queued.application.municipality).map_or("", |place| place.name_ja);
    let rows = [
        (
            visit.say("氏名", "Name"),
            ui::ruby(
                &queued.entry.name,
                queued
                    .application
                    .applicant
                    .furigana
                    .as_deref(),
            ),
        ),
        (
            visit.say("発行日時", "Issued"),
            html! { (ui::moment(&visit, completed)) },
        ),
        (
            visit.say("窓口", "Counter"),
            html! { span lang="ja" { (place) } " · " (queued.entry.officer) },
        ),
        (
            visit.say("カードの番号", "Card"),
            ui::grouped(queued.application.card.number.as_str()),
        ),
        (
            visit.say("申請の番号", "Application"),
            ui::grouped(&queued.entry.id.to_string()),
        ),
    ];
    let certificates: Vec<Vec<Markup>> = issued
        .iter()
        .map(|certificate| {
            vec![
                html! { (visit.text(words::label(&words::KINDS, certificate.kind))) },
                ui::grouped(&certificate.serial.to_string()),
                html! { (ui::date(&visit, certificate.not_after.date_jst())) },
            ]
        })
        .collect();
    let content = html! {
        (ui::steps(&visit, &steps(&visit), 3))
        (ui::notice(Tone::Good, html! { p { strong { (visit.say(
            "電子証明書をカードに書き込みました。カードを本人にお返しください。",
            "The certificates are in the card. Give the card back to the applicant.")) } } }))
        p.no-print { button type="button" data-print hidden { (visit.say("印刷する", "Print")) } }
        (ui::definitions(&rows))
        (ui::table(
            visit.say("発行した電子証明書", "Certificates issued"),
            &[
                visit.say("種類", "Kind"),
                visit.say("発行の番号", "serialNumber"),
                visit.say("有効期間の末日", "Last day"),
            ],
            &certificates,
        ))
        h2 { (visit.say("これからのこと", "From now on")) }
        ul {
            li { (visit.say(
                "住所や氏名が変わると、署名用電子証明書はその時に失効します。もう一度、住民登録のある市区町村の窓口で申請してください。",
                "When your address or name changes, the signature certificate ends at once. Apply again at the counter where you are registered.")) }
            li { (visit.say(
                "暗証番号を続けて間違えると（署名用は5回、利用者証明用は3回）ロックされます。この窓口ではまだ初期化できず、新しいカードが必要になります。",
                "After wrong entries in a row (5 for the signature password, 3 for the authentication PIN) it locks. This counter cannot reset it yet: a new card is needed then.")) }
            li { (visit.say(
                "カードをなくしたときは、すぐに窓口か専用の電話に届け出てください。",
                "If the card is lost, report it at once.")) }
        }
        p.no-print { a href="/applications" { (visit.say("申請の一覧へ", "To the applications")) } }
    };
    let title = visit.say("電子証明書の発行のお知らせ", "Certificates issued");
    Ok(Page::new(&visit, title, content)
        .user(Account::who(&visit, &officer))
        .into_response())
}

async fn seen(
    desk: &Desk,
    officer: &Officer,
    id: &str,
) -> Result<(QueuedApplication, Vec<Incident>), Response> {
    let id: ApplicationId = id
        .parse()
        .map_err(|_| Problem::NotFound.into_response())?;
    let queued = desk
        .counter
        .queued(officer, &id)
        .await
        .map_err(answer)?;
    let incidents = desk
        .counter
        .incidents(&id)
        .await
        .map_err(answer)?;
    Ok((queued, incidents))
}

fn steps(visit: &Visit) -> [&'static str; 4] {
    match visit.language() {
        shirushi_rules::Language::Japanese => {
            ["本人を探す", "申請書", "カードに書き込む", "お渡し"]
        }
        shirushi_rules::Language::English => {
            ["Find the person", "The form", "Into the card", "Hand over"]
        }
    }
}

fn step(state: Progress) -> usize {
    match state {
        Progress::Refused => 1,
        Progress::Recorded | Progress::Received => 2,
        Progress::Issued => 3,
    }
}

fn how_it_ended(visit: &Visit, ended: &str) -> Markup {
    match ended {
        "declined" => ui::notice(
            Tone::Warning,
            html! { p { (visit.say(
            "申請者が取りやめました。申請は残っています。続けるときは、もう一度申請者に席を譲ってください。",
            "The applicant stopped. The application is still there; hand over again to go on.")) } },
        ),
        "failed" => ui::notice(
            Tone::Bad,
            html! { p { (visit.say(
            "カードへの書込みが終わりませんでした。カードを確かめ、もう一度申請者に席を譲ってください。途中から続きます。",
            "The card was not finished. Check the card and hand over again: it goes on from where it was.")) } },
        ),
        _ => ui::nothing(),
    }
}

fn foreign(visit: &Visit, incident: &Incident) -> Markup {
    ui::notice(
        Tone::Bad,
        html! {
            p { strong { (visit.say(
                "利用者クライアントが、発行のためのものではない命令を断りました。この申請を中止し、システムの管理者に知らせてください。",
                "The agent refused a command that is not for issuing. Stop this application and tell the system's operator.")) } }
            p { code { (incident.header) } " · " (ui::moment(visit, incident.reported_at)) }
        },
    )
}

fn standing(visit: &Visit, queued: &QueuedApplication) -> Markup {
    let entry = &queued.entry;
    let mut rows = vec![
        (
            visit.say("状態", "State"),
            html! { strong { (visit.text(words::state(entry.state))) } },
        ),
        (
            visit.say("受付", "Taken"),
            html! { (ui::moment(visit, entry.taken_at)) " · " (entry.officer) },
        ),
    ];
    if let Some(completed) = entry.completed_at {
        rows.push((
            visit.say("発行", "Issued"),
            html! { (ui::moment(visit, completed)) },
        ));
    }
    if let Some(rule) = entry
        .refused_by
        .as_ref()
        .filter(|_| entry.state == Progress::Refused)
    {
        let reason = shirushi_rules::rule(rule).map_or("", |rule| visit.text(rule.remedy));
        rows.push((
            visit.say("不受理の根拠", "Refused by"),
            html! { code { (rule) } " " (reason) },
        ));
    }
    ui::definitions(&rows)
}

fn hand_over_form(visit: &Visit, id: ApplicationId) -> Markup {
    html! {
        h2 { (visit.say("申請者に席を譲る", "Hand over to the applicant")) }
        p { (visit.say(
            "カードをリーダーに置き、ボタンを押して、申請者に席を譲ってください。暗証番号は申請者が自分で決めて入力します。担当者は画面を見ないでください。",
            "Put the card on the reader, press the button and let the applicant sit down. The applicant chooses and types the PINs; do not look at the screen.")) }
        (ui::button_form(visit, &format!("/applications/{id}/hand-over"), visit.say("申請者の画面へ", "To the applicant's page"), true))
    }
}

fn stated(visit: &Visit, queued: &QueuedApplication) -> Markup {
    let application = &queued.application;
    let presence = match application.presence {
        Presence::InPerson => visit.say("本人", "in person"),
        Presence::Proxy { reply: true } => {
            visit.say("代理人（回答書あり）", "proxy, with the holder's reply")
        }
        Presence::Proxy { reply: false } => {
            visit.say("代理人（回答書なし）", "proxy, without the holder's reply")
        }
        Presence::Mail => visit.say("郵送", "by mail"),
    };
    let fee = match application.fee.waiver {
        Some(_) => visit.say("無料", "free").to_owned(),
        None => format!("{}{}", application.fee.paid_yen, visit.say("円", " yen")),
    };
    let rows = [
        (
            visit.say("氏名", "Name"),
            ui::ruby(
                &application.applicant.name,
                application
                    .applicant
                    .furigana
                    .as_deref(),
            ),
        ),
        (
            visit.say("生年月日", "Date of birth"),
            html! { (ui::date(visit, application.applicant.birth_date)) },
        ),
        (
            visit.say("住所", "Address"),
            html! { span lang="ja" { (application.applicant.address) } },
        ),
        (
            visit.say("証明書", "Certificates"),
            kinds(visit, &queued.entry),
        ),
        (
            visit.say("種類", "Purpose"),
            html! {
                (match application.purpose {
                    Purpose::New => visit.say("新規発行", "new issue"),
                    Purpose::Renewal => visit.say("更新", "renewal"),
                })
            },
        ),
        (visit.say("申請の方法", "Presence"), html! { (presence) }),
        (
            visit.say("本人確認書類", "Identity documents"),
            html! {
                @for (place, document) in application.documents.iter().enumerate() {
                    @if place > 0 { (visit.say("、", ", ")) }
                    (visit.text(words::label(&words::DOCUMENTS, *document)))
                }
            },
        ),
        (visit.say("手数料", "Fee"), html! { (fee) }),
        (
            visit.say("カード", "Card"),
            html! {
                (ui::grouped(application.card.number.as_str())) " "
                (visit.text(words::card_kind(application.card.kind)))
            },
        ),
        (
            visit.say("申請の番号", "Application"),
            ui::grouped(&application.id.to_string()),
        ),
    ];
    html! {
        h2 { (visit.say("申請の内容", "What was stated")) }
        (ui::definitions(&rows))
    }
}
