//! Who is logged in.

use crate::{Portal, PortalError, accounts::Persons, log_in::Standing, sql};
use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_path::{Cause, Reader, Unknown};
use shirushi_profile::Certificate;
use shirushi_rules::{Fact, Facts, LOG_IN_ALIVE, LOG_IN_KNOWN_ALIVE, LOGGED_IN, Refusal};
use shirushi_web::{Giver, Problem, Visit, keeping_form};
use std::sync::Arc;

/// Where one logs in, up to where it then leads.
const LOG_IN: &str = "/log-in?to=";
/// A session in which nothing happens ends after half an hour.
const IDLE_SECONDS: i64 = 30 * 60;
/// Every session ends after eight hours.
const LONGEST_SECONDS: i64 = 8 * 60 * 60;
/// That somebody was here is written down once a minute at most.
const SEEN_SECONDS: i64 = 60;
/// That its certificate is alive still is written down as often.
const NOTED_SECONDS: i64 = 30;
/// How old the newest word about a session's certificate may be while its citizen reads.
const CHECKED_SECONDS: i64 = 60;

/// A citizen who is logged in. As a handler's argument: who is not is led to the log-in, and who wants to change something does so with a
/// certificate that is known to be alive at this moment.
#[derive(Clone, Debug)]
pub(crate) struct Citizen {
    pub(crate) account: String,
    /// The authentication certificate of this log-in.
    pub(crate) certificate: Certificate,
    /// Whether it was known to be alive when it was last asked about. If not, one's own can be read and not changed.
    pub(crate) is_known: bool,
    /// Why it was not, where it was asked about just now.
    pub(crate) unknown: Option<Unknown>,
}

/// A citizen, if one is logged in.
#[derive(Clone, Debug)]
pub(crate) struct MayBeCitizen(pub(crate) Option<Citizen>);

/// How long what is known of a certificate is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// For a minute: something is read.
    Lately,
    /// Not at all: something is changed or sent.
    Now,
}

/// Who has a session.
enum Who {
    Nobody,
    /// Somebody whose certificate has died meanwhile, and how.
    Ended(Fact),
    Logged(Citizen),
    /// Somebody who asks for more at once than one person does.
    TooMuch(Refusal),
}

impl Citizen {
    /// On whose account errands go: all sessions of the citizen are one giver.
    pub(crate) fn giver(&self) -> Giver {
        Giver::known(&self.account)
    }

    /// Whether something may be changed or sent in the citizen's name.
    fn may_act(&self) -> Result<(), Refusal> {
        let why = self
            .unknown
            .as_ref()
            .map_or(Cause::NoEvidence, |unknown| unknown.why.cause());
        let facts = Facts::new()
            .and("cause", why.word())
            .and("advice", why.advice(Reader::Citizen));
        LOG_IN_KNOWN_ALIVE.require(self.is_known, facts)
    }
}

