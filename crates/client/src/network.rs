//! HTTP to responders, lists and authorities: plain, bounded, without redirections, by the environment's proxies. Whoever has another way hands in their own
//! [`StatusNetwork`].

mod proxies;

use crate::{SendsRequests, StatusNetwork, Unsent};
use reqwest::{Client, Response, StatusCode, header, redirect};
use serde_json::Value;
use shirushi_path::{Missed, StatusProblem, StatusSource};
use std::time::Duration;
use tokio::runtime::Handle;

pub use proxies::{UnusableProxy, proxied};

/// The longest that one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The client for responders and lists. What they say is signed, and their addresses are plain HTTP (RFC 5280 §8): no roots of TLS.
///
/// # Errors
/// [`NoHttp`].
pub fn client() -> Result<Client, NoHttp> {
    let builder = Client::builder()
        .tls_certs_only([])
        .timeout(PATIENCE)
        .redirect(redirect::Policy::none());
    Ok(proxied(builder, proxies::System)?.build()?)
}

/// Why HTTP cannot be spoken at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoHttp {
    /// A proxy's address is none.
    #[error(
        "{variable} does not name a proxy by its address, as http://proxy.example.com:3128 does: mend it, or unset it / \
         {variable} がプロキシーのアドレスになっていません。http://proxy.example.com:3128 のように直すか、設定をやめてください"
    )]
    Proxy {
        /// The variable of the environment, as it is set.
        variable: String,
        /// What is wrong with its value, which may have a password in it and is not told.
        source: reqwest::Error,
    },
    /// What a site's certificate is to be trusted for is no certificate.
    #[error(
        "what is to be trusted for sites (--trust) is no certificate in PEM or DER / \
         サイトのために信頼するもの（--trust）が、PEMかDERの証明書ではありません"
    )]
    Trust(#[source] reqwest::Error),
    /// The library refuses.
    #[error("the HTTP client cannot be made / HTTPを使えません")]
    Library(#[from] reqwest::Error),
}

/// For work on a thread of its own, beside the runtime whose handle it has.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    runtime: Handle,
}

impl Http {
    /// On the runtime in which this is called.
    ///
    /// # Errors
    /// [`NoHttp`].
    pub fn new() -> Result<Self, NoHttp> {
        Ok(Self {
            client: client()?,
            runtime: Handle::current(),
        })
    }

    fn wait(
        &self,
        answer: impl Future<Output = reqwest::Result<Response>>,
        source: StatusSource,
        most: usize,
    ) -> Result<Vec<u8>, Missed> {
        self.runtime.block_on(async {
            let response = answer
                .await
                .map_err(|error| Cut::Lost(innermost(&error)).missed(source))?;
            read(response, source, most).await
        })
    }
}

/// Largest answer to a message, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

impl SendsRequests for Http {
    fn send(&self, url: &str, message: &Value) -> Result<Value, Unsent> {
        let answer = self
            .client
            .post(url)
            .json(message)
            .send();
        self.runtime.block_on(async {
            let response =
                answer
                    .await
                    .map_err(|error| match error.is_connect() || error.is_builder() {
                        true => Unsent::NotSent(innermost(&error)),
                        false => Unsent::Unknown(innermost(&error)),
                    })?;
            let status = response.status();
            let unknown = |cut: Cut| Unsent::Unknown(cut.to_string());
            let body = read_body(response, LARGEST_ANSWER)
                .await
                .map_err(unknown)?;
            match status {
                StatusCode::OK => serde_json::from_slice(&body)
                    .map_err(|error| Unsent::Unknown(error.to_string())),
                StatusCode::UNPROCESSABLE_ENTITY => match serde_json::from_slice(&body) {
                    Ok(report) => Err(Unsent::ByRule(Box::new(report))),
                    Err(_) => Err(Unsent::Unknown(status.to_string())),
                },
                status if status.is_client_error() => Err(Unsent::NotSent(status.to_string())),
                status => Err(Unsent::Unknown(status.to_string())),
            }
        })
    }
}

impl StatusNetwork for Http {
    fn ask(&self, url: &str, request: &[u8], most: usize) -> Result<Vec<u8>, Missed> {
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request.to_vec());
        self.wait(request.send(), StatusSource::Ocsp, most)
    }

    fn fetch(&self, url: &str, most: usize) -> Result<Vec<u8>, Missed> {
        self.wait(self.client.get(url).send(), StatusSource::Crl, most)
    }
}

/// Why a body was not had.
enum Cut {
    Lost(String),
    TooLarge { most: usize },
}

impl Cut {
    fn missed(self, source: StatusSource) -> Missed {
        match self {
            Self::Lost(why) => Missed::new(source, StatusProblem::NotReached).because(why),
            Self::TooLarge { most } => Missed::new(source, StatusProblem::TooLarge { most }),
        }
    }
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(why) => f.write_str(why),
            Self::TooLarge { most } => write!(f, "more than {most} bytes"),
        }
    }
}

async fn read(response: Response, source: StatusSource, most: usize) -> Result<Vec<u8>, Missed> {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    match StatusProblem::of_http(response.status().as_u16(), kind) {
        Some(why) => Err(Missed::new(source, why)),
        None => read_body(response, most)
            .await
            .map_err(|cut| cut.missed(source)),
    }
}

async fn read_body(mut response: Response, most: usize) -> Result<Vec<u8>, Cut> {
    let lost = |error: reqwest::Error| Cut::Lost(innermost(&error));
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if chunk.len() > most - bytes.len() {
            return Err(Cut::TooLarge { most });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The innermost cause says what happened: "connection refused".
#[must_use]
pub fn innermost(error: &reqwest::Error) -> String {
    shirushi_path::innermost(error).to_string()
}
