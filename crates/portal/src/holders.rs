//! Whom the authority knows a certificate's holder as, for this portal alone: the same for all certificates of one person.

use crate::PortalError;
use reqwest::{Client, StatusCode, Url, header, redirect};
use serde::Deserialize;
use serde_json::json;
use shirushi_crypto::Secret;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The longest that the answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer taken, in bytes.
const LARGEST: usize = 256 * 1024;

/// Asks the authority, as the portal that its token says it is.
#[derive(Clone, Debug)]
pub(crate) struct Holders {
    client: Client,
    address: String,
    token: Arc<Secret>,
}

/// The holder is not known now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoHolder {
    #[error("the authority does not answer")]
    Http(#[from] reqwest::Error),
    #[error("the authority answers with {0}")]
    Status(StatusCode),
    #[error("the authority's answer is too large")]
    TooLarge,
    #[error("the authority's answer is not what it should be")]
    Malformed(#[from] serde_json::Error),
    #[error("the token cannot be sent")]
    Token,
    #[error("the authority does not know the certificate")]
    Unknown,
}

#[derive(Deserialize)]
struct Answer {
    holders: BTreeMap<String, String>,
}

impl Holders {
    /// A client for the authority at `base`. It follows no redirection and no proxy.
    pub(crate) fn new(base: &str, token: Secret) -> Result<Self, PortalError> {
        let fits = Url::parse(base).is_ok_and(|url| {
            ["http", "https"].contains(&url.scheme())
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.username().is_empty()
        });
        if !fits {
            return Err(PortalError::Base {
                base: base.to_owned(),
            });
        }
        let client = Client::builder()
            // Plain HTTP to this machine: without roots, and so without looking for the system's, which may have none.
            .tls_certs_only([])
            // No connection is kept: a service that is full ends idle ones, and a request must not meet that.
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            address: format!("{}/authority/holders", base.trim_end_matches('/')),
            token: Arc::new(token),
        })
    }

    /// The holders by serial number; one that is absent is not known to the authority.
    pub(crate) async fn ask(
        &self,
        serials: Vec<String>,
    ) -> Result<BTreeMap<String, String>, NoHolder> {
        let bearer = [b"Bearer ", self.token.expose()].concat();
        let mut bearer = header::HeaderValue::from_bytes(&bearer).map_err(|_| NoHolder::Token)?;
        bearer.set_sensitive(true);
        let mut response = self
            .client
            .post(&self.address)
            .header(header::AUTHORIZATION, bearer)
            .json(&json!({ "serials": serials }))
            .send()
            .await?;
        if response.status() != StatusCode::OK {
            return Err(NoHolder::Status(response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if chunk.len() > LARGEST - bytes.len() {
                return Err(NoHolder::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(serde_json::from_slice::<Answer>(&bytes)?.holders)
    }
}
