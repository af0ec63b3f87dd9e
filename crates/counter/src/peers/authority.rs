//! What the counter asks the authority.

use super::{Peer, PeerError, Peers, parse};
use crate::{CounterError, PassedRefusal};
use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use shirushi_crypto::PublicKey;
use shirushi_peers::Answer;
use shirushi_profile::{MunicipalityCode, SerialNumber};
use shirushi_wire::{
    AuthorityKeys, CHECKPOINT_HEADER, KeyWarning, KnownOfficer, OfficerId, RelayAnswer,
    RelayRequest, RelayToken, checkpoint_from_header,
};
use std::time::Duration;

/// Pauses before asking again while register events are on their way: three seconds in all.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_500),
];

/// Longest wait for what a page can do without.
const AT_ONCE: Duration = Duration::from_secs(2);

impl Peers {
    /// Makes an officer's key known under the one-time code; answers the municipality that the code was made for.
    pub(crate) async fn enrol(
        &self,
        code: &str,
        name: &OfficerId,
        key: &PublicKey,
    ) -> Result<MunicipalityCode, CounterError> {
        #[derive(Deserialize)]
        struct Enrolled {
            municipality: MunicipalityCode,
        }
        let body = serde_json::json!({
            "code": code,
            "name": name,
            "public_key": hex::encode(key.spki_der()),
        });
        let answer: Enrolled = self
            .tell(Peer::Authority, "officers", body.to_string().into_bytes())
            .await?;
        Ok(answer.municipality)
    }

    /// Whether a code would enrol an officer under this name.
    pub(crate) async fn look_at_code(
        &self,
        code: &str,
        name: &OfficerId,
    ) -> Result<(), CounterError> {
        let body = serde_json::json!({ "code": code, "name": name });
        let _: IgnoredAny = self
            .tell(
                Peer::Authority,
                "enrolment-codes",
                body.to_string().into_bytes(),
            )
            .await?;
        Ok(())
    }

    /// Whether the authority says that the officer with this key serves no more. That it does not answer, or does not know the key, says
    /// nothing: what such a key signs it refuses by itself.
    pub(crate) async fn is_retired(&self, key: &PublicKey) -> bool {
        let path = format!("/authority/officers/{}", hex::encode(key.key_identifier()));
        let answer = self
            .exchange(Peer::Authority, self.authority.get(&path))
            .await;
        match answer {
            Ok(answer) if answer.status == StatusCode::OK => {
                parse::<KnownOfficer>(Peer::Authority, &answer)
                    .is_ok_and(|officer| officer.retired_at.is_some())
            }
            _ => false,
        }
    }

    /// What the authority says of its own keys; none when it does not answer at once: a page waits for it.
    pub(crate) async fn key_warnings(&self) -> Option<Vec<KeyWarning>> {
        let request = self
            .authority
            .get("/authority/keys")
            .timeout(AT_ONCE);
        match self
            .exchange(Peer::Authority, request)
            .await
        {
            Ok(answer) if answer.status == StatusCode::OK => {
                parse::<AuthorityKeys>(Peer::Authority, &answer)
                    .ok()
                    .map(|keys| keys.warnings)
            }
            _ => None,
        }
    }

    /// Hands in an application, the signed bytes as they stand; asks again while the register's events are on their way.
    pub(crate) async fn hand_in(&self, signed: &[u8]) -> Result<RelayToken, CounterError> {
        #[derive(Deserialize)]
        struct Taken {
            token: RelayToken,
        }
        let mut pauses = PAUSES.into_iter();
        loop {
            let answer: Result<Taken, CounterError> = self
                .tell(Peer::Authority, "applications", signed.to_vec())
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
        self.tell(Peer::Authority, &path, body.to_string().into_bytes())
            .await
    }

    /// Hands in a revocation request; answers what was revoked.
    pub(crate) async fn revoke(&self, signed: &[u8]) -> Result<Vec<SerialNumber>, CounterError> {
        #[derive(Deserialize)]
        struct Revoked {
            serials: Vec<SerialNumber>,
        }
        let answer: Revoked = self
            .tell(Peer::Authority, "revocations", signed.to_vec())
            .await?;
        Ok(answer.serials)
    }

    pub(super) async fn tell<T: DeserializeOwned>(
        &self,
        peer: Peer,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, CounterError> {
        let asked = match peer {
            Peer::Authority => &self.authority,
            Peer::Register => &self.register,
        };
        let request = asked
            .post(&format!("/{peer}/{path}"))
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let answer = self.exchange(peer, request).await?;
        let status = answer.status;
        if status.is_success() {
            let note = answer
                .headers
                .get(CHECKPOINT_HEADER)
                .and_then(|value| checkpoint_from_header(value.to_str().ok()?));
            if let Some(note) = note {
                self.kept().keep(&note).await?;
            }
            return Ok(parse(peer, &answer)?);
        }
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            return Err(PassedRefusal::read(answer.body)
                .map_or(PeerError::Malformed { peer }.into(), CounterError::Passed));
        }
        Err(behind(&answer)
            .filter(|_| status == StatusCode::SERVICE_UNAVAILABLE)
            .unwrap_or(PeerError::Status {
                peer,
                status: status.as_u16(),
            })
            .into())
    }
}

fn behind(answer: &Answer) -> Option<PeerError> {
    #[derive(Deserialize)]
    struct Late {
        behind: Behind,
    }
    #[derive(Deserialize)]
    struct Behind {
        wanted: i64,
        received: i64,
    }
    let Late {
        behind: Behind { wanted, received },
    } = answer.json().ok()?;
    Some(PeerError::Behind { wanted, received })
}
