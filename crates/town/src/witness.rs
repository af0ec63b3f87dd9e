//! The authority's witnesses: the responder's memory, and the counter beside it.

use shirushi_authority::{PublishedList, Revocation, Witness, WitnessFailed, Witnessed};
use shirushi_counter::Counter;
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_responder::{Ended, List, ListKey, Memory};
use std::{error::Error, sync::Arc};

/// What the authority tells the responder of the same process.
#[derive(Debug)]
pub struct ResponderWitness(Memory);

impl ResponderWitness {
    /// The memory of this responder as a witness.
    #[must_use]
    pub fn new(memory: Memory) -> Self {
        Self(memory)
    }
}

impl Witness for ResponderWitness {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            let ended: Vec<Ended> = revocations.iter().map(ended).collect();
            self.0
                .remember(&ended)
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
            let page = self
                .0
                .recorded(kind, after.as_ref())
                .await
                .map_err(failed)?;
            Ok(page
                .into_iter()
                .map(revocation)
                .collect())
        })
    }

    fn publish<'a>(&'a self, published: &'a PublishedList) -> Witnessed<'a, ()> {
        Box::pin(async move {
            let shirushi_authority::ListKey {
                kind,
                generation,
                scope,
            } = published.key;
            let key = ListKey {
                kind,
                generation,
                scope,
            };
            self.0
                .keep(List::new(key, published.list.clone()))
                .await
                .map_err(failed)
        })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        Box::pin(async move {
            let lists = self.0.lists();
            Ok(lists
                .iter()
                .map(|list| {
                    let ListKey {
                        kind,
                        generation,
                        scope,
                    } = list.key();
                    PublishedList {
                        key: shirushi_authority::ListKey {
                            kind,
                            generation,
                            scope,
                        },
                        list: list.list().clone(),
                    }
                })
                .collect())
        })
    }
}

/// What the counter remembers, beside the responder: both may come back from a backup together with the authority, or one of them before.
pub(crate) struct CounterWitness(pub(crate) Arc<Counter>);

impl Witness for CounterWitness {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            let ended: Vec<shirushi_counter::Ended> = revocations
                .iter()
                .map(kept_by_counter)
                .collect();
            self.0
                .remember_ended(&ended)
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
            let page = self
                .0
                .remembered_ended(kind, after.as_ref())
                .await
                .map_err(failed)?;
            Ok(page
                .into_iter()
                .map(known_to_counter)
                .collect())
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

/// Both: the responder, who answers from what it remembers, and then the counter.
pub(crate) struct BothWitnesses {
    pub(crate) responder: ResponderWitness,
    pub(crate) counter: CounterWitness,
}

impl Witness for BothWitnesses {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            self.responder
                .remember(revocations)
                .await?;
            self.counter.remember(revocations).await
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        self.responder.remembered(kind, after)
    }

    fn publish<'a>(&'a self, published: &'a PublishedList) -> Witnessed<'a, ()> {
        self.responder.publish(published)
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        self.responder.published()
    }
}

fn ended(revocation: &Revocation) -> Ended {
    Ended {
        kind: revocation.kind,
        serial: revocation.serial,
        position: revocation.position,
        generation: revocation.generation,
        municipality: revocation.municipality,
        revoked_at: revocation.revoked_at,
        reason: revocation.reason,
        not_after: revocation.not_after,
    }
}

fn revocation(ended: Ended) -> Revocation {
    Revocation {
        position: ended.position,
        kind: ended.kind,
        serial: ended.serial,
        generation: ended.generation,
        municipality: ended.municipality,
        revoked_at: ended.revoked_at,
        reason: ended.reason,
        not_after: ended.not_after,
    }
}

fn kept_by_counter(revocation: &Revocation) -> shirushi_counter::Ended {
    shirushi_counter::Ended {
        kind: revocation.kind,
        serial: revocation.serial,
        position: revocation.position,
        generation: revocation.generation,
        municipality: revocation.municipality,
        revoked_at: revocation.revoked_at,
        reason: revocation.reason,
        not_after: revocation.not_after,
    }
}

fn known_to_counter(ended: shirushi_counter::Ended) -> Revocation {
    Revocation {
        position: ended.position,
        kind: ended.kind,
        serial: ended.serial,
        generation: ended.generation,
        municipality: ended.municipality,
        revoked_at: ended.revoked_at,
        reason: ended.reason,
        not_after: ended.not_after,
    }
}

fn failed(error: impl Error + Send + Sync + 'static) -> WitnessFailed {
    WitnessFailed(Box::new(error))
}
