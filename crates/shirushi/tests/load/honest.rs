//! A citizen who logs in and files, and an officer who logs in and revokes; each act is timed, and none may be refused.

use crate::city::City;
use base64ct::{Base64, Encoding as _};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header, redirect};
use serde_json::{Value, json};
use shirushi_card::{Card, Credential, Pin};
use shirushi_client::{Signing, sign_with};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::SoftCard;
use shirushi_tour::{READY_PASSWORD, READY_PIN, make_ready, order_card};
use shirushi_wire::{Errand, Want};
use std::{
    mem::take,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// 印　太郎 of docs/personas.md, another citizen, and whose certificates are revoked.
const FILER: &str = "90000000014";
const PRESSER: &str = "90000000080";
const REVOKED: &str = "90000000039";
const MUNICIPALITY: &str = "13998";
pub(crate) const OFFICER: &str = "inkan";
const PASSWORD: &str = "a password of the officer";
/// Longer than any act may take: what takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Honest {
    base: String,
    portal: String,
    client: Client,
    card: SoftCard,
    /// By which the officer's browser is known.
    browser: String,
    filed: u64,
    /// How long each act of this phase took, and each of its requests.
    acts: Vec<(&'static str, Duration)>,
    requests: Vec<(&'static str, Duration)>,
}

/// How long the requests took since they were last collected.
static TIMES: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

/// A browser: its session's cookie, and the token of the forms in that session.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) token: String,
}

/// A client that finds the names below `localhost`, on whatever machine this is.
pub(crate) fn client(portal: &str) -> Client {
    let url = Url::parse(portal).unwrap();
    let port = url.port().unwrap();
    Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .timeout(PATIENCE)
        .redirect(redirect::Policy::none())
        .resolve(url.host_str().unwrap(), ([127, 0, 0, 1], port).into())
        .build()
        .unwrap()
}

/// What honest people do.
const KINDS: [&str; 4] = [
    "a citizen's log-in",
    "a filing",
    "an officer's log-in",
    "a revocation",
];

fn p99(sorted: &[Duration]) -> Duration {
    sorted[(sorted.len() * 99).div_ceil(100) - 1]
}

impl Honest {
    pub(crate) async fn settle(city: &City) -> Self {
        let card = ready_card(city, FILER).await;
        ready_card(city, REVOKED).await;
        let mut honest = Self {
            base: city.base.clone(),
            portal: city.portal.clone(),
            client: client(&city.portal),
            card,
            browser: String::new(),
            filed: 0,
            acts: Vec::new(),
            requests: Vec::new(),
        };
        let code = honest
            .post(
                "/sandbox/officers",
                None,
                &json!({ "municipality": MUNICIPALITY }),
            )
            .await;
        let enrolment = json!({ "code": code["code"], "name": OFFICER, "password": PASSWORD });
        honest
            .post("/counter/officers/enrol", None, &enrolment)
            .await;
        honest.log_officer_in().await;
        honest
    }

    /// A citizen with a draft that is filled in, and its path, whose browser others make press.
    pub(crate) async fn another_citizen(&mut self) -> (Browser, String) {
        let city = (self.base.clone(), self.portal.clone());
        let mut card = ready_card_at(&city.0, PRESSER).await;
        let browser = log_in(&self.client, &city.1, &mut card).await;
        let draft = self.draft(&browser).await;
        let content = vec![b'x'; 4 << 20];
        let part = reqwest::multipart::Part::bytes(content).file_name("large.bin");
        let form = reqwest::multipart::Form::new()
            .text("form-token", browser.token.clone())
            .part("file", part);
        let sent = self
            .client
            .post(format!("{}{draft}/attachments", self.portal))
            .header(header::ORIGIN, &self.portal)
            .header(header::COOKIE, &browser.cookie)
            .multipart(form)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
        (browser, draft)
    }

    /// Acts until the time is over, each act once at least.
    pub(crate) async fn live(&mut self, time: Duration) {
        let end = Instant::now() + time;
        times();
        loop {
            let begin = Instant::now();
            let browser = log_in(&self.client, &self.portal, &mut self.card).await;
            self.took("a citizen's log-in", begin);
            let begin = Instant::now();
            self.file(&browser).await;
            self.filed += 1;
            self.took("a filing", begin);
            let begin = Instant::now();
            let session = self.log_officer_in().await;
            self.took("an officer's log-in", begin);
            let begin = Instant::now();
            let request = json!({
                "resident_code": REVOKED,
                "kinds": ["signature", "authentication"],
                "reason": "key-compromise",
            });
            self.post("/counter/revocations", Some(&session), &request)
                .await;
            self.took("a revocation", begin);
            if Instant::now() >= end {
                return;
            }
        }
    }

    fn took(&mut self, kind: &'static str, begin: Instant) {
        self.acts.push((kind, begin.elapsed()));
        self.requests.extend(
            times()
                .into_iter()
                .map(|time| (kind, time)),
        );
    }

    /// How many filings were made.
    pub(crate) fn filed(&self) -> u64 {
        self.filed
    }

    /// Ends a phase, and tells how long its acts of each kind took, and each of their requests; answers what 99 of 100 of these took at the
    /// most.
    pub(crate) fn end(&mut self, phase: &str) -> Vec<(String, Duration)> {
        let (acts, requests) = (take(&mut self.acts), take(&mut self.requests));
        let of_kind = |kind| {
            let (acts, requests) = (sorted(&acts, kind), sorted(&requests, kind));
            println!(
                "{phase}: {kind}: {} times, median {:?}, p99 {:?}; {} requests, median {:?}, p99 {:?}, longest {:?}",
                acts.len(),
                acts[acts.len() / 2],
                p99(&acts),
                requests.len(),
                requests[requests.len() / 2],
                p99(&requests),
                requests[requests.len() - 1]
            );
            (format!("{phase}: {kind}"), p99(&requests))
        };
        KINDS.into_iter().map(of_kind).collect()
    }

    async fn log_officer_in(&mut self) -> String {
        let body = json!({ "name": OFFICER, "password": PASSWORD, "browser": self.browser });
        let answer = self
            .post("/counter/log-in", None, &body)
            .await;
        self.browser = answer["browser"]
            .as_str()
            .unwrap()
            .to_owned();
        answer["session"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn draft(&self, browser: &Browser) -> String {
        let begun = form(
            &self.client,
            &self.portal,
            "/procedures/RKO0010/start",
            browser,
            &[],
        )
        .await;
        let draft = location(&begun);
        let fields = [
            ("applicant-name", "印　太郎"),
            ("applicant-birth-date", "1980-02-17"),
            ("applicant-address", ADDRESS),
            ("field-tax-year", "2026"),
            ("field-total-income", "3210000"),
            ("field-tax-due", "123400"),
            ("review", "1"),
        ];
        let saved = form(&self.client, &self.portal, &draft, browser, &fields).await;
        assert_eq!(location(&saved), format!("{draft}/review"));
        draft
    }

    async fn file(&mut self, browser: &Browser) {
        let draft = self.draft(browser).await;
        let path = format!("{draft}/sign");
        let to_agent = form(&self.client, &self.portal, &path, browser, &[]).await;
        let errand = claim(&self.client, &self.portal, &location(&to_agent)).await;
        let Want::Sign { document } = &errand.want else {
            panic!("{:?} is wanted", errand.want);
        };
        let document = Base64::decode_vec(&document.content).unwrap();
        let cms = sign(&mut self.card, Credential::Signature, &document);
        let deed = json!({ "deed": "signed", "cms": cms });
        let back = settle(&self.client, &self.portal, &errand, deed).await;
        let returned = get(&self.client, &self.portal, &back, browser).await;
        let outbox = location(&returned);
        let shown = get(&self.client, &self.portal, &outbox, browser).await;
        // What was received is shown at its receipt.
        assert_eq!(shown.status(), StatusCode::SEE_OTHER, "{outbox}");
        assert!(
            location(&shown).starts_with("/filings/"),
            "{}",
            location(&shown)
        );
    }

    async fn post(&self, path: &str, session: Option<&str>, body: &Value) -> Value {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .json(body);
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        let response = send(request).await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// 印　太郎's address, as the register has it.
const ADDRESS: &str = "東京都印市朱肉一丁目１番１号";

async fn ready_card(city: &City, resident: &str) -> SoftCard {
    ready_card_at(&city.base, resident).await
}

async fn ready_card_at(base: &str, resident: &str) -> SoftCard {
    let ordered = order_card(base, resident, "individual-number-card")
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap().keep();
    let file = folder.join("card");
    std::fs::write(&file, &ordered.file).unwrap();
    let mut card = SoftCard::open_file(&file, Arc::new(SystemRandom)).unwrap();
    make_ready(base, resident, &mut card)
        .await
        .unwrap();
    card
}

/// Logs in at the portal, as browser and agent.
async fn log_in(client: &Client, portal: &str, card: &mut SoftCard) -> Browser {
    let visitor = visitor(client, portal).await.unwrap();
    let to_agent = form(client, portal, "/log-in", &visitor, &[("to", "/my")]).await;
    let errand = claim(client, portal, &location(&to_agent)).await;
    let Want::LogIn { challenge } = &errand.want else {
        panic!("{:?} is wanted", errand.want);
    };
    let cms = sign(
        card,
        Credential::Authentication,
        &challenge.statement(portal),
    );
    let deed = json!({ "deed": "logged-in", "cms": cms });
    let back = settle(client, portal, &errand, deed).await;
    let landed = get(client, portal, &back, &visitor).await;
    assert_eq!(landed.status(), StatusCode::SEE_OTHER);
    let cookie = cookie(&landed);
    let mut browser = Browser {
        cookie,
        token: String::new(),
    };
    let my = get(client, portal, "/my", &browser).await;
    browser.token = token(&my.text().await.unwrap());
    browser
}

fn sign(card: &mut SoftCard, credential: Credential, content: &[u8]) -> String {
    let pin = match credential {
        Credential::Signature => Pin::signature(READY_PASSWORD).unwrap(),
        Credential::Authentication => Pin::authentication(READY_PIN).unwrap(),
    };
    let signing = Signing {
        credential,
        known: None,
        with_authority: false,
    };
    let mut card = Card::open(card).unwrap();
    let signed = sign_with(&mut card, &signing, &pin, content, SystemClock.now()).unwrap();
    card.leave().unwrap();
    Base64::encode_string(&signed.cms)
}

/// A session in which nobody is logged in.
pub(crate) async fn visitor(client: &Client, portal: &str) -> Result<Browser, reqwest::Error> {
    let page = send(client.get(format!("{portal}/log-in")))
        .await?
        .error_for_status()?;
    Ok(Browser {
        cookie: cookie(&page),
        token: token(&page.text().await?),
    })
}

/// The times of this kind of act, the shortest first.
fn sorted(all: &[(&str, Duration)], kind: &str) -> Vec<Duration> {
    let mut times: Vec<Duration> = all
        .iter()
        .filter(|(found, _)| *found == kind)
        .map(|(_, time)| *time)
        .collect();
    times.sort();
    times
}

/// How long the requests took since this was last asked.
fn times() -> Vec<Duration> {
    let mut times = TIMES
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    take(&mut *times)
}

/// As browsers send: over a connection that is kept from before, and once more over a new one if that was ended meanwhile.
async fn send(request: RequestBuilder) -> Result<Response, reqwest::Error> {
    let (begin, again) = (Instant::now(), request.try_clone());
    let sent = match (request.send().await, again) {
        (Err(error), Some(again)) if !error.is_timeout() => again.send().await,
        (sent, _) => sent,
    };
    TIMES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(begin.elapsed());
    sent
}

async fn get(client: &Client, portal: &str, path: &str, browser: &Browser) -> Response {
    let asked = client
        .get(format!("{portal}{path}"))
        .header(header::COOKIE, &browser.cookie);
    let response = send(asked).await.unwrap();
    assert!(
        !response.status().is_client_error() && !response.status().is_server_error(),
        "{path}: {}",
        response.status()
    );
    response
}

/// Sends a form of a page in `browser`, which must lead somewhere.
async fn form(
    client: &Client,
    portal: &str,
    path: &str,
    browser: &Browser,
    fields: &[(&str, &str)],
) -> Response {
    let response = send_form(client, portal, path, browser, fields)
        .await
        .unwrap();
    let status = response.status();
    assert_eq!(
        status,
        StatusCode::SEE_OTHER,
        "{path}: {}",
        response.text().await.unwrap()
    );
    response
}

pub(crate) async fn send_form(
    client: &Client,
    portal: &str,
    path: &str,
    browser: &Browser,
    fields: &[(&str, &str)],
) -> Result<Response, reqwest::Error> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("form-token", &browser.token)
        .extend_pairs(fields)
        .finish();
    let posted = client
        .post(format!("{portal}{path}"))
        .header(header::ORIGIN, portal)
        .header(header::COOKIE, &browser.cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    send(posted).await
}

async fn claim(client: &Client, portal: &str, to_agent: &str) -> Errand {
    let url = Url::parse(to_agent).unwrap();
    let ticket = url
        .query_pairs()
        .find(|(name, _)| name == "ticket")
        .unwrap()
        .1
        .into_owned();
    let claimed = client
        .post(format!("{portal}/agent/claims"))
        .json(&json!({ "ticket": ticket }));
    let answer = send(claimed).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

async fn settle(client: &Client, portal: &str, errand: &Errand, deed: Value) -> String {
    let channel = String::from(errand.channel);
    let settled = client
        .post(format!("{portal}/agent/errands/{channel}/deed"))
        .json(&json!({ "deed": deed }));
    let answer = send(settled).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    format!("/returned?code={}", answer["code"].as_str().unwrap())
}

pub(crate) fn location(response: &Response) -> String {
    response.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned()
}

fn cookie(response: &Response) -> String {
    response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

fn token(page: &str) -> String {
    page.split("name=\"form-token\" value=\"")
        .nth(1)
        .unwrap()[..32]
        .to_owned()
}
