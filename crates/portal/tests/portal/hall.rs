//! A portal between a real responder and a real agency over HTTP, and citizens in front of it with browser and agent.

mod parts;

pub(crate) use parts::*;
pub(crate) use shirushi_kit::{Front, cookie, location, text, token};
pub(crate) use shirushi_kit_office::*;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use shirushi_clock::Instant;
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_peers::Peer;
use shirushi_portal::{MIGRATIONS, Portal, PortalConfig, router};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_store::Store;
use shirushi_wire::{Challenge, Errand, Want};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "http://portal.localhost:8080";

/// How the way to the agency is.
pub(crate) const UP: u8 = 0;
/// Nothing reaches the agency.
pub(crate) const DOWN: u8 = 1;
/// What is sent reaches the agency, and its answer is lost.
pub(crate) const DEAF: u8 = 2;

/// Longest wait of one role for another.
const PATIENCE: Duration = Duration::from_secs(60);
/// By which the authority knows the portal.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The authority, as far as it says whose a certificate is: each certificate is another person's, unless it is said to be somebody's.
#[derive(Default)]
pub(crate) struct Persons {
    known: Mutex<HashMap<String, String>>,
    pub(crate) is_silent: AtomicBool,
    pub(crate) asked: AtomicUsize,
}

impl Persons {
    /// Says that a certificate is a person's.
    pub(crate) fn is(&self, held: &Held, person: &str) {
        self.known
            .lock()
            .unwrap()
            .insert(held.certificate.serial().to_string(), person.to_owned());
    }

    fn answer(&self, headers: &HeaderMap, question: &Value) -> Response {
        assert_eq!(headers[header::AUTHORIZATION], format!("Bearer {TOKEN}"));
        self.asked
            .fetch_add(1, Ordering::SeqCst);
        if self.is_silent.load(Ordering::SeqCst) {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        let known = self.known.lock().unwrap();
        let holders: HashMap<&str, &str> = question["serials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|serial| serial.as_str().unwrap())
            .map(|serial| {
                (
                    serial,
                    known
                        .get(serial)
                        .map_or(serial, String::as_str),
                )
            })
            .collect();
        axum::Json(json!({ "holders": holders })).into_response()
    }
}

pub(crate) struct Hall {
    pub(crate) office: Office,
    pub(crate) persons: Arc<Persons>,
    front: Front,
    pub(crate) way: Arc<AtomicU8>,
    /// Holds the database as long as the portal.
    _folder: TempDir,
}

/// A browser: its session's cookie, and the token of the forms in that session.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) token: String,
}

impl Browser {
    pub(crate) fn in_english(&self) -> Self {
        Self {
            cookie: format!("{}; shirushi-language=en", self.cookie),
            token: self.token.clone(),
        }
    }
}

impl Hall {
    pub(crate) async fn open() -> Self {
        let office = Office::open().await;
        Self::over(office, tempfile::tempdir().unwrap()).await
    }

    /// Over the database that lies in a folder.
    pub(crate) async fn over(office: Office, folder: TempDir) -> Self {
        let way = Arc::new(AtomicU8::new(UP));
        let toll = Arc::clone(&way);
        let agency = shirushi_agency::router(office.agency.clone()).layer(from_fn(
            move |request: Request, next: Next| {
                let way = toll.load(Ordering::SeqCst);
                async move {
                    let lost = StatusCode::BAD_GATEWAY.into_response();
                    match way {
                        DOWN => lost,
                        DEAF => {
                            next.run(request).await;
                            lost
                        }
                        _ => next.run(request).await,
                    }
                }
            },
        ));
        let bench = &office.bench;
        let persons = Arc::new(Persons::default());
        let asked = Arc::clone(&persons);
        let authority = Router::new().route(
            "/authority/holders",
            post(
                async move |headers: HeaderMap, axum::Json(question): axum::Json<Value>| {
                    asked.answer(&headers, &question)
                },
            ),
        );
        let config = PortalConfig {
            origin: ORIGIN.to_owned(),
            agent: "http://127.0.0.1:8081".to_owned(),
            agency: Peer::plain(&format!("http://{}", serve(agency).await), PATIENCE).unwrap(),
            authority: Peer::bearing(
                &format!("http://{}", serve(authority).await),
                PATIENCE,
                &Secret::from(TOKEN.as_bytes()),
            )
            .unwrap(),
            anchors: vec![
                bench.signature.certificate.clone(),
                bench.authentication.certificate.clone(),
            ],
            status_base: office.status_base.clone(),
            counter_page: "http://counter.localhost:8080/".to_owned(),
            is_sandbox: true,
        };
        let store = Store::open(&database(&folder), MIGRATIONS)
            .await
            .unwrap();
        let clock = bench.clock.clone();
        let portal = Portal::open(store, clock, Arc::new(SystemRandom), config)
            .await
            .unwrap();
        Self {
            front: Front::new(router(portal), ORIGIN),
            persons,
            office,
            way,
            _folder: folder,
        }
    }

