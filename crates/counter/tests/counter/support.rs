//! A counter of its own for each test, with the two parties behind it.

// Named in full, because tests that need a process of their own take this file from another folder.
#[path = "support/authority.rs"]
pub(crate) mod authority;
#[path = "support/register.rs"]
mod register;

pub(crate) use authority::{Authority, Fate, token};
pub(crate) use register::{Register, card, resident};

use axum::Router;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use shirushi_clock::{Clock, Instant};
use shirushi_counter::{Counter, CounterConfig, MIGRATIONS, router};
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_peers::Peer;
use shirushi_store::Store;
use shirushi_web::{AllowedHosts, Face, Seats, serve};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const HERE: &str = "13998";
pub(crate) const ELSEWHERE: &str = "14998";
pub(crate) const PASSWORD: &str = "朱肉と印鑑は大切に保管する";
pub(crate) const ROLE_TOKEN: &str = "role-token-of-the-counter-0123456789";
/// 印　太郎
pub(crate) const TARO: &str = "90000000014";
/// His card.
pub(crate) const CARD: &str = "TEST000000000001";

/// 2026-03-02T03:00:00Z, a Monday noon in Japan.
const START: i64 = 1_772_420_400;

pub(crate) struct Town {
    pub(crate) register: Arc<Register>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) clock: Arc<Noon>,
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    config: CounterConfig,
    base: String,
    client: Client,
}

/// An answer: its status and its JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// The service at this address, which knows the counter by this token.
pub(crate) fn peer(base: &str, token: &str) -> Peer {
    Peer::bearing(
        base,
        Duration::from_secs(60),
        &Secret::from(token.as_bytes()),
    )
    .unwrap()
}

/// Noon, until it is moved.
#[derive(Debug)]
pub(crate) struct Noon(AtomicI64);

impl Town {
    pub(crate) async fn new() -> Self {
        let register = Arc::new(Register::default());
        let authority = Arc::new(Authority::default());
        let config = CounterConfig {
            register: peer(
                &listen(register::routes(Arc::clone(&register))).await,
                ROLE_TOKEN,
            ),
            authority: peer(
                &listen(authority::routes(Arc::clone(&authority))).await,
                ROLE_TOKEN,
            ),
        };
        Self::with(register, authority, config).await
    }

    pub(crate) async fn with(
        register: Arc<Register>,
        authority: Arc<Authority>,
        config: CounterConfig,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Noon(AtomicI64::new(START)));
        let (store, base) = start(&folder, &clock, &config).await;
        Self {
            register,
            authority,
            clock,
            folder,
            store,
            config,
            base,
            client: Client::builder()
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    /// The counter ends and begins again over the same database.
    pub(crate) async fn restart(&mut self) {
        self.store.clone().close().await;
        (self.store, self.base) = start(&self.folder, &self.clock, &self.config).await;
    }

    pub(crate) fn config(&self) -> &CounterConfig {
        &self.config
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        self.client
            .request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn post(&self, path: &str, session: &str, body: &Value) -> Answer {
        send(
            self.request("POST", path)
                .bearer_auth(session)
                .json(body),
        )
        .await
    }

    pub(crate) async fn read(&self, path: &str, session: &str) -> Answer {
        send(
            self.request("GET", path)
                .bearer_auth(session),
        )
        .await
    }

    /// Where nobody listens.
    pub(crate) fn nobody() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub(crate) async fn enrol(&self, code: &str, name: &str, password: &str) -> Answer {
        let body = json!({ "code": code, "name": name, "password": password });
        send(
            self.request("POST", "/counter/officers/enrol")
                .json(&body),
        )
        .await
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "name": name, "password": password });
        send(
            self.request("POST", "/counter/log-in")
                .json(&body),
        )
        .await
    }

