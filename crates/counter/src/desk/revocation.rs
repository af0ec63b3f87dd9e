//! A holder's request that certificates end (失効申請).

use super::{
    Account, Desk, Shared, answer, form::register_says, intake::read_code, refusal_of, words,
};
use crate::{CounterError, Officer, RevocationForm, Revoked};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use maud::html;
use shirushi_accounts::{refused, status};
use shirushi_rules::{Bilingual, Facts, RefusalReport, WELL_FORMED};
use shirushi_web::{
    Fields, Page, Visit,
    ui::{self, Choice, Label, Tone},
};
use shirushi_wire::{ApplicationId, ResidentCode, Why};

pub(super) async fn page(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(code): Path<String>,
) -> Result<Page, Response> {
    let code = read_code(&code).map_err(IntoResponse::into_response)?;
    let id = ApplicationId::random(desk.counter.random.as_ref());
    show(&desk, &visit, &officer, &code, &id.to_string(), None).await
}

pub(super) async fn send(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(code): Path<String>,
    fields: Fields,
) -> Result<Response, Response> {
    let code = read_code(&code).map_err(IntoResponse::into_response)?;
    let revoked = async {
        let reason = words::value(&words::REASONS, fields.text("reason")).ok_or_else(|| {
            CounterError::from(
                WELL_FORMED.refusal(
                    Facts::new()
                        .and("where", Bilingual::new("理由", "reason"))
                        .and(
                            "fault",
                            Bilingual::new("選ばれていません", "none is chosen"),
                        ),
                ),
            )
        })?;
        let form = RevocationForm {
            resident_code: code.clone(),
            kinds: fields
                .all("kinds")
                .filter_map(|word| words::value(&words::KINDS, word))
                .collect(),
            reason,
            id: fields.text("id").parse().ok(),
        };
        desk.counter
            .revoke(&officer, &form)
            .await
    };
    match revoked.await {
        Ok(revoked) => Ok(done(&visit, &officer, &revoked).into_response()),
        Err(error) => {
            let report = refusal_of(error).map_err(IntoResponse::into_response)?;
            show(
                &desk,
                &visit,
                &officer,
                &code,
                fields.text("id"),
                Some(report),
            )
            .await
            .map(IntoResponse::into_response)
        }
    }
}

async fn show(
    desk: &Desk,
    visit: &Visit,
    officer: &Officer,
    code: &ResidentCode,
    id: &str,
    report: Option<RefusalReport>,
) -> Result<Page, Response> {
    let why = Why::Revocation {
        id: id
            .parse()
            .unwrap_or_else(|_| desk.counter.new_application()),
    };
    let record = desk
        .counter
        .resident(officer, code, why)
        .await
        .map_err(answer)?;
    let choices = |words: &[(&'static str, Bilingual)]| -> Vec<Choice<'static>> {
        words
            .iter()
            .map(|(value, label)| Choice {
                value,
                label: (*label).into(),
                hint: "",
                chosen: false,
            })
            .collect()
    };
    let kinds = choices(&words::KINDS.map(|(_, word, label)| (word, label)));
    let reasons = choices(&words::REASONS.map(|(_, word, label)| (word, label)));
    let fields = html! {
        input type="hidden" name="id" value=(id);
        (ui::choices(visit, "checkbox", "kinds", Label::new("失効させる証明書", "Certificates to end"), "", &kinds))
        (ui::choices(visit, "radio", "reason", Label::new("理由", "Reason"), "", &reasons))
        (ui::notice(Tone::Warning, html! { p { (visit.say(
            "失効は取り消せません。もう一度使うには、新しく申請することになります。",
            "A revocation cannot be undone. To use certificates again, one applies anew.")) } }))
        (ui::submit(visit.say("失効させる", "Revoke")))
    };
    let content = html! {
        (refused(visit, report.as_ref()))
        (register_says(visit, &record))
        h2 { (visit.say("申請の内容", "The request")) }
        (ui::form(visit, &format!("/revocations/new/{code}"), fields))
    };
    let title = visit.say("失効の申請", "Revocation request");
    Ok(Page::new(visit, title, content)
        .user(Account::who(visit, officer))
        .status(status(report.as_ref())))
}

fn done(visit: &Visit, officer: &Officer, revoked: &Revoked) -> Page {
    let content = html! {
        @if revoked.serials.is_empty() {
            (ui::notice(Tone::Note, html! { p { (visit.say(
                "有効な証明書はありませんでした。何も失効していません。",
                "There was no live certificate. Nothing was revoked.")) } }))
        } @else {
            (ui::notice(Tone::Good, html! {
                p { strong { (visit.say("次の証明書を失効させました。", "These certificates were revoked.")) } }
                ul { @for serial in &revoked.serials { li { (ui::grouped(&serial.to_string())) } } }
            }))
        }
        p { a href="/applications" { (visit.say("申請の一覧へ", "To the applications")) } }
    };
    let title = visit.say("失効の結果", "Revocation");
    Page::new(visit, title, content).user(Account::who(visit, officer))
}
