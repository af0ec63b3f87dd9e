//! Who gets in: enrolment, log-in and log-out.

use super::{Desk, refusal_of};
use crate::{CounterError, Officer, SecretText};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use shirushi_accounts::{Accounts, Denied, Entrance, Session, Words};
use shirushi_crypto::Secret;
use shirushi_profile::municipality;
use shirushi_rules::{Bilingual, Facts, WELL_FORMED};
use shirushi_web::KnownBrowser;
use shirushi_wire::OfficerId;

impl Entrance for Desk {
    type Person = Officer;

    const WORDS: Words = Words {
        log_in: Bilingual::new("担当者のログイン", "Officer's log-in"),
        enrolment: Bilingual::new("担当者の登録", "Officer's enrolment"),
        about: Some(Bilingual::new(
            "住民登録のある方の電子証明書の申請を受け、カードに書き込む、市区町村の担当者のための画面です。",
            "For officers of a municipality, who take applications for certificates from its residents and have them written into the card.",
        )),
        name: Bilingual::new("担当者の名前", "Officer's name"),
        name_hint: Some(Bilingual::new(
            "英小文字・数字・ハイフン。例: hanako",
            "Small letters, digits and hyphens, such as hanako",
        )),
    };
    const HOME: &'static str = "/applications";
    const PLACES: &'static [&'static str] = &["/applications", "/revocations", "/held/"];

    fn accounts(&self) -> &Accounts {
        &self.counter.accounts
    }

    async fn person(&self, session: &str) -> Result<Option<Officer>, Response> {
        match self.counter.officer(session).await {
            Ok(officer) => Ok(Some(officer)),
            Err(CounterError::NotAuthorized) => Ok(None),
            Err(fault) => Err(fault.into_response()),
        }
    }

    fn name(officer: &Officer) -> &str {
        officer.name.as_str()
    }

    fn shown(officer: &Officer) -> Markup {
        let place = municipality(&officer.municipality).map_or("", |place| place.name_ja);
        html! { (officer.name) " · " span lang="ja" { (place) } }
    }

    async fn enrol(&self, code: Secret, name: &str, password: Secret) -> Result<(), Denied> {
        self.counter
            .enrol(&SecretText::from(code), officer_id(name)?, password.into())
            .await?;
        Ok(())
    }

    async fn log_in(
        &self,
        name: &str,
        password: Secret,
        browser: Option<&KnownBrowser>,
    ) -> Result<Session, Denied> {
        Ok(self
            .counter
            .log_in(name, password.into(), browser)
            .await?)
    }
}

impl From<CounterError> for Denied {
    fn from(error: CounterError) -> Self {
        match refusal_of(error) {
            Ok(report) => Self::Refused(Box::new(report)),
            Err(fault) => Self::Failed(Box::new(fault.into_response())),
        }
    }
}

fn officer_id(name: &str) -> Result<OfficerId, Denied> {
    name.parse().map_err(|_| {
        let facts = Facts::new()
            .and("where", Bilingual::new("担当者の名前", "officer's name"))
            .and(
                "fault",
                Bilingual::new(
                    "英小文字・数字・ハイフンで1～64文字",
                    "small letters, digits and hyphens, up to 64",
                ),
            );
        WELL_FORMED.refusal(facts).into()
    })
}
