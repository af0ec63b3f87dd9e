//! The agency, as its JSON interface.

use crate::PortalError;
use base64ct::{Base64, Encoding as _};
use reqwest::{
    Client, Response, StatusCode, Url,
    multipart::{Form, Part},
    redirect,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use shirushi_clock::Instant;
use shirushi_profile::Certificate;
use shirushi_rules::{Fact, InBoth, NOT_FILED_TWICE, RefusalReport};
use std::time::Duration;

/// The longest that one answer is waited for. A filing is judged with the help of the responder, and made durable.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer taken, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// A client of the agency.
#[derive(Clone, Debug)]
pub(crate) struct Agency {
    client: Client,
    base: String,
}

/// The agency gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("the agency does not answer")]
    Http(#[from] reqwest::Error),
    #[error("the agency answers with {0}")]
    Status(StatusCode),
    #[error("the agency's answer is too large")]
    TooLarge,
    #[error("the agency's answer is not what it should be")]
    Malformed(#[from] serde_json::Error),
    #[error("nothing that could be read was filed")]
    Unsigned,
}

/// A filing as the agency received it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Received {
    pub(crate) receipt: String,
    pub(crate) accepted_at: Instant,
}

/// What the agency keeps about a filing.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Kept {
    pub(crate) accepted: bool,
    pub(crate) judged_at: Instant,
    pub(crate) filing: Option<String>,
    #[serde(default)]
    pub(crate) decision: Option<Decision>,
}

/// What the clerk decided.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Decision {
    /// `accepted` or `returned`.
    pub(crate) outcome: String,
    pub(crate) reason: Option<Reason>,
    pub(crate) decided_at: i64,
}

/// The clerk's own words: in one language, or in both.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Reason {
    Said(String),
    Both(InBoth),
}

/// Whether it will do, or what it was refused for.
pub(crate) type Answer<T> = Result<Result<T, Box<RefusalReport>>, NoAnswer>;

impl Agency {
    /// A client for the agency at `base`. It follows no redirection and no proxy.
    pub(crate) fn new(base: &str) -> Result<Self, PortalError> {
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
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Whether a certificate would be accepted under a filing now.
    pub(crate) async fn check(&self, certificate: &Certificate) -> Answer<()> {
        let question = json!({ "certificate": Base64::encode_string(certificate.der()) });
        let response = self
            .client
            .post(format!("{}/agency/certificate-checks", self.base))
            .json(&question)
            .send()
            .await?;
        let answer: Result<serde_json::Value, _> = answer(response).await?;
        Ok(answer.map(|_| ()))
    }

    /// Files a signed document, to be read again with `key`. Sent again, it is received once: the first receipt is the answer then as well.
    pub(crate) async fn file(
        &self,
        id: &str,
        document: Vec<u8>,
        signature: Vec<u8>,
        key: &str,
    ) -> Answer<Received> {
        let form = Form::new()
            .part(
                "document",
                Part::bytes(document)
                    .file_name("filing.xml")
                    .mime_str("application/xml")?,
            )
            .part(
                "signature",
                Part::bytes(signature)
                    .file_name("filing.p7s")
                    .mime_str("application/pkcs7-signature")?,
            );
        let response = self
            .client
            .post(format!("{}/agency/filings", self.base))
            .bearer_auth(key)
            .multipart(form)
            .send()
            .await?;
        let report = match answer::<Received>(response).await? {
            Ok(received) => return Ok(Ok(received)),
            Err(report) => report,
        };
        if report.rule == NOT_FILED_TWICE.id
            && let Some(receipt) = report
                .facts
                .get("receipt")
                .and_then(Fact::text)
            && let Ok(kept) = self.kept(receipt, key).await?
            && kept.accepted
            && kept.filing.as_deref() == Some(id)
        {
            return Ok(Ok(Received {
                receipt: receipt.to_owned(),
                accepted_at: kept.judged_at,
            }));
        }
        Ok(Err(report))
    }

    /// What is kept under a receipt number, for who has the filing's key.
    pub(crate) async fn kept(&self, receipt: &str, key: &str) -> Answer<Kept> {
        if receipt.is_empty()
            || !receipt
                .bytes()
                .all(|b| b.is_ascii_alphanumeric())
        {
            return Err(NoAnswer::Status(StatusCode::NOT_FOUND));
        }
        let response = self
            .client
            .get(format!("{}/agency/filings/{receipt}", self.base))
            .bearer_auth(key)
            .send()
            .await?;
        answer(response).await
    }
}

async fn answer<T: DeserializeOwned>(mut response: Response) -> Answer<T> {
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > LARGEST_ANSWER - bytes.len() {
            return Err(NoAnswer::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::OK => Ok(Ok(serde_json::from_slice(&bytes)?)),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(Err(Box::new(serde_json::from_slice(&bytes)?)))
        }
        _ => Err(NoAnswer::Status(status)),
    }
}
