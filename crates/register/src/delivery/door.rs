//! The way to the authority.

use serde::Serialize;
use shirushi_peers::{Answer, Lost, Peer, answer};
use shirushi_wire::{
    AuthorityPosition, CHECKPOINT_HEADER, NewLife, RegisterEvent, RegisterGreeting, Signed,
    checkpoint_from_header,
};
use std::{error::Error, future::Future, pin::Pin};

/// Longest answer taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// What the authority answers to the register.
pub type Heard<'a, T> = Pin<Box<dyn Future<Output = Result<T, Undelivered>> + Send + 'a>>;

/// The authority, as the register speaks to it: over HTTP ([`OverHttp`]), or in the same process before anybody is served.
pub trait AuthorityDoor: Send + Sync {
    /// Greets it, and answers how far it has taken events.
    fn greet<'a>(&'a self, greeting: &'a Signed<RegisterGreeting>) -> Heard<'a, AuthorityPosition>;

    /// Declares a new life of the register's log.
    fn declare<'a>(&'a self, life: &'a Signed<NewLife>) -> Heard<'a, ()>;

    /// Delivers an event. Answers the checkpoint that came with the acknowledgement.
    fn tell<'a>(&'a self, event: &'a Signed<RegisterEvent>) -> Heard<'a, Option<String>>;
}

/// The authority has not taken what was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Undelivered {
    /// No answer.
    #[error("the authority does not answer")]
    Lost(#[from] Lost),
    /// Another status than a success.
    #[error("the authority answers {0}")]
    Status(u16),
    /// An answer that is not of the contract.
    #[error("the authority's answer is malformed")]
    Malformed(#[from] serde_json::Error),
    /// The authority of the same process does not take it.
    #[error("the authority does not take it")]
    NotTaken(#[source] Box<dyn Error + Send + Sync>),
}

/// The authority at an address.
#[derive(Debug)]
pub struct OverHttp(Peer);

impl OverHttp {
    /// The authority behind this client.
    #[must_use]
    pub fn new(authority: Peer) -> Self {
        Self(authority)
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, Undelivered> {
        let request = self.0.post(path).json(body);
        let answer = answer(request, LONGEST).await?;
        match answer.status.is_success() {
            true => Ok(answer),
            false => Err(Undelivered::Status(answer.status.as_u16())),
        }
    }
}

impl AuthorityDoor for OverHttp {
    fn greet<'a>(&'a self, greeting: &'a Signed<RegisterGreeting>) -> Heard<'a, AuthorityPosition> {
        Box::pin(async move {
            let answer = self
                .post("/authority/register-greetings", greeting)
                .await?;
            Ok(answer.json()?)
        })
    }

    fn declare<'a>(&'a self, life: &'a Signed<NewLife>) -> Heard<'a, ()> {
        Box::pin(async move {
            self.post("/authority/register-lives", life)
                .await
                .map(drop)
        })
    }

    fn tell<'a>(&'a self, event: &'a Signed<RegisterEvent>) -> Heard<'a, Option<String>> {
        Box::pin(async move {
            let answer = self
                .post("/authority/register-events", event)
                .await?;
            Ok(answer
                .headers
                .get(CHECKPOINT_HEADER)
                .and_then(|value| checkpoint_from_header(value.to_str().ok()?)))
        })
    }
}
