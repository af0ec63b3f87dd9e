//! The line between the people of the test and the city. Whoever kills the city takes the line for himself until it answers again,
//! so that nobody talks to a dead port, and nothing changes while he looks around.

use serde::Serialize;
use serde_json::Value;
use shirushi_crypto::DigestAlgorithm;
use shirushi_profile::{
    Certificate, CertificateKind, SerialNumber,
    ocsp::{self, CertificateStatus},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::{Duration, Instant},
};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc, watch};

/// Longest wait for one answer of a city that stands.
const PATIENCE: Duration = Duration::from_secs(60);

/// Durations remembered of each act, to draw the moment of a kill from.
const REMEMBERED: usize = 32;

/// Where filings go.
const FILINGS: &str = "/agency/filings";

/// A document and its detached signature.
pub(crate) struct SignedFiling {
    pub(crate) document: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// What a request does; a kill is aimed at one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// Hands in an application.
    Apply,
    /// Carries a step of personalisation that leaves the stores as they are.
    Relay,
    /// Carries the keys, from which certificates are issued.
    Issue,
    /// Carries the card's word that its certificates are written.
    Complete,
    /// Asks for revocation.
    Revoke,
    /// Reports a change of the register.
    Move,
    /// Only asks.
    Look,
}

/// A moment at which a kill may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Begun(Act),
    Answered(Act),
}

/// The line.
pub(crate) struct Line {
    life: RwLock<Life>,
    is_dying: watch::Sender<bool>,
    moments: mpsc::UnboundedSender<Moment>,
    tally: Mutex<Tally>,
}

/// Where a city is asked: at one address, or some roles at their own, by the first words of their paths.
#[derive(Clone)]
pub(crate) struct Faces {
    pub(crate) base: String,
    pub(crate) elsewhere: BTreeMap<&'static str, String>,
}

/// The time between two kills, and how to reach the city in it.
pub(crate) struct Life {
    pub(crate) number: usize,
    faces: Faces,
    client: reqwest::Client,
    issuers: BTreeMap<CertificateKind, Certificate>,
}

#[derive(Default)]
struct Tally {
    durations: BTreeMap<Act, VecDeque<Duration>>,
    answered: BTreeMap<Act, usize>,
    cut: BTreeMap<Act, usize>,
}

impl Tally {
    fn is_cut(&mut self, act: Act) {
        *self.cut.entry(act).or_default() += 1;
    }
}

impl From<String> for Faces {
    fn from(base: String) -> Self {
        Self {
            base,
            elsewhere: BTreeMap::new(),
        }
    }
}

impl Faces {
    fn is_in_parts(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    fn at(&self, path: &str) -> String {
        let word = path
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap();
        let base = self
            .elsewhere
            .get(word)
            .unwrap_or(&self.base);
        format!("{base}{path}")
    }
}

/// An answer. The city is not killed on purpose while it is held: what it says is noted down first.
pub(crate) struct Answered<'a> {
    pub(crate) life: RwLockReadGuard<'a, Life>,
    path: String,
    status: u16,
    text: String,
}

impl Line {
    pub(crate) fn to(life: Life) -> (Self, mpsc::UnboundedReceiver<Moment>) {
        let (moments, told) = mpsc::unbounded_channel();
        let line = Self {
            life: RwLock::new(life),
            is_dying: watch::Sender::new(false),
            moments,
            tally: Mutex::default(),
        };
        (line, told)
    }

    /// Sends to the city as the officer of `session`; none when the city was killed before it had answered in full.
    pub(crate) async fn ask(
        &self,
        act: Act,
        path: &str,
        session: Option<&str>,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Option<Answered<'_>> {
        let mut dying = self.is_dying.subscribe();
        dying
            .wait_for(|is_dying| !is_dying)
            .await
            .unwrap();
        let life = self.life.read().await;
        let begin = Instant::now();
        // Nobody listens any more at the end of the test.
        let _ = self.moments.send(Moment::Begun(act));
        match life.send(path, session, body).await {
            // A city of several processes of which one is dead: the others say so.
            Ok((500.., _)) if life.faces.is_in_parts() && *self.is_dying.borrow() => {
                self.tally.lock().unwrap().is_cut(act);
                None
            }
            Ok((status, text)) => {
                let _ = self.moments.send(Moment::Answered(act));
                let mut tally = self.tally.lock().unwrap();
                *tally.answered.entry(act).or_default() += 1;
                let durations = tally.durations.entry(act).or_default();
                durations.push_back(begin.elapsed());
                if durations.len() > REMEMBERED {
                    durations.pop_front();
                }
                drop(tally);
                Some(Answered {
                    life,
                    path: path.to_owned(),
                    status,
                    text,
                })
            }
            Err(error) => {
                let is_killed = *self.is_dying.borrow();
                assert!(
                    is_killed && !error.is_timeout(),
                    "{path}: no answer, and the city was not killed: {error:?}"
                );
                self.tally.lock().unwrap().is_cut(act);
                None
            }
        }
    }

    /// To be said before the city is killed: from now on an answer may fail.
    pub(crate) fn will_be_cut(&self) {
        self.is_dying.send_replace(true);
    }

    /// Whether somebody is killing it, or a part of it, now.
    pub(crate) fn is_dying(&self) -> bool {
        *self.is_dying.borrow()
    }

