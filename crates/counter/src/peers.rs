//! The two services that the counter asks, over HTTP.

mod authority;
mod register;

use crate::{CounterConfig, CounterError, kept::Kept};
use reqwest::{
    Client, RequestBuilder, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use std::{fmt, time::Duration};

/// Longest wait for a whole answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait for a connection: the peers are near.
const CONNECT: Duration = Duration::from_secs(5);
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
    /// No connection, or the answer broke off. The address is left out: paths name residents and tokens.
    #[error("the {peer} does not answer")]
    Unreachable {
        /// Who.
        peer: Peer,
        /// What the client says.
        source: reqwest::Error,
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
    /// A body of more than a mebibyte.
    #[error("the {peer}'s answer is too long")]
    TooLong {
        /// Who.
        peer: Peer,
    },
}

impl PeerError {
    /// Whether trying again later is sensible.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Behind { .. } => true,
            Self::Status { status, .. } => (500..600).contains(status),
            Self::Malformed { .. } | Self::TooLong { .. } => false,
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

/// The client of both.
pub(crate) struct Peers {
    client: Client,
    register: String,
    authority: String,
    kept: Kept,
}

impl Peers {
    pub(crate) fn new(config: &CounterConfig, kept: Kept) -> Result<Self, CounterError> {
        let bearer = [b"Bearer ".as_slice(), config.role_token.expose()].concat();
        let mut bearer = HeaderValue::from_bytes(&bearer).map_err(|_| CounterError::RoleToken)?;
        bearer.set_sensitive(true);
        let client = Client::builder()
            // Plain HTTP to this machine: without roots, and so without looking for the system's, which may have none.
            .tls_certs_only([])
            // No connection is kept: a service that is full ends idle ones, and a request must not meet that.
            .pool_max_idle_per_host(0)
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            // The token goes to the two addresses configured and nowhere else.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(CounterError::Client)?;
        Ok(Self {
            client,
            register: base(&config.register_base, Peer::Register)?,
            authority: base(&config.authority_base, Peer::Authority)?,
            kept,
        })
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    async fn exchange(
        &self,
        peer: Peer,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), PeerError> {
        self.exchange_with_headers(peer, request)
            .await
            .map(|(status, _, body)| (status, body))
    }

    async fn exchange_with_headers(
        &self,
        peer: Peer,
        request: RequestBuilder,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), PeerError> {
        let unreachable = |error: reqwest::Error| PeerError::Unreachable {
            peer,
            source: error.without_url(),
        };
        let mut response = request
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(unreachable)?
        {
            if body.len() + chunk.len() > LONGEST {
                return Err(PeerError::TooLong { peer });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, body))
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers")
            .field("register", &self.register)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

fn base(text: &str, peer: Peer) -> Result<String, CounterError> {
    let text = text.trim_end_matches('/');
    match text.parse::<Url>() {
        Ok(url)
            if url.scheme() == "http"
                && url.has_host()
                && url.username().is_empty()
                && url.query().is_none()
                && url.fragment().is_none() =>
        {
            Ok(text.to_owned())
        }
        _ => Err(CounterError::Address { peer }),
    }
}

fn parse<T: DeserializeOwned>(peer: Peer, body: &[u8]) -> Result<T, PeerError> {
    serde_json::from_slice(body).map_err(|_| PeerError::Malformed { peer })
}
