//! What the register asks the authority: whose key signed a look-up, and whether that officer still serves. Asked each time, so that who is
//! retired reads nothing more.

use reqwest::StatusCode;
use shirushi_peers::{Lost, Peer, answer};
use shirushi_wire::KnownOfficer;

/// Longest answer taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// The officers, as the authority knows them.
#[derive(Clone, Debug)]
pub(crate) struct Officers(Peer);

/// The authority does not answer, or not as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("the authority does not answer")]
    Lost(#[from] Lost),
    #[error("the authority answers {0}")]
    Status(StatusCode),
    #[error("the authority's answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl Officers {
    /// `authority` knows this client for a role.
    pub(crate) fn new(authority: Peer) -> Self {
        Self(authority)
    }

    /// The officer with this key (hexadecimal identifier), serving or retired; none when nobody is enrolled with it.
    pub(crate) async fn by_key(
        &self,
        identifier: &str,
    ) -> Result<Option<KnownOfficer>, Unanswered> {
        // What a stranger sends becomes part of an address only when it is an identifier.
        if identifier.len() != 40
            || !identifier
                .bytes()
                .all(|b| b.is_ascii_hexdigit())
        {
            return Ok(None);
        }
        let path = format!("/authority/officers/{identifier}");
        let answer = answer(self.0.get(&path), LONGEST).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(answer.json()?)),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(Unanswered::Status(status)),
        }
    }
}
