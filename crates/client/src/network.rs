//! HTTP to responders, lists and authorities: plain, bounded, without redirections, by the environment's proxies. Whoever has another way hands in their own
//! [`StatusNetwork`].

mod proxies;

use crate::{SendsRequests, StatusNetwork, Unsent};
use reqwest::{Client, RequestBuilder, StatusCode, header, redirect};
use serde_json::Value;
use shirushi_path::{Missed, StatusSource};
use shirushi_peers::{Lost, answer, evidence};
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
        request: RequestBuilder,
        source: StatusSource,
        most: usize,
    ) -> Result<Vec<u8>, Missed> {
        self.runtime
            .block_on(evidence(request, source, most))
    }
}

/// Largest answer to a message, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

impl SendsRequests for Http {
    fn send(&self, url: &str, message: &Value) -> Result<Value, Unsent> {
        let request = self.client.post(url).json(message);
        let answer = self
            .runtime
            .block_on(answer(request, LARGEST_ANSWER))
            .map_err(|lost| match lost {
                Lost::NotReached(error) if error.is_connect() || error.is_builder() => {
                    Unsent::NotSent(innermost(&error))
                }
                lost => Unsent::Unknown(shirushi_path::innermost(&lost).to_string()),
            })?;
        match answer.status {
            StatusCode::OK => answer
                .json()
                .map_err(|error| Unsent::Unknown(error.to_string())),
            StatusCode::UNPROCESSABLE_ENTITY => match answer.json() {
                Ok(report) => Err(Unsent::ByRule(Box::new(report))),
                Err(_) => Err(Unsent::Unknown(answer.status.to_string())),
            },
            status if status.is_client_error() => Err(Unsent::NotSent(status.to_string())),
            status => Err(Unsent::Unknown(status.to_string())),
        }
    }
}

impl StatusNetwork for Http {
    fn ask(&self, url: &str, request: &[u8], most: usize) -> Result<Vec<u8>, Missed> {
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request.to_vec());
        self.wait(request, StatusSource::Ocsp, most)
    }

    fn fetch(&self, url: &str, most: usize) -> Result<Vec<u8>, Missed> {
        self.wait(self.client.get(url), StatusSource::Crl, most)
    }
}

/// The innermost cause says what happened: "connection refused".
#[must_use]
pub fn innermost(error: &reqwest::Error) -> String {
    shirushi_path::innermost(error).to_string()
}
