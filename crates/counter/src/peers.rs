//! The two services that the counter asks, over HTTP.

mod authority;
mod register;

use crate::{CounterConfig, kept::Kept};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use shirushi_peers::{Answer, Lost, answer};
use std::fmt;

/// Longest answer taken, in bytes: a batch of commands with two certificates is a tenth of it.
const LONGEST: usize = 1024 * 1024;

/// A party that the counter asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The resident register.
    Register,
    /// The certification authority.
    Authority,
}

/// Why a party's answer cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// No connection, an answer that broke off, or one of more than a mebibyte.
    #[error("the {peer} does not answer as it should")]
    Lost {
        /// Who.
        peer: Peer,
        /// What the client says.
        source: Lost,
    },
    /// The register's changes have not all reached the authority yet.
    #[error("the authority has register event {received} and needs {wanted}")]
    Behind {
        /// The event that the application was made from.
        wanted: i64,
        /// The last one that the authority has.
        received: i64,
    },
    /// A status that the contract has not.
    #[error("the {peer} answers {status}")]
    Status {
        /// Who.
        peer: Peer,
        /// The status.
        status: u16,
    },
    /// A body that is not what the contract says.
    #[error("the {peer}'s answer is malformed")]
    Malformed {
        /// Who.
        peer: Peer,
    },
}

impl PeerError {
    /// Whether trying again later is sensible.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            // Whom another certificate is needed for may have it by then.
            Self::Lost { source, .. } => {
                matches!(
                    source,
                    Lost::NotReached(_) | Lost::Stranger(_) | Lost::TurnedAway(_)
                )
            }
            Self::Behind { .. } => true,
            Self::Status { status, .. } => (500..600).contains(status),
            Self::Malformed { .. } => false,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::Authority => "authority",
        })
    }
}

/// Both, as the counter asks them.
#[derive(Debug)]
pub(crate) struct Peers {
    register: shirushi_peers::Peer,
    authority: shirushi_peers::Peer,
    kept: Kept,
}

impl Peers {
    pub(crate) fn new(config: CounterConfig, kept: Kept) -> Self {
        Self {
            register: config.register,
            authority: config.authority,
            kept,
        }
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    async fn exchange(&self, peer: Peer, request: RequestBuilder) -> Result<Answer, PeerError> {
        answer(request, LONGEST)
            .await
            .map_err(|source| PeerError::Lost { peer, source })
    }
}

fn parse<T: DeserializeOwned>(peer: Peer, answer: &Answer) -> Result<T, PeerError> {
    answer
        .json()
        .map_err(|_| PeerError::Malformed { peer })
}
