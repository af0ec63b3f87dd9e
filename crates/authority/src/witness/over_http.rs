//! Witnesses in other processes: the responder, and the counter beside it.

use super::{Witness, WitnessFailed, Witnessed};
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use shirushi_peers::{Answer, Lost, Peer, answer};
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_wire::{PublishedList, Revocation};

/// Longest answer taken, in bytes: each newest list once, and some thousand records.
const LONGEST: usize = 64 * 1024 * 1024;

/// A responder or a counter that remembers what has ended.
#[derive(Debug)]
pub struct WitnessOverHttp {
    peer: Peer,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Responder,
    Counter,
}

#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error("it does not answer")]
    Lost(#[from] Lost),
    #[error("it answers {0}")]
    Status(StatusCode),
    #[error("its answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl WitnessOverHttp {
    /// The responder behind this client: it remembers, and keeps the lists.
    #[must_use]
    pub fn responder(peer: Peer) -> Self {
        Self {
            peer,
            role: Role::Responder,
        }
    }

    /// The counter behind this client: it remembers, and has no lists.
    #[must_use]
    pub fn counter(peer: Peer) -> Self {
        Self {
            peer,
            role: Role::Counter,
        }
    }

    fn remembered_at(&self) -> &'static str {
        match self.role {
            Role::Responder => "/responder/remembered",
            Role::Counter => "/counter/remembered",
        }
    }
}

impl Witness for WitnessOverHttp {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        let request = self
            .peer
            .post(self.remembered_at())
            .json(revocations);
        Box::pin(async move { sent(request).await.map(drop) })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        let request = self
            .peer
            .get(self.remembered_at())
            .query(&[("kind", kind.to_string())])
            .query(&after.map(|serial| [("after", serial.to_string())]));
        Box::pin(read(request))
    }

    fn publish<'a>(&'a self, list: &'a PublishedList) -> Witnessed<'a, ()> {
        Box::pin(async move {
            match self.role {
                Role::Counter => Ok(()),
                Role::Responder => {
                    let request = self
                        .peer
                        .post("/responder/lists")
                        .json(list);
                    sent(request).await.map(drop)
                }
            }
        })
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        Box::pin(async move {
            match self.role {
                Role::Counter => Ok(Vec::new()),
                Role::Responder => read(self.peer.get("/responder/lists")).await,
            }
        })
    }
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, WitnessFailed> {
    sent(request)
        .await?
        .json()
        .map_err(|error| failed(Untold::Malformed(error)))
}

async fn sent(request: RequestBuilder) -> Result<Answer, WitnessFailed> {
    let answer = answer(request, LONGEST)
        .await
        .map_err(|lost| failed(Untold::Lost(lost)))?;
    match answer.status.is_success() {
        true => Ok(answer),
        false => Err(failed(Untold::Status(answer.status))),
    }
}

fn failed(error: Untold) -> WitnessFailed {
    WitnessFailed(Box::new(error))
}
