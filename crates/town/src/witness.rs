//! The authority and those who remember beside it, in one process: the responder's memory, and the counter.

use shirushi_authority::{Authority, Witness, WitnessFailed, Witnessed};
use shirushi_counter::Counter;
use shirushi_crypto::PublicKey;
use shirushi_profile::{CertificateKind, Generation, SerialNumber};
use shirushi_register::{AuthorityDoor, Heard, Undelivered};
use shirushi_responder::{Answered, IssuerRecords, List, Memory, SourceFailed};
use shirushi_wire::{
    AuthorityPosition, CertificateState, NewLife, PublishedList, RegisterEvent, RegisterGreeting,
    Revocation, Signed,
};
use std::{error::Error, sync::Arc};

/// What the responder asks the authority of the same process.
pub struct OwnRecords(pub Authority);

impl IssuerRecords for OwnRecords {
    fn state<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, CertificateState> {
        Box::pin(async move {
            self.0
                .status_of(kind, generation, serial)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))
        })
    }
}

/// The way of the register to the authority of the same process, while nobody is served yet.
pub(crate) struct SameProcess {
    pub(crate) authority: Authority,
    pub(crate) register_key: PublicKey,
}

impl AuthorityDoor for SameProcess {
    fn greet<'a>(&'a self, greeting: &'a Signed<RegisterGreeting>) -> Heard<'a, AuthorityPosition> {
        Box::pin(async move {
            self.authority
                .greet(greeting, &self.register_key)
                .await
                .map_err(not_taken)
        })
    }

    fn declare<'a>(&'a self, life: &'a Signed<NewLife>) -> Heard<'a, ()> {
        Box::pin(async move {
            self.authority
                .register_life(life, &self.register_key)
                .await
                .map_err(not_taken)
        })
    }

    fn tell<'a>(&'a self, event: &'a Signed<RegisterEvent>) -> Heard<'a, Option<String>> {
        Box::pin(async move {
            self.authority
                .register_event(event, &self.register_key)
                .await
                .map_err(not_taken)?;
            self.authority
                .checkpoint()
                .await
                .map(Some)
                .map_err(not_taken)
        })
    }
}

/// What the authority tells the responder of the same process.
#[derive(Debug)]
pub struct ResponderWitness(pub Memory);

impl Witness for ResponderWitness {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            self.0
                .remember(revocations)
                .await
                .map_err(failed)
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        Box::pin(async move {
            self.0
                .recorded(kind, after.as_ref())
                .await
                .map_err(failed)
        })
    }

    fn publish<'a>(&'a self, published: &'a PublishedList) -> Witnessed<'a, ()> {
        Box::pin(async move {
            self.0
                .keep(List::new(published.clone()))
                .await
                .map_err(failed)
        })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        let lists = self.0.lists();
        let published = lists
            .iter()
            .map(|list| list.published());
        Box::pin(std::future::ready(Ok(published.collect())))
    }
}

/// What the counter remembers, beside the responder: both may come back from a backup together with the authority, or one of them before.
pub(crate) struct CounterWitness(pub(crate) Arc<Counter>);

impl Witness for CounterWitness {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            self.0
                .remember_ended(revocations)
                .await
                .map_err(failed)
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        Box::pin(async move {
            self.0
                .remembered_ended(kind, after.as_ref())
                .await
                .map_err(failed)
        })
    }

    fn publish<'a>(&'a self, _: &'a PublishedList) -> Witnessed<'a, ()> {
        // Lists are the responder's.
        Box::pin(async { Ok(()) })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn not_taken(error: impl Error + Send + Sync + 'static) -> Undelivered {
    Undelivered::NotTaken(Box::new(error))
}

fn failed(error: impl Error + Send + Sync + 'static) -> WitnessFailed {
    WitnessFailed(Box::new(error))
}
