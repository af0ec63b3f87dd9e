//! The city as its HTTP faces.

use crate::Failure;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// Longest wait for one answer. The slowest are those for which a database is fsynced several times on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of a running city.
#[derive(Clone, Debug)]
pub(crate) struct City {
    base: String,
    client: Client,
}

impl City {
    /// A client for the city at `base`, for example `http://127.0.0.1:8080`.
    pub(crate) fn at(base: &str) -> Result<Self, Failure> {
        let url = Url::parse(base)
            .ok()
            .filter(|url| url.scheme() == "http");
        let Some((host, port)) = url.as_ref().and_then(|url| {
            url.host_str()
                .zip(url.port_or_known_default())
        }) else {
            return Err(Failure::Broken(format!(
                "{base:?} is not the address of a city: give one such as http://127.0.0.1:8080 / \
                 {base:?} は市のアドレスではありません。http://127.0.0.1:8080 のように指定してください"
            )));
        };
        let mut client = Client::builder();
        if host == "localhost" || host.ends_with(".localhost") {
            // This machine (RFC 6761 §6.3), which not every system's resolver says of names below it.
            client = client.resolve(host, SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        }
        let client = client
            // Plain HTTP to this machine: without roots, and so without looking for the system's, which may have none.
            .tls_certs_only([])
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .map_err(Failure::broken)?;
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            client,
        })
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        answer(self.request(Method::GET, path)).await
    }

    /// As the bearer of a session.
    pub(crate) async fn read_as<T: DeserializeOwned>(
        &self,
        path: &str,
        session: &str,
    ) -> Result<T, Failure> {
        answer(
            self.request(Method::GET, path)
                .bearer_auth(session),
        )
        .await
    }

    pub(crate) async fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let response = checked(self.request(Method::GET, path)).await?;
        Ok(response
            .bytes()
            .await
            .map_err(Failure::broken)?
            .to_vec())
    }

    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        session: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let mut request = self
            .request(Method::POST, path)
            .json(body);
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        answer(request).await
    }

    pub(crate) async fn send_bytes(
        &self,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        let request = self
            .request(Method::POST, path)
            .header("content-type", media_type)
            .body(body);
        let response = checked(request).await?;
        Ok(response
            .bytes()
            .await
            .map_err(Failure::broken)?
            .to_vec())
    }

    /// The bytes at a path, for the bearer of a key.
    pub(crate) async fn bytes_as(&self, path: &str, key: &str) -> Result<Vec<u8>, Failure> {
        let request = self
            .request(Method::GET, path)
            .bearer_auth(key);
        let response = checked(request).await?;
        Ok(response
            .bytes()
            .await
            .map_err(Failure::broken)?
            .to_vec())
    }

    /// A filing: the document and its detached signature.
    pub(crate) async fn file(
        &self,
        document: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<Value, Failure> {
        answer(self.filing(document, signature)?).await
    }

    /// A filing with the key with which it is read again.
    pub(crate) async fn file_with(
        &self,
        document: Vec<u8>,
        signature: Vec<u8>,
        key: &str,
    ) -> Result<Value, Failure> {
        let request = self.filing(document, signature)?;
        answer(request.bearer_auth(key)).await
    }

    fn filing(&self, document: Vec<u8>, signature: Vec<u8>) -> Result<RequestBuilder, Failure> {
        let part = |bytes, name: &str, media_type: &str| {
            reqwest::multipart::Part::bytes(bytes)
                .file_name(name.to_owned())
                .mime_str(media_type)
                .map_err(Failure::broken)
        };
        let form = reqwest::multipart::Form::new()
            .part("document", part(document, "filing.xml", "application/xml")?)
            .part(
                "signature",
                part(signature, "filing.p7s", "application/pkcs7-signature")?,
            );
        Ok(self
            .request(Method::POST, "/agency/filings")
            .multipart(form))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
    }
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let response = checked(request).await?;
    if is_page(&response) {
        return Err(no_city(&response));
    }
    response
        .json()
        .await
        .map_err(Failure::broken)
}

/// Whether it is for people: programs are answered otherwise by a city.
fn is_page(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}

fn no_city(response: &Response) -> Failure {
    let address = response
        .url()
        .origin()
        .ascii_serialization();
    let status = response.status();
    Failure::Broken(format!(
        "what answers at {address} is a page for people, not a city ({status}): give the URL for programs that `shirushi up` prints, such as \
         http://127.0.0.1:8080 / {address} で応答したのは人のための画面で、市ではありません（{status}）。`shirushi up` が表示するプログラム用のURL\
         （http://127.0.0.1:8080 など）を指定してください"
    ))
}

/// The response, if it is a success; else the refusal that it carries.
async fn checked(request: RequestBuilder) -> Result<Response, Failure> {
    let response = request.send().await.map_err(|error| {
        if error.is_connect() {
            Failure::Broken(format!(
                "no city answers there: start one with `shirushi up` / そこでは何も応答しません。`shirushi up` で起動してください ({error})"
            ))
        } else {
            Failure::broken(error)
        }
    })?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    if is_page(&response) {
        return Err(no_city(&response));
    }
    let text = response
        .text()
        .await
        .map_err(Failure::broken)?;
    if matches!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE
    ) && let Ok(report) = serde_json::from_str(&text)
    {
        return Err(Failure::Refused(Box::new(report)));
    }
    Err(Failure::Broken(format!("{status}: {text}")))
}
