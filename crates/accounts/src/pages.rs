//! The pages of enrolment, log-in and log-out of a site.

mod forms;

use crate::{AccountError, Accounts, Session};
use axum::{
    extract::{FromRequestParts, Path, Query, State},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use shirushi_crypto::Secret;
use shirushi_rules::{Bilingual, Facts, Refusal, RefusalReport, WELL_FORMED};
use shirushi_web::{Fields, KnownBrowser, Page, Problem, Visit, local_path, ui};
use std::{future::Future, marker::PhantomData};

/// The words of a party's pages.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Heading of the log-in.
    pub log_in: Bilingual,
    /// Heading of the enrolment.
    pub enrolment: Bilingual,
    /// For whom the site is, above the form of the log-in.
    pub about: Option<Bilingual>,
    /// What a person's name is called here.
    pub name: Bilingual,
    /// How a name is chosen.
    pub name_hint: Option<Bilingual>,
}

/// Why somebody does not get in.
#[derive(Debug)]
pub enum Denied {
    /// A rule refused: the form is shown again.
    Refused(Box<RefusalReport>),
    /// Something failed: this is answered.
    Failed(Box<Response>),
}

/// A site whose people log in with a name and a password: what is its own.
pub trait Entrance: Clone + Send + Sync + 'static {
    /// Who is logged in.
    type Person: Send;
    /// Its words.
    const WORDS: Words;
    /// Where a log-in leads that leads nowhere else.
    const HOME: &'static str;
    /// With what the paths begin to which it may lead.
    const PLACES: &'static [&'static str];

    /// Its accounts.
    fn accounts(&self) -> &Accounts;

    /// Whose session this is, if anybody's; what is answered when that cannot be told.
    fn person(
        &self,
        session: &str,
    ) -> impl Future<Output = Result<Option<Self::Person>, Response>> + Send;

    /// The name a person is enrolled under.
    fn name(person: &Self::Person) -> &str;

    /// The person as shown at the head of each page.
    fn shown(person: &Self::Person) -> Markup;

    /// Enrols somebody who shows a code.
    fn enrol(
        &self,
        code: Secret,
        name: &str,
        password: Secret,
    ) -> impl Future<Output = Result<(), Denied>> + Send;

    /// Begins a session. A party that asks for more than name and password does so here.
    fn log_in(
        &self,
        name: &str,
        password: Secret,
        browser: Option<&KnownBrowser>,
    ) -> impl Future<Output = Result<Session, Denied>> + Send {
        async move {
            let accounts = self.accounts();
            Ok(accounts
                .log_in(name, password, browser)
                .await?)
        }
    }
}

/// The handlers of a site's entrance.
#[derive(Debug)]
pub struct Pages<E>(PhantomData<E>);

/// Where the log-in is to lead.
#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

impl<E: Entrance> Pages<E> {
    /// `GET /log-in`.
    pub async fn log_in_page(visit: Visit, Query(query): Query<Next>) -> Page {
        forms::log_in(&E::WORDS, &visit, "", local::<E>(&query.next), None)
    }

    /// `POST /log-in`.
    pub async fn log_in(State(site): State<E>, visit: Visit, fields: Fields) -> Response {
        let (name, next) = (fields.text("name"), local::<E>(fields.text("next")));
        let begun = site
            .log_in(name, fields.secret("password"), visit.known_browser())
            .await;
        match begun {
            // Who logs in anew leaves no older session behind.
            Ok(begun) => match log_out_of(&site, &visit).await {
                Ok(()) => {
                    let session = visit.session_cookie(&begun.session);
                    let known = visit.known_cookie(&begun.browser);
                    ((session, known), Redirect::to(next)).into_response()
                }
                Err(problem) => problem.into_response(),
            },
            Err(denied) => {
                denied.answer(|report| forms::log_in(&E::WORDS, &visit, name, next, Some(report)))
            }
        }
    }

    /// `POST /log-out`.
    ///
    /// # Errors
    /// A [`Problem`] of the database.
    pub async fn log_out(
        State(site): State<E>,
        visit: Visit,
        _: Fields,
    ) -> Result<impl IntoResponse + use<E>, Problem> {
        log_out_of(&site, &visit).await?;
        Ok((visit.end_of_session(), Redirect::to("/log-in")))
    }