    pub(crate) fn is_at(&self, way: u8) {
        self.way.store(way, Ordering::SeqCst);
    }

    pub(crate) fn later(&self, seconds: i64) {
        self.office.bench.clock.advance(seconds);
    }

    pub(crate) fn now(&self) -> Instant {
        self.office.bench.now()
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Response {
        self.front.get(path, cookie).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        cookie: &str,
        origin: &str,
        fields: &[(&str, &str)],
    ) -> Response {
        let form = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
        let body = form
            .query()
            .unwrap_or_default()
            .to_owned();
        self.front
            .post(path, cookie, origin, body)
            .await
    }

    /// Sends a body of this media type.
    pub(crate) async fn post_as(
        &self,
        path: &str,
        cookie: &str,
        kind: &str,
        body: String,
    ) -> Response {
        self.front
            .post_as(path, cookie, ORIGIN, kind, body)
            .await
    }

    /// Sends a form with a file.
    pub(crate) async fn upload(
        &self,
        path: &str,
        browser: &Browser,
        origin: &str,
        name: &str,
        content: &[u8],
    ) -> Response {
        self.upload_with(path, browser, origin, &[], (name, content))
            .await
    }

    /// The same as a browser sends it, with what is typed above.
    pub(crate) async fn upload_with(
        &self,
        path: &str,
        browser: &Browser,
        origin: &str,
        typed: &[(&str, &str)],
        (name, content): (&str, &[u8]),
    ) -> Response {
        let name = name.replace('"', "%22");
        let token = [("form-token", browser.token.as_str())];
        let mut body = String::new();
        for (field, value) in token.iter().chain(typed) {
            body.push_str(&format!(
                "--line\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!(
            "--line\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        ));
        let mut body = body.into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--line--\r\n");
        let kind = "multipart/form-data; boundary=line";
        self.front
            .post_as(path, &browser.cookie, origin, kind, body)
            .await
    }

    /// Sends a form of a page in `browser`.
    pub(crate) async fn send(
        &self,
        path: &str,
        browser: &Browser,
        fields: &[(&str, &str)],
    ) -> Response {
        let all: Vec<_> = [("form-token", browser.token.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        self.post(path, &browser.cookie, ORIGIN, &all)
            .await
    }

    pub(crate) async fn page(&self, path: &str, browser: &Browser) -> String {
        self.front
            .page(path, &browser.cookie)
            .await
    }

    /// A session in which nobody is logged in.
    pub(crate) async fn visitor(&self) -> Browser {
        let (cookie, token) = self.front.visitor().await;
        Browser { cookie, token }
    }

    async fn agent(&self, path: &str, question: &Value) -> Value {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        let response = self
            .front
            .send(request, "", question.to_string())
            .await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&text(response).await).unwrap()
    }

    /// The agent, to which the browser is led, takes the errand over.
    pub(crate) async fn errand(&self, response: &Response) -> Errand {
        let to = reqwest::Url::parse(location(response)).unwrap();
        assert_eq!(to.origin().ascii_serialization(), "http://127.0.0.1:8081");
        let ask = |name| {
            to.query_pairs()
                .find(|(found, _)| found == name)
                .unwrap()
                .1
                .into_owned()
        };
        assert_eq!(ask("site"), ORIGIN);
        let claim = json!({ "ticket": ask("ticket") });
        serde_json::from_value(
            self.agent("/agent/claims", &claim)
                .await,
        )
        .unwrap()
    }

    /// The agent settles an errand: the path to which it sends the browser back.
    pub(crate) async fn settle(&self, errand: &Errand, deed: Value) -> String {
        let path = format!("/agent/errands/{}/deed", String::from(errand.channel));
        let answer = self
            .agent(&path, &json!({ "deed": deed }))
            .await;
        format!("/returned?code={}", answer["code"].as_str().unwrap())
    }

    /// Begins a log-in in `browser`, up to the agent.
    pub(crate) async fn challenged(&self, browser: &Browser) -> (Errand, Challenge) {
        let response = self
            .send("/log-in", browser, &[("to", "/my")])
            .await;
        let errand = self.errand(&response).await;
        let Want::LogIn { challenge } = errand.want.clone() else {
            panic!("no log-in is wanted");
        };
        (errand, challenge)
    }

    /// Has the agent answer a log-in with the signature of `held` over `statement`.
    pub(crate) async fn answer(
        &self,
        browser: &Browser,
        errand: &Errand,
        statement: &[u8],
        held: &Held,
    ) -> Response {
        let deed = json!({ "deed": "logged-in", "cms": cms(statement, held, self.now()) });
        let back = self.settle(errand, deed).await;
        self.get(&back, &browser.cookie).await
    }

    /// Tries to log in with a certificate.
    pub(crate) async fn try_log_in(&self, browser: &Browser, held: &Held) -> Response {
        let (errand, challenge) = self.challenged(browser).await;
        let statement = challenge.statement(ORIGIN);
        self.answer(browser, &errand, &statement, held)
            .await
    }

    /// Logs in with a certificate.
    pub(crate) async fn log_in(&self, held: &Held) -> Browser {
        let response = self
            .try_log_in(&self.visitor().await, held)
            .await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&response), "/my");
        let cookie = cookie(&response);
        let token = token(&text(self.get("/my", &cookie).await).await);
        Browser { cookie, token }
    }

    /// Another citizen who is logged in.
    pub(crate) async fn citizen(&self) -> Browser {
        let held = self
            .office
            .bench
            .issue(Authentication, 1, &hanako());
        self.log_in(&held).await
    }

    pub(crate) fn signature(&self) -> Held {
        self.office
            .bench
            .issue(Signature, 0, &hanako())
    }

    /// Shows the portal a signature certificate.
    pub(crate) async fn show(&self, browser: &Browser, held: &Held) -> Response {
        let response = self
            .send("/certificate", browser, &[("to", "/certificates")])
            .await;
        let errand = self.errand(&response).await;
        assert_eq!(errand.want, Want::SignatureCertificate);
        let certificate = Base64::encode_string(held.certificate.der());
        let deed = json!({ "deed": "certificate", "certificate": certificate });
        let back = self.settle(&errand, deed).await;
        self.get(&back, &browser.cookie).await
    }

    /// Begins a draft of a final tax return: its path.
    pub(crate) async fn draft(&self, browser: &Browser) -> String {
        let response = self
            .send("/procedures/RKO0010/start", browser, &[])
            .await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        location(&response).to_owned()
    }

    /// A draft that is filled in, for an applicant of this name.
    pub(crate) async fn filled(&self, browser: &Browser, name: &str) -> String {
        let draft = self.draft(browser).await;
        let response = self
            .send(&draft, browser, &form_of(name))
            .await;
        assert_eq!(location(&response), format!("{draft}/review"));
        draft
    }

    /// Signs a draft and has it sent: where the browser is led.
    pub(crate) async fn signed(&self, browser: &Browser, draft: &str, held: &Held) -> Response {
        self.signed_when(browser, draft, held, || {})
            .await
    }

    /// The same, with something that happens between the signature and the return.
    pub(crate) async fn signed_when(
        &self,
        browser: &Browser,
        draft: &str,
        held: &Held,
        meanwhile: impl FnOnce(),
    ) -> Response {
        let response = self
            .send(&format!("{draft}/sign"), browser, &[])
            .await;
        let errand = self.errand(&response).await;
        let Want::Sign { document } = &errand.want else {
            panic!("no signature is wanted");
        };
        let document = Base64::decode_vec(&document.content).unwrap();
        let deed = json!({ "deed": "signed", "cms": cms(&document, held, self.now()) });
        let back = self.settle(&errand, deed).await;
        meanwhile();
        self.get(&back, &browser.cookie).await
    }

    /// How many filings the agency has received.
    pub(crate) async fn received(&self) -> usize {
        self.office
            .agency
            .filings(Some(shirushi_agency::DeskState::Waiting), None, 100)
            .await
            .unwrap()
            .len()
    }
}

/// Where the portal's database is.
pub(crate) fn database(folder: &TempDir) -> String {
    shirushi_test_database::address(folder.path(), "portal")
}
