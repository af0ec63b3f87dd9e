//! Whom the authority knows a certificate's holder as, for this portal alone: the same for all certificates of one person.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;
use shirushi_peers::{Lost, Peer, answer};
use std::{collections::BTreeMap, time::Duration};

/// The longest that the answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer taken, in bytes.
const LARGEST: usize = 256 * 1024;

/// Asks the authority, as the portal that it knows this client for.
#[derive(Clone, Debug)]
pub(crate) struct Holders(Peer);

/// The holder is not known now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoHolder {
    #[error("the authority does not answer")]
    Lost(#[from] Lost),
    #[error("the authority answers with {0}")]
    Status(StatusCode),
    #[error("the authority's answer is not what it should be")]
    Malformed(#[from] serde_json::Error),
    #[error("the authority does not know the certificate")]
    Unknown,
}

#[derive(Deserialize)]
struct Known {
    holders: BTreeMap<String, String>,
}

impl Holders {
    pub(crate) fn new(authority: Peer) -> Self {
        Self(authority)
    }

    /// The holders by serial number; one that is absent is not known to the authority.
    pub(crate) async fn ask(
        &self,
        serials: Vec<String>,
    ) -> Result<BTreeMap<String, String>, NoHolder> {
        let request = self
            .0
            .post("/authority/holders")
            .timeout(PATIENCE)
            .json(&json!({ "serials": serials }));
        let answer = answer(request, LARGEST).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.json::<Known>()?.holders),
            status => Err(NoHolder::Status(status)),
        }
    }
}
