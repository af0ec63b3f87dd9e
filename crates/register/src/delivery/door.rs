//! The way to the authority.

use shirushi_contract::authority::{GREETING, REGISTER_EVENT, REGISTER_LIFE};
use shirushi_peers::{Peer, Unanswered};
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
    /// No answer, or none of its kind.
    #[error("nothing is heard of the authority")]
    Unanswered(#[from] Unanswered),
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
}

impl AuthorityDoor for OverHttp {
    fn greet<'a>(&'a self, greeting: &'a Signed<RegisterGreeting>) -> Heard<'a, AuthorityPosition> {
        let call = self
            .0
            .call(&GREETING, &[])
            .saying(greeting);
        Box::pin(async move { Ok(call.taken(LONGEST).await?) })
    }

    fn declare<'a>(&'a self, life: &'a Signed<NewLife>) -> Heard<'a, ()> {
        let call = self
            .0
            .call(&REGISTER_LIFE, &[])
            .saying(life);
        Box::pin(async move {
            call.answer(LONGEST).await?;
            Ok(())
        })
    }

    fn tell<'a>(&'a self, event: &'a Signed<RegisterEvent>) -> Heard<'a, Option<String>> {
        let call = self
            .0
            .call(&REGISTER_EVENT, &[])
            .saying(event);
        Box::pin(async move {
            let answer = call.answer(LONGEST).await?;
            Ok(answer
                .headers
                .get(CHECKPOINT_HEADER)
                .and_then(|value| checkpoint_from_header(value.to_str().ok()?)))
        })
    }
}