    /// Waits until everybody has noticed that the city is dead. Nobody asks anything while this is held; then
    /// [`Line::is_mended`] gives it back.
    pub(crate) async fn take_over(&self) -> RwLockWriteGuard<'_, Life> {
        let mut life = self.life.write().await;
        life.number += 1;
        // Connections to the dead process would fail once more.
        life.client = client();
        life
    }

    pub(crate) fn is_mended(&self, life: RwLockWriteGuard<'_, Life>) {
        self.is_dying.send_replace(false);
        drop(life);
    }

    /// How long an act has taken lately.
    pub(crate) fn durations(&self, act: Act) -> Vec<Duration> {
        let tally = self.tally.lock().unwrap();
        tally
            .durations
            .get(&act)
            .map(|durations| durations.iter().copied().collect())
            .unwrap_or_default()
    }

    /// How many requests of each act a kill has cut off.
    pub(crate) fn cut(&self) -> BTreeMap<Act, usize> {
        self.tally.lock().unwrap().cut.clone()
    }

    /// How many were answered.
    pub(crate) fn answered(&self) -> BTreeMap<Act, usize> {
        self.tally
            .lock()
            .unwrap()
            .answered
            .clone()
    }
}

impl Life {
    /// One in which no certificate is asked after.
    pub(crate) fn only_asking(faces: impl Into<Faces>) -> Self {
        Self {
            number: 0,
            faces: faces.into(),
            client: client(),
            issuers: BTreeMap::new(),
        }
    }

    /// The first one of a city.
    pub(crate) async fn first(faces: impl Into<Faces>) -> Self {
        let mut life = Self::only_asking(faces);
        for kind in CertificateKind::ALL {
            let path = format!("/ca/{}.cer", short(kind));
            let certificate = Certificate::from_der(&life.bytes(&path).await).unwrap();
            life.issuers.insert(kind, certificate);
        }
        life
    }

    /// Sends (GET without a body) and gives the status and the text of the answer.
    pub(crate) async fn send(
        &self,
        path: &str,
        session: Option<&str>,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<(u16, String), reqwest::Error> {
        let url = self.faces.at(path);
        let mut request = match body {
            Some(body) => self.client.post(url).json(body),
            None => self.client.get(url),
        };
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, response.text().await?))
    }

    /// What is answered to a GET that must succeed.
    pub(crate) async fn read(&self, path: &str, session: Option<&str>) -> Value {
        let (status, text) = self
            .send(path, session, None::<&()>)
            .await
            .unwrap();
        success(path, status, &text)
    }

    /// What is answered to a POST that must succeed.
    pub(crate) async fn post(
        &self,
        path: &str,
        session: Option<&str>,
        body: &(impl Serialize + Sync),
    ) -> Value {
        let (status, text) = self
            .send(path, session, Some(body))
            .await
            .unwrap();
        success(path, status, &text)
    }

    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self
            .client
            .get(self.faces.at(path))
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}: {response:?}");
        response.bytes().await.unwrap().to_vec()
    }

    /// What the responder says, under its signature.
    pub(crate) async fn status(
        &self,
        kind: CertificateKind,
        serial: &SerialNumber,
    ) -> Result<CertificateStatus, reqwest::Error> {
        let issuer = &self.issuers[&kind];
        let id = ocsp::CertId::new(issuer, serial, DigestAlgorithm::Sha256).unwrap();
        let request = ocsp::build_request(std::slice::from_ref(&id), None).unwrap();
        let response = self
            .client
            .post(
                self.faces
                    .at(&format!("/ocsp/{}", short(kind))),
            )
            .header("content-type", "application/ocsp-request")
            .body(request)
            .send()
            .await?;
        assert!(response.status().is_success(), "OCSP: {response:?}");
        let response = ocsp::ReceivedResponse::from_der(&response.bytes().await?).unwrap();
        let [single] = response.statuses() else {
            panic!("one status was asked for: {:?}", response.statuses());
        };
        assert_eq!(single.id, id);
        Ok(single.status)
    }

    /// What is answered to a filing that must be received.
    pub(crate) async fn file(&self, signed: &SignedFiling) -> Value {
        let (status, text) = self.sent(signed).await;
        success(FILINGS, status, &text)
    }

    /// What is answered to a filing that was received before.
    pub(crate) async fn file_again(&self, signed: &SignedFiling) -> Value {
        let (status, text) = self.sent(signed).await;
        assert_eq!(status, 422, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn sent(&self, signed: &SignedFiling) -> (u16, String) {
        let part = |bytes: &[u8], name: &'static str, media_type| {
            reqwest::multipart::Part::bytes(bytes.to_vec())
                .file_name(name)
                .mime_str(media_type)
                .unwrap()
        };
        let form = reqwest::multipart::Form::new()
            .part(
                "document",
                part(&signed.document, "filing.xml", "application/xml"),
            )
            .part(
                "signature",
                part(
                    &signed.signature,
                    "filing.p7s",
                    "application/pkcs7-signature",
                ),
            );
        let response = self
            .client
            .post(self.faces.at(FILINGS))
            .multipart(form)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

impl Answered<'_> {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What is answered, which must be a success.
    pub(crate) fn success(&self) -> Value {
        success(&self.path, self.status, &self.text)
    }
}

/// The end of the paths that tell of a kind.
pub(crate) fn short(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Signature => "sign",
        CertificateKind::Authentication => "auth",
    }
}

fn success(path: &str, status: u16, text: &str) -> Value {
    assert!((200..300).contains(&status), "{path}: {status}: {text}");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error} in {text:?}"))
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .unwrap()
}
