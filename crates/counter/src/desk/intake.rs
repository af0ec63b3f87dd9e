//! Taking an application: the form, the card in the reader, and what comes of it.

use super::{About, Account, Desk, Shared, answer, form, form::Filled, giver, refusal_of};
use crate::{Counter, CounterError, Officer, State as Progress};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use serde::Deserialize;
use shirushi_accounts::status;
use shirushi_rules::{Bilingual, Facts, RefusalReport, WELL_FORMED};
use shirushi_web::{Page, Problem, TypedFields, Visit, ui};
use shirushi_wire::{ApplicationId, CardRecord, MalformedIdentifier, ResidentCode, Want, Why};

/// Under which ticket the form was held while the card was read.
#[derive(Deserialize)]
pub(super) struct HeldTicket {
    #[serde(default)]
    held: String,
}

pub(super) async fn page(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(code): Path<String>,
    Query(held): Query<HeldTicket>,
) -> Result<Page, Response> {
    let code = read_code(&code).map_err(IntoResponse::into_response)?;
    if let Some(held) = desk
        .held
        .look(&visit, &held.held)
        .filter(|held| held.code == code.to_string())
    {
        let filled = Filled(held.fields);
        return show(&desk, &visit, &officer, &code, filled, held.report).await;
    }
    let id = desk.counter.new_application();
    let record = desk
        .counter
        .resident(&officer, &code, Why::Application { id })
        .await
        .map_err(answer)?;
    let mut filled = Filled::from_register(&record);
    // A second press, or a page sent again, is the same application.
    filled.set("id", &id.to_string());
    show(&desk, &visit, &officer, &code, filled, None).await
}

pub(super) async fn send(
    State(desk): Shared,
    visit: Visit,
    officer: Officer,
    Path(code): Path<String>,
    TypedFields(fields): TypedFields,
) -> Result<Response, Response> {
    let code = read_code(&code).map_err(IntoResponse::into_response)?;
    let filled = Filled(
        fields
            .iter()
            .filter(|(name, _)| *name != "act")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    );
    if fields.text("act") == "card" {
        let about = About::Form {
            code: code.to_string(),
            fields: filled.0,
        };
        let to = desk
            .errands
            .give(&visit, giver(&officer), &desk.agent, Want::ReadCard, about)
            .map_err(|refusal| Problem::from(refusal).into_response())?;
        return Ok(Redirect::to(&to).into_response());
    }
    let taken = async {
        let request = filled.request(code.clone())?;
        desk.counter
            .apply(&officer, &request)
            .await
    };
    match taken.await {
        Ok(taken) => {
            Ok(Redirect::to(&format!("/applications/{}", taken.application)).into_response())
        }
        Err(error) => {
            let report = refusal_of(error).map_err(IntoResponse::into_response)?;
            let filled = desk
                .counter
                .fresh_if_refused(&officer, filled)
                .await
                .map_err(answer)?;
            show(&desk, &visit, &officer, &code, filled, Some(report))
                .await
                .map(IntoResponse::into_response)
        }
    }
}

/// The form with what was filled in, and what the register says of person and card.
pub(super) async fn show(
    desk: &Desk,
    visit: &Visit,
    officer: &Officer,
    code: &ResidentCode,
    filled: Filled,
    report: Option<RefusalReport>,
) -> Result<Page, Response> {
    let why = desk.counter.why(&filled);
    let record = desk
        .counter
        .resident(officer, code, why.clone())
        .await
        .map_err(answer)?;
    let card = desk
        .counter
        .card_record(officer, filled.value("card"), why)
        .await
        .map_err(answer)?;
    let steps = [
        visit.say("本人を探す", "Find the person"),
        visit.say("申請書", "The form"),
        visit.say("カードに書き込む", "Into the card"),
        visit.say("お渡し", "Hand over"),
    ];
    let content = html! {
        (ui::steps(visit, &steps, 1))
        (form::show(visit, &record, &filled, card.as_ref(), report.as_ref()))
    };
    let title = visit.say("発行の申請", "Application for certificates");
    Ok(Page::new(visit, title, content)
        .user(Account::who(visit, officer))
        .status(status(report.as_ref())))
}

pub(super) fn read_code(text: &str) -> Result<ResidentCode, Problem> {
    text.parse()
        .map_err(|fault: MalformedIdentifier| {
            WELL_FORMED
                .refusal(
                    Facts::new()
                        .and("where", Bilingual::new("アドレス", "address"))
                        .and("fault", fault.to_string()),
                )
                .into()
        })
}

impl Counter {
    pub(super) fn new_application(&self) -> ApplicationId {
        ApplicationId::random(self.random.as_ref())
    }

    /// What was filled in, under another id when the authority has refused what was sent under this one: that stays as it was
    /// sent, and a corrected form is another application.
    async fn fresh_if_refused(
        &self,
        officer: &Officer,
        mut filled: Filled,
    ) -> Result<Filled, CounterError> {
        if let Ok(id) = filled.value("id").parse() {
            match self.queued(officer, &id).await {
                Ok(queued) if queued.entry.state == Progress::Refused => {
                    filled.set("id", &self.new_application().to_string());
                }
                Ok(_) | Err(CounterError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// What the card register knows of a card; none when the text is no card number, or there is no such card.
    ///
    /// # Errors
    /// [`CounterError::Peer`].
    pub async fn card_record(
        &self,
        officer: &Officer,
        number: &str,
        why: Why,
    ) -> Result<Option<CardRecord>, CounterError> {
        match number.parse() {
            Ok(number) => Ok(self
                .find_card(officer, &number, why)
                .await?
                .map(|(_, statement)| statement.card)),
            Err(_) => Ok(None),
        }
    }

    /// What the register is asked for while a form is filled in: its application.
    pub(super) fn why(&self, filled: &Filled) -> Why {
        Why::Application {
            id: filled
                .value("id")
                .parse()
                .unwrap_or_else(|_| self.new_application()),
        }
    }
}