    /// A log-in in a browser that is known from an earlier one.
    pub(crate) async fn log_in_again(&self, name: &str, password: &str, browser: &str) -> Answer {
        let body = json!({ "name": name, "password": password, "browser": browser });
        send(
            self.request("POST", "/counter/log-in")
                .json(&body),
        )
        .await
    }

    /// Enrols an officer of `municipality` and logs them in.
    pub(crate) async fn officer(&self, name: &str, municipality: &str) -> String {
        let code = self.authority.code(municipality);
        let enrolled = self.enrol(&code, name, PASSWORD).await;
        assert_eq!(enrolled.status, 201, "{}", enrolled.text);
        let session = self.log_in(name, PASSWORD).await;
        assert_eq!(session.status, 200, "{}", session.text);
        session.json["session"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn apply(&self, session: &str, form: &Value) -> Answer {
        self.post("/counter/applications", session, form)
            .await
    }

    /// Takes the application of [`form`] and gives its id.
    pub(crate) async fn taken(&self, session: &str) -> String {
        let taken = self.apply(session, &form()).await;
        assert_eq!(taken.status, 201, "{}", taken.text);
        taken.json["application"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl Answer {
    /// That this is a refusal by `rule`; gives its facts.
    #[track_caller]
    pub(crate) fn refused_by(&self, rule: &shirushi_rules::Rule) -> &Value {
        assert_eq!(
            (self.status, self.json["rule"].as_str()),
            (422, Some(rule.id)),
            "{}",
            self.text
        );
        &self.json["facts"]
    }

    /// That this is a problem with an incident number and no word about its cause.
    #[track_caller]
    pub(crate) fn incident(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
        let incident = self.json["incident"].as_str().unwrap();
        assert_eq!(incident.len(), 10, "{}", self.text);
        let report: shirushi_web::ProblemReport = serde_json::from_str(&self.text).unwrap();
        assert_eq!(serde_json::to_value(report).unwrap(), self.json);
    }
}

impl Noon {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0
            .fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Noon {
    fn now(&self) -> Instant {
        Instant::from_unix(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// An application with everything as it should be.
pub(crate) fn form() -> Value {
    json!({
        "resident_code": TARO,
        "form": {
            "name": "印　太郎",
            "birth_date": "1980-02-17",
            "sex": "male",
            "address": "東京都印市朱肉一丁目１番１号",
        },
        "kinds": ["signature", "authentication"],
        "purpose": "new",
        "card_number": CARD,
        "presence": "in-person",
        "documents": ["individual-number-card"],
        "fee": { "paid_yen": 200, "waiver": null },
    })
}

/// [`form`] with one item changed, by JSON pointer.
pub(crate) fn form_with(pointer: &str, value: Value) -> Value {
    let mut form = form();
    *form.pointer_mut(pointer).unwrap() = value;
    form
}

/// [`form`] under an id.
pub(crate) fn form_under(id: &str) -> Value {
    let mut form = form();
    form["id"] = json!(id);
    form
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer {
        status,
        json: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

/// Serves `routes` on a port of their own and gives their address.
pub(crate) async fn listen(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let seats = Seats::new(100);
    tokio::spawn(serve(listener, routes, seats, std::future::pending()));
    format!("http://{address}")
}

async fn start(folder: &TempDir, clock: &Arc<Noon>, config: &CounterConfig) -> (Store, String) {
    let url = shirushi_test_database::address(folder.path(), "counter");
    let store = Store::open(&url, MIGRATIONS)
        .await
        .unwrap();
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let counter = Counter::open(store.clone(), clock, Arc::new(SystemRandom), config.clone())
        .await
        .unwrap();
    let face = Face::new(AllowedHosts::new("counter.localhost:80").unwrap());
    (store, listen(face.wrap(router(counter))).await)
}

/// Whether the request bears the role's token.
fn is_the_counter(headers: &axum::http::HeaderMap) -> bool {
    headers["authorization"] == format!("Bearer {ROLE_TOKEN}")
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}