    /// `GET /enrol`.
    pub async fn enrol_page(visit: Visit) -> Page {
        forms::enrolment(&E::WORDS, &visit, "", None)
    }

    /// `POST /enrol`.
    pub async fn enrol(State(site): State<E>, visit: Visit, fields: Fields) -> Response {
        let name = fields.text("name");
        let enrolled = match same_password(&fields) {
            Ok(password) => {
                let code = Secret::from(fields.text("code").as_bytes());
                site.enrol(code, name, password).await
            }
            Err(denied) => Err(denied),
        };
        match enrolled {
            Ok(()) => Redirect::to("/log-in").into_response(),
            Err(denied) => {
                denied.answer(|report| forms::enrolment(&E::WORDS, &visit, name, Some(report)))
            }
        }
    }

    /// `GET /held/{ticket}`: what was sent when the log-in had ended.
    ///
    /// # Errors
    /// The answer for who is not logged in.
    pub async fn held(
        State(site): State<E>,
        visit: Visit,
        Path(ticket): Path<String>,
        mut parts: Parts,
    ) -> Result<Page, Response> {
        let person = logged_in(&mut parts, &site).await?;
        let title = visit.say("送る前の内容", "What was to be sent");
        Ok(Page::new(&visit, title, visit.held_post(&ticket)).user(Self::who(&visit, &person)))
    }

    /// Who is logged in, with the way out: for the head of each page.
    #[must_use]
    pub fn who(visit: &Visit, person: &E::Person) -> Markup {
        html! {
            span { (E::shown(person)) }
            (ui::button_form(visit, "/log-out", visit.say("ログアウト", "Log out"), false))
        }
    }
}

/// Who is logged in; others are sent to the log-in, and from there back to what they asked for.
///
/// # Errors
/// The answer for who is not.
pub async fn logged_in<E: Entrance>(parts: &mut Parts, site: &E) -> Result<E::Person, Response> {
    let visit = Visit::from_request_parts(parts, site)
        .await
        .map_err(IntoResponse::into_response)?;
    if let Some(person) = site.person(visit.session()).await? {
        visit.is_of(E::name(&person));
        return Ok(person);
    }
    let next = match parts.method {
        Method::GET => parts.uri.path(),
        _ => E::HOME,
    };
    Err(Redirect::to(&format!("/log-in?next={next}")).into_response())
}

/// A refusal at the head of the form that it is about, if there is one.
#[must_use]
pub fn refused(visit: &Visit, report: Option<&RefusalReport>) -> Markup {
    report.map_or_else(ui::nothing, |report| ui::refusal(visit, report))
}

/// The status of such a page.
#[must_use]
pub fn status(report: Option<&RefusalReport>) -> StatusCode {
    match report {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

impl Denied {
    fn answer(self, form: impl FnOnce(&RefusalReport) -> Page) -> Response {
        match self {
            Self::Refused(report) => form(&report).into_response(),
            Self::Failed(response) => *response,
        }
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal.report()))
    }
}

impl From<AccountError> for Denied {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Refused(refusal) => refusal.into(),
            other => Self::Failed(Box::new(Problem::from(other).into_response())),
        }
    }
}

async fn log_out_of<E: Entrance>(site: &E, visit: &Visit) -> Result<(), Problem> {
    let accounts = site.accounts();
    Ok(accounts
        .log_out(visit.session())
        .await?)
}

/// The new password, typed twice alike.
fn same_password(fields: &Fields) -> Result<Secret, Denied> {
    let password = fields.secret("password");
    if password == fields.secret("again") {
        return Ok(password);
    }
    let place = Bilingual::new("パスワード（確認）", "password again");
    let fault = Bilingual::new("一致しません", "not the same");
    let facts = Facts::new()
        .and("where", place)
        .and("fault", fault);
    Err(WELL_FORMED.refusal(facts).into())
}

/// A path of this site to which its log-in may lead.
fn local<E: Entrance>(path: &str) -> &str {
    let leads_there = |path: &&str| {
        E::PLACES
            .iter()
            .any(|begin| path.starts_with(begin))
    };
    local_path(path)
        .filter(leads_there)
        .unwrap_or(E::HOME)
}
