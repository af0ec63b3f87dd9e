//! Who is logged in.

use crate::{Portal, PortalError, sql};
use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_profile::Certificate;
use shirushi_web::{Problem, Visit};
use std::sync::Arc;

/// A session in which nothing happens ends after half an hour.
const IDLE_SECONDS: i64 = 30 * 60;
/// Every session ends after eight hours.
const LONGEST_SECONDS: i64 = 8 * 60 * 60;
/// That somebody was here is written down once a minute at most.
const SEEN_SECONDS: i64 = 60;

/// A citizen who is logged in. As a handler's argument: who is not is led to the log-in.
#[derive(Clone, Debug)]
pub(crate) struct Citizen {
    pub(crate) account: String,
    /// Serial number of the authentication certificate.
    pub(crate) serial: String,
    /// The end of its validity.
    pub(crate) not_after: Instant,
}

/// A citizen, if one is logged in.
#[derive(Clone, Debug)]
pub(crate) struct MayBeCitizen(pub(crate) Option<Citizen>);

impl Portal {
    /// Begins a session for the holder of an authentication certificate, under a new name, which is answered.
    pub(crate) async fn begin_session(
        &self,
        visit: &Visit,
        certificate: &Certificate,
    ) -> Result<String, PortalError> {
        let (now, session) = (self.now(), visit.new_session());
        let issuer = sha256(certificate.issuer_der());
        let serial = certificate.serial().to_string();
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::OPEN_ACCOUNT,
                &[
                    self.new_id().into(),
                    issuer.into(),
                    serial.as_str().into(),
                    certificate.not_after().unix().into(),
                    now.unix().into(),
                ],
            )
            .await?;
        let account = transaction
            .row(sql::FIND_ACCOUNT, &[issuer.into(), serial.into()])
            .await?
            .ok_or(PortalError::Damaged { what: "account" })?
            .text("id")?;
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
                &[hash.into(), account.into(), now.unix().into()],
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

    async fn citizen(&self, visit: &Visit) -> Result<Option<Citizen>, PortalError> {
        let now = self.now();
        let hash = visit.session_hash();
        let Some(row) = self
            .store
            .row(sql::SESSION, &[hash.into()])
            .await?
        else {
            return Ok(None);
        };
        let instant = |column| {
            Instant::from_unix(row.integer(column)?)
                .map_err(|_| PortalError::Damaged { what: "session" })
        };
        let (begun, seen) = (instant("begun_at")?, instant("seen_at")?);
        if seen.plus_seconds(IDLE_SECONDS) < now || begun.plus_seconds(LONGEST_SECONDS) < now {
            return Ok(None);
        }
        if seen.plus_seconds(SEEN_SECONDS) < now {
            let mut transaction = self.store.begin().await?;
            transaction
                .execute(sql::SEEN, &[hash.into(), now.unix().into()])
                .await?;
            transaction.commit().await?;
        }
        Ok(Some(Citizen {
            account: row.text("id")?,
            serial: row.text("serial")?,
            not_after: instant("not_after")?,
        }))
    }
}

impl FromRequestParts<Arc<Portal>> for MayBeCitizen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, portal).await?;
        Ok(Self(portal.citizen(&visit).await?))
    }
}

impl FromRequestParts<Arc<Portal>> for Citizen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let MayBeCitizen(citizen) = MayBeCitizen::from_request_parts(parts, portal)
            .await
            .map_err(IntoResponse::into_response)?;
        citizen.ok_or_else(|| {
            // What was to be sent by a form is not sent after the log-in: the citizen looks at it again.
            let to = match parts.method {
                Method::GET => parts.uri.path(),
                _ => "/my",
            };
            Redirect::to(&format!("/log-in?to={to}")).into_response()
        })
    }
}
