//! HTTP to responders and lists: plain, bounded, without redirections.

use crate::failure::Failure;
use reqwest::{Client, Response, StatusCode, header, redirect};
use shirushi_client::{NoAnswer, StatusNetwork};
use std::time::Duration;
use tokio::runtime::Handle;

/// The longest that one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// For work on a thread of its own, beside the runtime whose handle it has.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    runtime: Handle,
}

impl Http {
    /// # Errors
    /// [`Failure::Http`].
    pub(crate) fn new() -> Result<Self, Failure> {
        let client = Client::builder()
            // What responders and lists say is signed; their addresses are plain HTTP (RFC 5280 §8).
            .tls_certs_only([])
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Failure::Http)?;
        Ok(Self {
            client,
            runtime: Handle::current(),
        })
    }

    fn wait(
        &self,
        answer: impl Future<Output = reqwest::Result<Response>>,
        most: usize,
    ) -> Result<Vec<u8>, NoAnswer> {
        self.runtime
            .block_on(async { read(answer.await.map_err(no_answer)?, most).await })
    }
}

impl StatusNetwork for Http {
    fn ask(&self, url: &str, request: &[u8], most: usize) -> Result<Vec<u8>, NoAnswer> {
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request.to_vec());
        self.wait(request.send(), most)
    }

    fn fetch(&self, url: &str, most: usize) -> Result<Vec<u8>, NoAnswer> {
        self.wait(self.client.get(url).send(), most)
    }
}

async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, NoAnswer> {
    if response.status() != StatusCode::OK {
        return Err(NoAnswer(response.status().to_string()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(no_answer)?
    {
        if chunk.len() > most - bytes.len() {
            return Err(NoAnswer(format!("more than {most} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The innermost cause says what happened.
fn no_answer(error: reqwest::Error) -> NoAnswer {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(behind) = cause.source() {
        cause = behind;
    }
    NoAnswer(cause.to_string())
}
