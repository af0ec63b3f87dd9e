//! What the register asks the authority: whose key signed a look-up, and whether that officer still serves. Asked each time, so that who is
//! retired reads nothing more.

use reqwest::StatusCode;
use shirushi_crypto::Secret;
use shirushi_wire::KnownOfficer;
use std::sync::Arc;

/// The officers, as the authority at an address knows them.
#[derive(Clone)]
pub(crate) struct Officers {
    client: reqwest::Client,
    base: Arc<str>,
    role_token: Arc<Secret>,
}

/// The authority does not answer, or not as it should.
#[derive(Debug, thiserror::Error)]
#[error("the authority does not say whose key this is")]
pub(crate) struct Unanswered(#[source] Option<reqwest::Error>);

impl Officers {
    pub(crate) fn new(client: reqwest::Client, base: &str, role_token: Secret) -> Self {
        Self {
            client,
            base: base.into(),
            role_token: Arc::new(role_token),
        }
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
        let failed = |error| Unanswered(Some(error));
        let answer = self
            .client
            .get(format!("{}/authority/officers/{identifier}", self.base))
            .bearer_auth(String::from_utf8_lossy(self.role_token.expose()))
            .send()
            .await
            .map_err(failed)?;
        match answer.status() {
            StatusCode::OK => answer
                .json()
                .await
                .map(Some)
                .map_err(failed),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(Unanswered(answer.error_for_status().err())),
        }
    }
}
