//! Witnesses in other processes: the responder, and the counter beside it.

use super::{Witness, WitnessFailed, Witnessed};
use shirushi_contract::{
    counter,
    responder::{self, Remember, Remembered},
};
use shirushi_peers::{Peer, Unanswered};
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_wire::{PublishedList, RecordsAfter, Revocation};

/// Longest answer taken, in bytes: each newest list once, and some thousand records.
const LONGEST: usize = 64 * 1024 * 1024;

/// A responder or a counter that remembers what has ended.
#[derive(Debug)]
pub struct WitnessOverHttp {
    peer: Peer,
    remember: &'static Remember,
    remembered: &'static Remembered,
    keeps_lists: bool,
}

impl WitnessOverHttp {
    /// The responder behind this client: it remembers, and keeps the lists.
    #[must_use]
    pub fn responder(peer: Peer) -> Self {
        Self {
            peer,
            remember: &responder::REMEMBER,
            remembered: &responder::REMEMBERED,
            keeps_lists: true,
        }
    }

    /// The counter behind this client: it remembers, and has no lists.
    #[must_use]
    pub fn counter(peer: Peer) -> Self {
        Self {
            peer,
            remember: &counter::REMEMBER,
            remembered: &counter::REMEMBERED,
            keeps_lists: false,
        }
    }
}

impl Witness for WitnessOverHttp {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        let call = self
            .peer
            .call(self.remember, &[])
            .saying(revocations);
        Box::pin(async move {
            let answer = call.answer(LONGEST).await;
            answer.map(drop).map_err(failed)
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        let call = self
            .peer
            .call(self.remembered, &[])
            .query(&RecordsAfter { kind, after });
        Box::pin(async move {
            call.taken(LONGEST)
                .await
                .map_err(failed)
        })
    }

    fn publish<'a>(&'a self, list: &'a PublishedList) -> Witnessed<'a, ()> {
        Box::pin(async move {
            if !self.keeps_lists {
                return Ok(());
            }
            let call = self
                .peer
                .call(&responder::KEEP, &[])
                .saying(list);
            let answer = call.answer(LONGEST).await;
            answer.map(drop).map_err(failed)
        })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        Box::pin(async move {
            if !self.keeps_lists {
                return Ok(Vec::new());
            }
            let call = self.peer.call(&responder::KEPT, &[]);
            call.taken(LONGEST)
                .await
                .map_err(failed)
        })
    }
}

fn failed(error: Unanswered) -> WitnessFailed {
    WitnessFailed(Box::new(error))
}