impl Portal {
    /// Begins a session for the holder of an authentication certificate, under a new name, which is answered.
    pub(crate) async fn begin_session(
        &self,
        visit: &Visit,
        certificate: &Certificate,
        persons: Persons,
    ) -> Result<String, PortalError> {
        let (now, session) = (self.now(), visit.new_session());
        let mut transaction = self.store.begin().await?;
        let account = self
            .account(&mut transaction, certificate, persons)
            .await?;
        transaction
            .execute(sql::END_SESSION, &[visit.session_hash().into()])
            .await?;
        transaction
            .execute(
                sql::FORGET_SESSIONS,
                &[
                    now.plus_seconds(-IDLE_SECONDS)
                        .unix()
                        .into(),
                    now.plus_seconds(-LONGEST_SECONDS)
                        .unix()
                        .into(),
                ],
            )
            .await?;
        let hash = sha256(session.as_bytes());
        transaction
            .execute(
                sql::BEGIN_SESSION,
                &[
                    hash.into(),
                    account.into(),
                    certificate.der().into(),
                    now.unix().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(session)
    }

    /// Ends the session of `visit`.
    pub(crate) async fn end_session(&self, visit: &Visit) -> Result<(), PortalError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::END_SESSION, &[visit.session_hash().into()])
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The citizen of `visit`, before something is changed or sent.
    ///
    /// # Errors
    /// A refusal by `LOGGED_IN`, `LOG_IN_ALIVE` or `LOG_IN_KNOWN_ALIVE`.
    pub(crate) async fn acting(&self, visit: &Visit) -> Result<Citizen, Problem> {
        let citizen = match self.who(visit, Asks::Now).await? {
            Who::Nobody => return Err(LOGGED_IN.refusal([]).into()),
            Who::Ended(fault) => return Err(self.dismiss(visit, fault).await?.into()),
            Who::TooMuch(refusal) => return Err(refusal.into()),
            Who::Logged(citizen) => citizen,
        };
        citizen.may_act()?;
        Ok(citizen)
    }

    async fn who(&self, visit: &Visit, asks: Asks) -> Result<Who, PortalError> {
        let now = self.now();
        let hash = visit.session_hash();
        let Some(row) = self
            .store
            .row(sql::SESSION, &[hash.into()])
            .await?
        else {
            return Ok(Who::Nobody);
        };
        let damaged = || PortalError::Damaged { what: "session" };
        let instant = |column| Instant::from_unix(row.integer(column)?).map_err(|_| damaged());
        let (begun, seen) = (instant("begun_at")?, instant("seen_at")?);
        if seen.plus_seconds(IDLE_SECONDS) < now || begun.plus_seconds(LONGEST_SECONDS) < now {
            return Ok(Who::Nobody);
        }
        if let Some(fault) = row.optional_text("ended")? {
            return Ok(Who::Ended(read_fault(fault)));
        }
        let mut citizen = Citizen {
            account: row.text("account")?,
            certificate: Certificate::from_der(&row.bytes("certificate")?)
                .map_err(|_| damaged())?,
            is_known: row.integer("is_known")? == 1,
            unknown: None,
        };
        let checked = instant("checked_at")?;
        // A clock that went back makes nothing that was asked newer.
        let is_fresh = checked <= now && now < checked.plus_seconds(CHECKED_SECONDS);
        if asks == Asks::Now || !is_fresh {
            // A question to the responder, a signature there, and a record here: one citizen's hundred presses must not have a
            // hundred of each before another's first.
            let turn = self
                .checking
                .turn(sha256(citizen.account.as_bytes()));
            let _turn = match turn.await {
                Ok(turn) => turn,
                Err(refusal) => return Ok(Who::TooMuch(refusal)),
            };
            let standing = self
                .standing(&citizen.certificate)
                .await;
            // What is known already is written down once in a while.
            let is_noted = citizen.is_known
                && matches!(standing, Standing::Alive)
                && checked <= now
                && now < checked.plus_seconds(NOTED_SECONDS);
            if !is_noted {
                self.note(hash, &standing).await?;
            }
            match standing {
                Standing::Alive => citizen.is_known = true,
                Standing::Unknown(unknown) => {
                    citizen.is_known = false;
                    citizen.unknown = Some(unknown);
                }
                Standing::Dead(fault) => return Ok(Who::Ended(fault.into())),
            }
        }
        if seen.plus_seconds(SEEN_SECONDS) < now {
            let mut transaction = self.store.begin().await?;
            transaction
                .execute(sql::SEEN, &[hash.into(), now.unix().into()])
                .await?;
            transaction.commit().await?;
        }
        Ok(Who::Logged(citizen))
    }

    async fn note(&self, hash: [u8; 32], standing: &Standing) -> Result<(), PortalError> {
        let damaged = || PortalError::Damaged { what: "session" };
        let ended = match standing {
            Standing::Dead(fault) => {
                Some(serde_json::to_string(&Fact::from(*fault)).map_err(|_| damaged())?)
            }
            _ => None,
        };
        let is_known = i64::from(matches!(standing, Standing::Alive));
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::CHECKED,
                &[
                    hash.into(),
                    self.now().unix().into(),
                    is_known.into(),
                    ended.into(),
                ],
            )
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Ends a session whose certificate has died; what its citizen is told.
    async fn dismiss(&self, visit: &Visit, fault: Fact) -> Result<Refusal, PortalError> {
        self.end_session(visit).await?;
        Ok(LOG_IN_ALIVE.refusal(Facts::new().and("fault", fault)))
    }
}

/// Why a session has ended, as it was written down; one of a time before facts had kinds is a text.
fn read_fault(written: String) -> Fact {
    serde_json::from_str(&written).unwrap_or(Fact::Text(written))
}

impl FromRequestParts<Arc<Portal>> for MayBeCitizen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, portal).await?;
        match portal.who(&visit, Asks::Lately).await? {
            Who::Logged(citizen) => {
                visit.is_of(&citizen.account);
                Ok(Self(Some(citizen)))
            }
            Who::Nobody | Who::Ended(_) => Ok(Self(None)),
            Who::TooMuch(refusal) => Err(refusal.into()),
        }
    }
}

impl FromRequestParts<Arc<Portal>> for Citizen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, portal)
            .await
            .map_err(IntoResponse::into_response)?;
        let problem = |fault: PortalError| Problem::from(fault).into_response();
        let changes = parts.method != Method::GET && parts.method != Method::HEAD;
        let asks = if changes { Asks::Now } else { Asks::Lately };
        match portal
            .who(&visit, asks)
            .await
            .map_err(problem)?
        {
            Who::Logged(citizen) => {
                visit.is_of(&citizen.account);
                if changes {
                    citizen.may_act().map_err(|refusal| {
                        keeping_form(Problem::from(refusal).into_response(), None)
                    })?;
                }
                Ok(citizen)
            }
            Who::Ended(fault) => {
                let refusal = portal
                    .dismiss(&visit, fault)
                    .await
                    .map_err(problem)?;
                // The session's new name comes with the log-in; the person, and with it the mark of the form, stays the same.
                Err(keeping_form(
                    Problem::from(refusal).into_response(),
                    Some(LOG_IN),
                ))
            }
            Who::TooMuch(refusal) => {
                Err(keeping_form(Problem::from(refusal).into_response(), None))
            }
            Who::Nobody => {
                // What was to be sent by a form is not sent after the log-in: the citizen looks at it again.
                let to = match parts.method {
                    Method::GET => parts.uri.path(),
                    _ => "/my",
                };
                Err(Redirect::to(&format!("{LOG_IN}{to}")).into_response())
            }
        }
    }
}
