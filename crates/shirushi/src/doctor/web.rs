//! The doctor's way to the responder and to the agent.

use reqwest::{Client, Method, RequestBuilder, header, redirect};
use shirushi_doctor::{Reply, Unreached, Web};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most of an answer that is read, in bytes.
const MOST: usize = 1 << 20;

/// HTTP without proxies and redirections: what is in the way is to be seen.
pub(super) struct Http {
    client: Client,
    runtime: Handle,
}

impl Http {
    /// Requests are made on `runtime`, from a thread that may block.
    pub(super) fn new(runtime: Handle) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            // What a responder says is signed; the roots of TLS are of no use for it.
            .tls_certs_only([])
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, runtime })
    }

    fn send(&self, request: RequestBuilder) -> Result<Reply, Unreached> {
        let reply = async {
            let mut response = request.send().await?;
            let field = |name| {
                let value = response.headers().get(name)?;
                value
                    .to_str()
                    .ok()
                    .map(ToOwned::to_owned)
            };
            let (date, content_type) = (field(header::DATE), field(header::CONTENT_TYPE));
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                let room = MOST - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if body.len() == MOST {
                    break;
                }
            }
            Ok(Reply {
                status,
                date,
                content_type,
                body,
            })
        };
        self.runtime
            .block_on(reply)
            .map_err(|error: reqwest::Error| Unreached {
                source: innermost(&error).into(),
            })
    }
}

/// What lies at the bottom says it best: "connection refused".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl Web for Http {
    fn get(&self, url: &str) -> Result<Reply, Unreached> {
        self.send(self.client.request(Method::GET, url))
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Reply, Unreached> {
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, content_type)
            .body(body.to_vec());
        self.send(request)
    }
}
