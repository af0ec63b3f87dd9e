//! The agency, as its JSON interface.

use base64ct::{Base64, Encoding as _};
use reqwest::{
    RequestBuilder, StatusCode,
    multipart::{Form, Part},
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::json;
use shirushi_clock::Instant;
use shirushi_peers::{Lost, Peer};
use shirushi_profile::Certificate;
use shirushi_rules::{Fact, InBoth, NOT_FILED_TWICE, RefusalReport};
use std::time::Duration;

/// The longest that one answer is waited for. A filing is judged with the help of the responder, and made durable.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer taken, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// A client of the agency.
#[derive(Clone, Debug)]
pub(crate) struct Agency(Peer);

/// The agency gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("the agency does not answer")]
    Lost(#[from] Lost),
    #[error("the agency answers with {0}")]
    Status(StatusCode),
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
    pub(crate) fn new(agency: Peer) -> Self {
        Self(agency)
    }

    /// Whether a certificate would be accepted under a filing now.
    pub(crate) async fn check(&self, certificate: &Certificate) -> Answer<()> {
        let question = json!({ "certificate": Base64::encode_string(certificate.der()) });
        let request = self
            .0
            .post("/agency/certificate-checks")
            .timeout(PATIENCE)
            .json(&question);
        let answer: Result<IgnoredAny, _> = answer(request).await?;
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
                    .mime_str("application/xml")
                    .map_err(Lost::from)?,
            )
            .part(
                "signature",
                Part::bytes(signature)
                    .file_name("filing.p7s")
                    .mime_str("application/pkcs7-signature")
                    .map_err(Lost::from)?,
            );
        let request = self
            .0
            .post("/agency/filings")
            .timeout(PATIENCE)
            .bearer_auth(key)
            .multipart(form);
        let report = match answer::<Received>(request).await? {
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
        let request = self
            .0
            .get(&format!("/agency/filings/{receipt}"))
            .timeout(PATIENCE)
            .bearer_auth(key);
        answer(request).await
    }
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    let answer = shirushi_peers::answer(request, LARGEST_ANSWER).await?;
    match answer.status {
        StatusCode::OK => Ok(Ok(answer.json()?)),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => {
            Ok(Err(Box::new(answer.json()?)))
        }
        status => Err(NoAnswer::Status(status)),
    }
}
