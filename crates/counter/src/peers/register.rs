//! What the counter asks the resident register.

use super::{Peer, PeerError, Peers, parse};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use shirushi_wire::{CardNumber, CardRecord, ResidentCode, ResidentRecord};

impl Peers {
    /// The record of a resident, none when there is none.
    pub(crate) async fn resident(
        &self,
        code: &ResidentCode,
    ) -> Result<Option<ResidentRecord>, PeerError> {
        self.ask(&format!("residents/{code}"), |record: &ResidentRecord| {
            record.code == *code
        })
        .await
    }

    /// The record of a card, none when there is none.
    pub(crate) async fn card(&self, number: &CardNumber) -> Result<Option<CardRecord>, PeerError> {
        self.ask(&format!("cards/{number}"), |record: &CardRecord| {
            record.number == *number
        })
        .await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        is_the_one: impl FnOnce(&T) -> bool,
    ) -> Result<Option<T>, PeerError> {
        let peer = Peer::Register;
        let request = self
            .client
            .get(format!("{}/register/{path}", self.register));
        match self.exchange(peer, request).await? {
            (StatusCode::OK, body) => {
                let record = parse(peer, &body)?;
                if is_the_one(&record) {
                    Ok(Some(record))
                } else {
                    Err(PeerError::Malformed { peer })
                }
            }
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, _) => Err(PeerError::Status {
                peer,
                status: status.as_u16(),
            }),
        }
    }
}
