//! The agent as a client of sites: claims, deeds, the relay. Whoever does errands without pages (`shirushi login`) does them by this.

use reqwest::{
    Certificate, Client, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};
use serde::{Serialize, de::DeserializeOwned};
use shirushi_client::network::{NoHttp, UnusableProxy, proxied};
use shirushi_peers::{Lost, Resolver, answer};
use shirushi_rules::{InBoth, RefusalReport};
use shirushi_wire::{
    Claim, Deed, Errand, ErrandChannel, ForeignCommand, RelayAnswer, RelayRequest, Return,
    ReturnCode, Settled, Ticket,
};
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for a whole answer: an authority signs two certificates meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest errand, in bytes: a document of 10 MiB in base64, and room.
pub(crate) const LONGEST_ERRAND: usize = 15 * 1024 * 1024;
/// Longest other answer: a batch of commands with two certificates is a tenth of it.
const LONGEST: usize = 1024 * 1024;

/// The connection to sites.
#[derive(Debug)]
pub struct Peers(Client);

/// Why a site's answer cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerFault {
    /// No connection, or the answer broke off. Addresses are left out: they name channels.
    #[error("the site does not answer")]
    Unreachable(#[source] reqwest::Error),
    /// By a rule of the site's.
    #[error("the site refuses: {}", .0.rule)]
    Refused(Box<RefusalReport>),
    /// An answer without a rule: the HTTP status.
    #[error("the site answers {0}")]
    Status(u16),
    /// More than any answer of this kind has.
    #[error("the site's answer is too long")]
    TooLong,
    /// No answer of this kind.
    #[error("the site's answer is malformed")]
    Malformed,
}

/// The HTTP client that sites are spoken with: names below `localhost` are this machine; the system's authorities are trusted for
/// TLS, and those of `trust` (PEM or DER). Redirections are not followed; the environment's proxies are used ([`proxied`]), but for what
/// stays on this machine.
///
/// # Errors
/// [`NoHttp`]: one of `trust` is no certificate, or a proxy's address is none.
pub fn client(trust: &[Vec<u8>]) -> Result<Client, NoHttp> {
    let mut roots = Vec::new();
    for bytes in trust {
        if bytes.starts_with(b"-----") {
            roots.extend(Certificate::from_pem_bundle(bytes).map_err(NoHttp::Trust)?);
        } else {
            roots.push(Certificate::from_der(bytes).map_err(NoHttp::Trust)?);
        }
    }
    let builder = || {
        proxied(
            Client::builder()
                .redirect(Policy::none())
                .connect_timeout(CONNECT)
                .timeout(PATIENCE),
            Resolver,
        )
    };
    let merged = builder()?
        .tls_certs_merge(roots.clone())
        .build();
    // A machine without any roots of its own has sites on loopback, and those of `trust`.
    match merged {
        Ok(client) => Ok(client),
        Err(_) => Ok(builder()?
            .tls_certs_only(roots)
            .build()?),
    }
}

impl Peers {
    /// A connection with the authorities of `trust` besides the system's.
    ///
    /// # Errors
    /// As [`client`].
    pub fn new(trust: &[Vec<u8>]) -> Result<Self, NoHttp> {
        client(trust).map(Self)
    }

    /// Trades a ticket for its errand.
    ///
    /// # Errors
    /// [`PeerFault`].
    pub async fn claim(&self, site: &str, ticket: Ticket) -> Result<Errand, PeerFault> {
        let url = format!("{site}/agent/claims");
        self.post(url, &Claim { ticket }, LONGEST_ERRAND)
            .await
    }

    /// Tells how an errand ended.
    ///
    /// # Errors
    /// [`PeerFault`].
    pub async fn settle(
        &self,
        site: &str,
        channel: ErrandChannel,
        deed: Deed,
    ) -> Result<ReturnCode, PeerFault> {
        let url = address(site, channel, "deed");
        let answer: Return = self
            .post(url, &Settled { deed }, LONGEST)
            .await?;
        Ok(answer.code)
    }

    /// One exchange of a personalisation.
    pub(crate) async fn relay(
        &self,
        site: &str,
        channel: ErrandChannel,
        request: &RelayRequest,
    ) -> Result<RelayAnswer, PeerFault> {
        self.post(address(site, channel, "relay"), request, LONGEST)
            .await
    }

    /// Tells of a command that was kept from the card. What is answered says nothing more.
    pub(crate) async fn report(
        &self,
        site: &str,
        channel: ErrandChannel,
        command: &ForeignCommand,
    ) -> Result<(), PeerFault> {
        let url = address(site, channel, "foreign-command");
        match self
            .exchange(url, command, LONGEST)
            .await?
        {
            (status, _) if status.is_success() => Ok(()),
            (status, body) => Err(refused(status, &body)),
        }
    }

    async fn post<Q: Serialize, A: DeserializeOwned>(
        &self,
        url: String,
        question: &Q,
        longest: usize,
    ) -> Result<A, PeerFault> {
        let (status, body) = self
            .exchange(url, question, longest)
            .await?;
        if status != StatusCode::OK {
            return Err(refused(status, &body));
        }
        serde_json::from_slice(&body).map_err(|_| PeerFault::Malformed)
    }

    async fn exchange<Q: Serialize>(
        &self,
        url: String,
        question: &Q,
        longest: usize,
    ) -> Result<(StatusCode, Vec<u8>), PeerFault> {
        let body = serde_json::to_vec(question).map_err(|_| PeerFault::Malformed)?;
        let request = self
            .0
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
        match answer(request, longest).await {
            Ok(answer) => Ok((answer.status, answer.body)),
            Err(Lost::NotReached(error)) => Err(PeerFault::Unreachable(error)),
            Err(_) => Err(PeerFault::TooLong),
        }
    }
}

impl PeerFault {
    /// For the person: what happened. The site is named beside it.
    #[must_use]
    pub fn words(&self) -> InBoth {
        let (ja, en) = match self {
            Self::Unreachable(error) => match UnusableProxy::behind(error) {
                Some(proxy) => return proxy.told(),
                None => (
                    "サイトにつながらないか、途中で切れました。",
                    "The site cannot be reached, or the connection was cut.",
                ),
            },
            Self::Refused(report) => return report.reason.clone(),
            Self::Status(404) => (
                "サイトは、この用件をもう知りません。",
                "The site no longer knows this request.",
            ),
            Self::Status(_) => ("サイトで障害が起きています。", "The site has a fault."),
            Self::TooLong | Self::Malformed => (
                "サイトの答えは、決められた形をしていません。",
                "The site's answer has not the form that it must have.",
            ),
        };
        InBoth {
            ja: ja.to_owned(),
            en: en.to_owned(),
        }
    }
}

fn address(site: &str, channel: ErrandChannel, what: &str) -> String {
    format!("{site}/agent/errands/{}/{what}", String::from(channel))
}

fn refused(status: StatusCode, body: &[u8]) -> PeerFault {
    if status == StatusCode::UNPROCESSABLE_ENTITY
        && let Ok(report) = serde_json::from_slice(body)
    {
        return PeerFault::Refused(Box::new(report));
    }
    PeerFault::Status(status.as_u16())
}
