//! Who gets in: enrolment, log-in and log-out.

use super::{Clerk, Desk};
use axum::response::{IntoResponse as _, Response};
use shirushi_accounts::{Accounts, Denied, Entrance, Words};
use shirushi_crypto::Secret;
use shirushi_rules::Bilingual;
use shirushi_web::{
    Problem,
    maud::{Markup, html},
};

impl Entrance for Desk {
    type Person = Clerk;

    const WORDS: Words = Words {
        log_in: Bilingual::new("係員のログイン", "Clerk's log-in"),
        enrolment: Bilingual::new("係員の登録", "Clerk's enrolment"),
        about: None,
        name: Bilingual::new("氏名", "Name"),
        name_hint: None,
    };
    const HOME: &'static str = "/filings";
    const PLACES: &'static [&'static str] = &["/filings", "/held/"];

    fn accounts(&self) -> &Accounts {
        self.0.accounts()
    }

    async fn person(&self, session: &str) -> Result<Option<Clerk>, Response> {
        self.0
            .clerk(session)
            .await
            .map_err(|fault| Problem::from(fault).into_response())
    }

    fn name(clerk: &Clerk) -> &str {
        clerk.name()
    }

    fn shown(clerk: &Clerk) -> Markup {
        html! { (clerk.name()) }
    }

    async fn enrol(&self, code: Secret, name: &str, password: Secret) -> Result<(), Denied> {
        Ok(self
            .0
            .enrol_clerk(&code, name, password)
            .await?)
    }
}
