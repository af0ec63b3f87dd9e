//! The authority's records, asked over HTTP: an authority in another process.

use crate::{Answered, IssuerRecords, SourceFailed};
use reqwest::StatusCode;
use shirushi_peers::{Lost, Peer, answer};
use shirushi_profile::{CertificateKind, Generation, SerialNumber};
use shirushi_wire::CertificateState;

/// Longest answer taken, in bytes.
const LONGEST: usize = 4 * 1024;

/// The authority behind this client.
#[derive(Debug)]
pub struct RecordsOverHttp(Peer);

#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error("the authority does not answer")]
    Lost(#[from] Lost),
    #[error("the authority answers {0}")]
    Status(StatusCode),
    #[error("the authority's answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl RecordsOverHttp {
    /// The records of the authority behind this client.
    #[must_use]
    pub fn new(authority: Peer) -> Self {
        Self(authority)
    }

    async fn ask(&self, path: &str) -> Result<CertificateState, Untold> {
        let answer = answer(self.0.get(path), LONGEST).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.json()?),
            status => Err(Untold::Status(status)),
        }
    }
}

impl IssuerRecords for RecordsOverHttp {
    fn state<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, CertificateState> {
        let path = format!(
            "/authority/certificates/{}/{serial}/state",
            generation.path(kind)
        );
        Box::pin(async move {
            self.ask(&path)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))
        })
    }
}
