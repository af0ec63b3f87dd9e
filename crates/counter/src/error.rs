//! Why the counter does not do what it is asked, and how that is answered.

use crate::PeerError;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use shirushi_accounts::AccountError;
use shirushi_crypto::CryptoError;
use shirushi_rules::{Refusal, RefusalReport};
use shirushi_store::StoreError;
use shirushi_web::Problem;
use shirushi_wire::{ApplicationId, SignedError};

/// Why the counter does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CounterError {
    /// A rule refused, here.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The authority or the register refused: its answer is passed on as it is.
    #[error("another party refused by {}", .0.rule())]
    Passed(PassedRefusal),
    /// No session, or one that has ended.
    #[error("the caller has no session")]
    NotAuthorized,
    /// The municipality has no such application.
    #[error("there is no such application")]
    NotFound,
    /// The register or the authority does not answer, or not as it should.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// A command for the card that is not of the issuer's channel. It has not been handed on.
    #[error(
        "application {application}: command {position} of the batch is not of the issuer's channel (header {})", hex::encode(.header)
    )]
    ForeignCommand {
        /// The application whose card was meant.
        application: ApplicationId,
        /// Its place in the batch, from 0.
        position: usize,
        /// CLA, INS, P1 and P2; fewer bytes when there were fewer. Data may be secret and is not kept.
        header: Vec<u8>,
    },
    /// What a rule asks for is not there, and the rule is switched off (test builds).
    #[error("there is no {what} to go on with")]
    Absent {
        /// What is not there.
        what: &'static str,
    },
    /// The database failed.
    #[error("the counter's database")]
    Store(#[from] StoreError),
    /// A key or a password hash could not be made or used.
    #[error("the counter's cryptography")]
    Crypto(#[from] CryptoError),
    /// A message could not be signed.
    #[error("signing a message")]
    Signed(#[from] SignedError),
    /// What the database holds is not what was written there.
    #[error("the stored {what} cannot be read")]
    Damaged {
        /// What it should be.
        what: &'static str,
    },
    /// An account cannot be judged.
    #[error(transparent)]
    Account(AccountError),
}

/// A refusal by the authority or the register, byte for byte. `Debug` names its rule only: the facts are a person's.
#[derive(Clone, PartialEq, Eq)]
pub struct PassedRefusal {
    rule: String,
    body: Vec<u8>,
}

impl PassedRefusal {
    /// The refusal in `body`, when it is one.
    pub(crate) fn read(body: Vec<u8>) -> Option<Self> {
        let report: RefusalReport = serde_json::from_slice(&body).ok()?;
        Some(Self {
            rule: report.rule,
            body,
        })
    }

    /// The refusal.
    #[must_use]
    pub fn report(&self) -> Option<RefusalReport> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Id of the rule that refused.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl std::fmt::Debug for PassedRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PassedRefusal({})", self.rule)
    }
}

impl From<AccountError> for CounterError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Refused(refusal) => Self::Refused(refusal),
            AccountError::Store(error) => Self::Store(error),
            other => Self::Account(other),
        }
    }
}

impl IntoResponse for CounterError {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Passed(passed) => {
                return (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    [(header::CONTENT_TYPE, "application/json")],
                    passed.body,
                )
                    .into_response();
            }
            Self::Refused(refusal) => refusal.into(),
            Self::NotAuthorized => Problem::NotAuthorized,
            Self::NotFound => Problem::NotFound,
            Self::Peer(ref error) if error.may_pass() => Problem::unavailable(&self),
            Self::Store(StoreError::Busy) => Problem::unavailable(&self),
            _ => Problem::internal(&self),
        };
        problem.into_response()
    }
}
