//! What the counter asks the authority.

use super::{Peer, PeerError, Peers, parse};
use crate::{CounterError, PassedRefusal};
use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, de::DeserializeOwned};
use shirushi_crypto::PublicKey;
use shirushi_profile::{MunicipalityCode, SerialNumber};
use shirushi_wire::{OfficerId, RelayAnswer, RelayRequest, RelayToken};
use std::time::Duration;

/// Pauses before asking again while register events are on their way: three seconds in all.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_500),
];

impl Peers {
    /// Makes an officer's key known under the one-time code; answers the municipality that the code was made for.
    pub(crate) async fn enrol(
        &self,
        code: &str,
        name: &OfficerId,
        key: &PublicKey,
    ) -> Result<MunicipalityCode, CounterError> {
        #[derive(Deserialize)]
        struct Answer {
            municipality: MunicipalityCode,
        }
        let body = serde_json::json!({
            "code": code,
            "name": name,
            "public_key": hex::encode(key.spki_der()),
        });
        let answer: Answer = self
            .tell("officers", body.to_string().into_bytes())
            .await?;
        Ok(answer.municipality)
    }

    /// Hands in an application, the signed bytes as they stand; asks again while the register's events are on their way.
    pub(crate) async fn hand_in(&self, signed: &[u8]) -> Result<RelayToken, CounterError> {
        #[derive(Deserialize)]
        struct Answer {
            token: RelayToken,
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            let answer: Result<Answer, CounterError> = self
                .tell("applications", signed.to_vec())
                .await;
            match (answer, pauses.next()) {
                (Err(CounterError::Peer(PeerError::Behind { .. })), Some(pause)) => {
                    tokio::time::sleep(pause).await;
                }
                (answer, _) => return Ok(answer?.token),
            }
        }
    }

    /// One exchange with the card.
    pub(crate) async fn relay(
        &self,
        token: &RelayToken,
        request: &RelayRequest,
    ) -> Result<RelayAnswer, CounterError> {
        let body = serde_json::json!(request);
        let path = format!("relay/{}", String::from(*token));
        self.tell(&path, body.to_string().into_bytes())
            .await
    }

    /// Hands in a revocation request; answers what was revoked.
    pub(crate) async fn revoke(&self, signed: &[u8]) -> Result<Vec<SerialNumber>, CounterError> {
        #[derive(Deserialize)]
        struct Answer {
            serials: Vec<SerialNumber>,
        }
        let answer: Answer = self
            .tell("revocations", signed.to_vec())
            .await?;
        Ok(answer.serials)
    }

    async fn tell<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, CounterError> {
        let peer = Peer::Authority;
        let request = self
            .client
            .post(format!("{}/authority/{path}", self.authority))
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let (status, body) = self.exchange(peer, request).await?;
        if status.is_success() {
            return Ok(parse(peer, &body)?);
        }
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            return Err(PassedRefusal::read(body)
                .map_or(PeerError::Malformed { peer }.into(), CounterError::Passed));
        }
        Err(behind(&body)
            .filter(|_| status == StatusCode::SERVICE_UNAVAILABLE)
            .unwrap_or(PeerError::Status {
                peer,
                status: status.as_u16(),
            })
            .into())
    }
}

fn behind(body: &[u8]) -> Option<PeerError> {
    #[derive(Deserialize)]
    struct Answer {
        behind: Behind,
    }
    #[derive(Deserialize)]
    struct Behind {
        wanted: i64,
        received: i64,
    }
    let Answer {
        behind: Behind { wanted, received },
    } = serde_json::from_slice(body).ok()?;
    Some(PeerError::Behind { wanted, received })
}
