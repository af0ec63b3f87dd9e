//! The city as its HTTP faces.

use crate::Failure;
use reqwest::{Method, RequestBuilder, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use shirushi_peers::{Answer, Base, Lost, Near};
use std::{collections::BTreeMap, time::Duration};

/// Longest wait for one answer. The slowest are those for which a database is fsynced several times on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest answer taken, in bytes: lists are the longest.
const LONGEST: usize = 64 * 1024 * 1024;

/// A client of a running city.
#[derive(Clone, Debug)]
pub(crate) struct City {
    base: Base,
    /// Where roles are that stand elsewhere, by the first word of their paths.
    elsewhere: BTreeMap<&'static str, Base>,
    near: Near,
}

/// What each role is asked at.
const PATHS: [(&str, &[&str]); 3] = [
    ("responder", &["ocsp", "crl", "ca"]),
    ("counter", &["counter"]),
    ("agency", &["agency"]),
];

/// Where the roles are, as a city tells at its address.
#[derive(Deserialize)]
struct Told {
    roles: Vec<RoleAt>,
}

#[derive(Deserialize)]
struct RoleAt {
    role: String,
    status: String,
}

impl City {
    /// A client for the city at `base`, for example `http://127.0.0.1:8080`.
    pub(crate) fn at(base: &str) -> Result<Self, Failure> {
        let base = Base::read(base).map_err(|_| {
            Failure::Broken(format!(
                "{base:?} is not the address of a city: give one such as http://127.0.0.1:8080 / \
                 {base:?} は市のアドレスではありません。http://127.0.0.1:8080 のように指定してください"
            ))
        })?;
        let near = Near::new(PATIENCE).map_err(Failure::broken)?;
        Ok(Self {
            base,
            elsewhere: BTreeMap::new(),
            near,
        })
    }

    /// The same, with the addresses that the city itself tells of: its roles may be processes of their own.
    pub(crate) async fn found(base: &str) -> Result<Self, Failure> {
        let mut city = Self::at(base)?;
        // Where nobody is, or something else, the first step tells.
        let Ok(told) = city.read::<Told>("/").await else {
            return Ok(city);
        };
        for RoleAt { role, status } in told.roles {
            let own = status
                .strip_suffix(&format!("/{role}/status"))
                .and_then(|base| Base::read(base).ok());
            let paths = PATHS
                .iter()
                .find(|(known, _)| *known == role);
            if let (Some(own), Some((_, words))) = (own, paths) {
                city.elsewhere.extend(
                    words
                        .iter()
                        .map(|word| (*word, own.clone())),
                );
            }
        }
        Ok(city)
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.answer(self.request(Method::GET, path))
            .await
    }

    /// As the bearer of a session.
    pub(crate) async fn read_as<T: DeserializeOwned>(
        &self,
        path: &str,
        session: &str,
    ) -> Result<T, Failure> {
        self.answer(
            self.request(Method::GET, path)
                .bearer_auth(session),
        )
        .await
    }

    pub(crate) async fn bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        Ok(self
            .checked(self.request(Method::GET, path))
            .await?
            .body)
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
        self.answer(request).await
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
        Ok(self.checked(request).await?.body)
    }

    /// The bytes at a path, for the bearer of a key.
    pub(crate) async fn bytes_as(&self, path: &str, key: &str) -> Result<Vec<u8>, Failure> {
        let request = self
            .request(Method::GET, path)
            .bearer_auth(key);
        Ok(self.checked(request).await?.body)
    }

    /// A filing: the document and its detached signature.
    pub(crate) async fn file(
        &self,
        document: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<Value, Failure> {
        self.answer(self.filing(document, signature)?)
            .await
    }

    /// A filing with the key with which it is read again.
    pub(crate) async fn file_with(
        &self,
        document: Vec<u8>,
        signature: Vec<u8>,
        key: &str,
    ) -> Result<Value, Failure> {
        let request = self.filing(document, signature)?;
        self.answer(request.bearer_auth(key))
            .await
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
        let word = path
            .trim_start_matches('/')
            .split(['/', '?'])
            .next()
            .unwrap_or_default();
        let base = self
            .elsewhere
            .get(word)
            .unwrap_or(&self.base);
        self.near.request(method, base.at(path))
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let answer = self.checked(request).await?;
        if is_page(&answer) {
            return Err(self.is_no_city(&answer));
        }
        answer.json().map_err(Failure::broken)
    }

    /// The answer, if it is a success; else the refusal that it carries.
    async fn checked(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let answer = shirushi_peers::answer(request, LONGEST)
            .await
            .map_err(|lost| match lost {
                Lost::NotReached(error) if error.is_connect() => Failure::Broken(format!(
                    "no city answers there: start one with `shirushi up` / そこでは何も応答しません。`shirushi up` で起動してください ({error})"
                )),
                lost => Failure::broken(lost),
            })?;
        let status = answer.status;
        if status.is_success() {
            return Ok(answer);
        }
        if is_page(&answer) {
            return Err(self.is_no_city(&answer));
        }
        if matches!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE
        ) && let Ok(report) = answer.json()
        {
            return Err(Failure::Refused(Box::new(report)));
        }
        let text = String::from_utf8_lossy(&answer.body);
        Err(Failure::Broken(format!("{status}: {text}")))
    }

    fn is_no_city(&self, answer: &Answer) -> Failure {
        let (address, status) = (self.base.as_str(), answer.status);
        Failure::Broken(format!(
            "what answers at {address} is a page for people, not a city ({status}): give the URL for programs that `shirushi up` prints, such as \
             http://127.0.0.1:8080 / {address} で応答したのは人のための画面で、市ではありません（{status}）。`shirushi up` が表示するプログラム用のURL\
             （http://127.0.0.1:8080 など）を指定してください"
        ))
    }
}

/// Whether it is for people: programs are answered otherwise by a city.
fn is_page(answer: &Answer) -> bool {
    answer
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}
