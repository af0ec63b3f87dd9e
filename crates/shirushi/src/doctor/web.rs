//! The doctor's way to the responder and to the agent.

use crate::network::{client, innermost};
use reqwest::{Client, Method, RequestBuilder, header};
use shirushi_client::network::NoHttp;
use shirushi_doctor::{Reply, Unreached, Web};
use tokio::runtime::Handle;

/// The most of an answer that is read, in bytes.
const MOST: usize = 1 << 20;

/// HTTP without redirections and by the environment's proxies, as the client has it: what is in the way is to be seen.
pub(super) struct Http {
    client: Client,
    runtime: Handle,
}

impl Http {
    /// Requests are made on `runtime`, from a thread that may block.
    pub(super) fn new(runtime: Handle) -> Result<Self, NoHttp> {
        Ok(Self {
            client: client()?,
            runtime,
        })
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
