//! What stands around a site's pages, and the errands that it gives to the agent.
//!
//! * A page begins a session, once; its cookie is out of scripts' reach and does not go with other sites' forms.
//! * A form counts only from a page of this origin and this session; a log-in that changes the session makes old forms worthless.
//! * After a form into which a secret may be typed no connection is kept; it is after others.
//! * One session has eight acts under way, and reads meanwhile as much as it likes.
//! * Every error is a page in the visitor's language that says what to do; nothing inline, nothing from elsewhere.
//! * A ticket is good once and not for long; an errand comes back once, to the session that gave it and to no other.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{Method, Request, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use shirushi_clock::{Clock as _, Instant, SandboxClock};
use shirushi_crypto::SystemRandom;
use shirushi_rules::{Bilingual, FEE_PAID, InBoth};
use shirushi_web::{
    Errands, Fields, Giver, Link, Page, Problem, Site, SiteConfig, Visit, errand_routes,
    maud::html, ui,
};
use shirushi_wire::{Deed, Errand, Return, Want};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tower::ServiceExt as _;

const ORIGIN: &str = "http://test.localhost:8080";
const AGENT: &str = "http://127.0.0.1:8081";

struct Bench {
    router: Router,
    clock: Arc<SandboxClock>,
    /// One for each `/wait` that has begun.
    begun: Arc<Semaphore>,
    /// One for each `/wait` that may end.
    may_end: Arc<Semaphore>,
}

impl Bench {
    fn new() -> Self {
        Self::at(ORIGIN)
    }

    fn at(origin: &str) -> Self {
        Self::which(origin, true)
    }

    fn which(origin: &str, takes_secrets: bool) -> Self {
        let random = Arc::new(SystemRandom);
        let site = Site::new(
            SiteConfig {
                origin: origin.to_owned(),
                word: "test",
                name: Bilingual {
                    ja: "試験",
                    en: "Test",
                },
                links: vec![Link {
                    href: "/".to_owned(),
                    label: Bilingual {
                        ja: "はじめ",
                        en: "Start",
                    },
                }],
                forms_lead_to: vec![AGENT.to_owned()],
                takes_secrets,
                is_sandbox: true,
            },
            random.clone(),
        )
        .unwrap();
        let clock = Arc::new(SandboxClock::starting_at(Instant::from_unix(0).unwrap()));
        let name = InBoth {
            ja: "試験".to_owned(),
            en: "Test".to_owned(),
        };
        let errands: Arc<Errands<u32>> = Errands::new(name, clock.clone(), random);
        let (begun, may_end) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let wait = {
            let (begun, may_end) = (Arc::clone(&begun), Arc::clone(&may_end));
            async move || {
                begun.add_permits(1);
                may_end
                    .acquire()
                    .await
                    .unwrap()
                    .forget();
            }
        };
        let routes = Router::new()
            .route("/wait", post(wait))
            .route("/", get(form))
            .route("/act", post(act))
            .route("/log-in", post(log_in))
            .route(
                "/fee",
                get(async || Problem::from(FEE_PAID.refusal([("fee", "200".to_owned())]))),
            )
            .route("/panic", get(panicking))
            .route("/errand", post(give))
            .route("/returned", get(returned))
            .with_state(Arc::clone(&errands))
            .merge(errand_routes(errands));
        Self {
            router: site.wrap(routes),
            clock,
            begun,
            may_end,
        }
    }

    async fn ask(&self, request: Request<Body>) -> Response {
        self.router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        self.ask(
            self.request(Method::GET, path, cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    async fn post(&self, path: &str, cookie: &str, origin: &str, body: &str) -> Response {
        let request = self
            .request(Method::POST, path, cookie)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.ask(request).await
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: String,
    ) -> Result<T, String> {
        let request = self
            .request(Method::POST, path, "")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = self.ask(request).await;
        let status = response.status();
        let text = text(response).await;
        match status {
            StatusCode::OK => Ok(serde_json::from_str(&text).unwrap()),
            _ => Err(text),
        }
    }

    fn request(&self, method: Method, path: &str, cookie: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "test.localhost:8080");
        if !cookie.is_empty() {
            request = request.header(header::COOKIE, cookie);
        }
        request
    }

    /// A session with the token of its forms.
    async fn visitor(&self) -> (String, String) {
        let response = self.get("/", "").await;
        let cookie = set_cookie(&response)
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        (cookie, token(&text(response).await))
    }

    /// Gives an errand and answers its ticket.
    async fn errand(&self, cookie: &str, token: &str) -> String {
        let response = self
            .post("/errand", cookie, ORIGIN, &format!("form-token={token}"))
            .await;
        let to = response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned();
        let prefix = "http://127.0.0.1:8081/enter?site=http%3A%2F%2Ftest.localhost%3A8080&ticket=";
        to.strip_prefix(prefix)
            .unwrap()
            .to_owned()
    }

    async fn claim(&self, ticket: &str) -> Result<Errand, String> {
        self.json("/agent/claims", format!("{{\"ticket\":\"{ticket}\"}}"))
            .await
    }

    async fn settle(&self, errand: &Errand, deed: &str) -> Result<String, String> {
        let path = format!("/agent/errands/{}/deed", String::from(errand.channel));
        let back: Return = self
            .json(&path, format!("{{\"deed\":{{\"deed\":\"{deed}\"}}}}"))
            .await?;
        Ok(String::from(back.code))
    }
}

async fn form(visit: Visit) -> Page {
    let content = ui::form(&visit, "/act", ui::submit(visit.say("送る", "Send")));
    Page::new(&visit, visit.say("書式", "Form"), content)
}

async fn act(visit: Visit, fields: Fields) -> Page {
    let said = fields.text("word").to_owned();
    Page::new(&visit, "done", html! { p { (said) } })
}

async fn log_in(visit: Visit, _: Fields) -> Response {
    let cookie = visit.session_cookie(&visit.new_session());
    (cookie, Redirect::to("/")).into_response()
}

async fn panicking() -> String {
    String::from_utf8(vec![0xff]).unwrap()
}

async fn give(State(errands): State<Arc<Errands<u32>>>, visit: Visit, _: Fields) -> Redirect {
    let to = errands.give(&visit, Giver::Stranger, AGENT, Want::ReadCard, 7);
    Redirect::to(&to.unwrap())
}

async fn returned(
    State(errands): State<Arc<Errands<u32>>>,
    visit: Visit,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Page, Problem> {
    let query = query.unwrap_or_default();
    let agreed = errands.collect(&visit, query.trim_start_matches("code="))?;
    assert_eq!((agreed.about, agreed.want), (7, Want::ReadCard));
    assert_eq!(agreed.deed, Deed::Declined);
    Ok(Page::new(&visit, "back", html! {}))
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn set_cookie(response: &Response) -> &str {
    response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
}

fn token(page: &str) -> String {
    let at = page
        .find("name=\"form-token\" value=\"")
        .unwrap()
        + 25;
    page[at..at + 33]
        .trim_matches('"')
        .to_owned()
}

#[tokio::test]
async fn a_form_keeps_its_connection_where_no_secret_is_typed_and_a_page_always() {
    for (takes_secrets, kept) in [(true, false), (false, true)] {
        let bench = Bench::which(ORIGIN, takes_secrets);
        let (cookie, token) = bench.visitor().await;
        let is_kept = |response: &Response| {
            !response
                .headers()
                .contains_key(header::CONNECTION)
        };
        let form = bench
            .post("/act", &cookie, ORIGIN, &format!("form-token={token}"))
            .await;
        assert_eq!(is_kept(&form), kept, "{takes_secrets}");
        let page = bench.get("/", &cookie).await;
        assert!(is_kept(&page), "{takes_secrets}");
    }
}

#[tokio::test]
async fn a_page_begins_a_session_that_scripts_and_other_sites_cannot_use() {
    let bench = Bench::new();
    let response = bench.get("/", "").await;
    let cookie = set_cookie(&response).to_owned();
    assert!(cookie.starts_with("shirushi-test="), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Secure"));
    let own = cookie.split(';').next().unwrap();
    let again = bench.get("/", own).await;
    assert!(
        again
            .headers()
            .get(header::SET_COOKIE)
            .is_none()
    );
    // Two of them: one was planted.
    let planted = format!("{own}; shirushi-test={}", "0".repeat(64));
    assert!(
        bench
            .get("/", &planted)
            .await
            .headers()
            .contains_key(header::SET_COOKIE)
    );

    let secure = Bench::at("https://test.localhost:8080")
        .get("/", "")
        .await;
    let cookie = set_cookie(&secure);
    assert!(
        cookie.starts_with("__Host-shirushi-test=") && cookie.contains("; Secure"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_form_counts_only_from_this_origin_and_this_session() {
    let bench = Bench::new();
    let (cookie, token) = bench.visitor().await;
    let (other_cookie, other_token) = bench.visitor().await;
    assert_ne!(token, other_token);
    let body = |token: &str| format!("form-token={token}&word=%3Cb%3Ehello");
    let good = bench
        .post("/act", &cookie, ORIGIN, &body(&token))
        .await;
    assert_eq!(good.status(), StatusCode::OK);
    assert!(
        text(good)
            .await
            .contains("&lt;b&gt;hello")
    );

    for (cookie, origin, token) in [
        (&cookie, ORIGIN, other_token.as_str()),
        (&other_cookie, ORIGIN, token.as_str()),
        (&cookie, ORIGIN, ""),
        (&String::new(), ORIGIN, token.as_str()),
        (&cookie, "http://evil.example", token.as_str()),
        (&cookie, "null", token.as_str()),
        (&cookie, "http://test.localhost:8081", token.as_str()),
    ] {
        let refused = bench
            .post("/act", cookie, origin, &body(token))
            .await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{origin} {token}"
        );
        assert!(
            text(refused)
                .await
                .contains("page/of-this-session")
        );
    }
    // A browser that sends no Origin says at least from where it comes.
    for (from, status) in [
        ("same-origin", 200),
        ("same-site", 422),
        ("cross-site", 422),
        ("none", 422),
    ] {
        let request = bench
            .request(Method::POST, "/act", &cookie)
            .header("sec-fetch-site", from)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body(&token)))
            .unwrap();
        assert_eq!(bench.ask(request).await.status(), status, "{from}");
    }
}

#[tokio::test]
async fn one_session_has_eight_acts_under_way_and_reads_meanwhile() {
    let bench = Arc::new(Bench::new());
    let (cookie, _) = bench.visitor().await;
    let (other, _) = bench.visitor().await;
    let mut acts = JoinSet::new();
    for _ in 0..8 {
        let (bench, cookie) = (Arc::clone(&bench), cookie.clone());
        acts.spawn(async move {
            bench
                .post("/wait", &cookie, ORIGIN, "")
                .await
                .status()
        });
    }
    let begun = bench.begun.acquire_many(8).await;
    begun.unwrap().forget();
    let ninth = bench.post("/wait", &cookie, ORIGIN, "");
    // One that is not refused would wait.
    let ninth = timeout(Duration::from_secs(10), ninth)
        .await
        .unwrap();
    assert!(ninth.status().is_client_error());
    assert!(
        text(ninth)
            .await
            .contains("page/not-too-much-at-once")
    );
    for _ in 0..20 {
        assert_eq!(bench.get("/", &cookie).await.status(), StatusCode::OK);
    }
    // Nobody else waits for them.
    bench.may_end.add_permits(9);
    let of_another = bench
        .post("/wait", &other, ORIGIN, "")
        .await;
    assert_eq!(of_another.status(), StatusCode::OK);
    assert_eq!(acts.join_all().await, [StatusCode::OK; 8]);
    bench.may_end.add_permits(1);
    let again = bench
        .post("/wait", &cookie, ORIGIN, "")
        .await;
    assert_eq!(again.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_another_site_posts_does_not_end_the_visitors_session() {
    // The visitor's cookie does not come with it (SameSite); the answer must not put another in its place.
    let bench = Bench::new();
    for origin in ["https://evil.example", "null", ORIGIN] {
        let response = bench
            .post("/act", "", origin, "word=x")
            .await;
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{origin}"
        );
        assert!(
            !response
                .headers()
                .contains_key(header::SET_COOKIE),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn no_form_takes_a_character_that_is_not_seen_unless_its_page_tells_so_itself() {
    let bench = Bench::new();
    let (cookie, token) = bench.visitor().await;
    for (sent, number) in [
        ("%E2%80%AE", "U+202E"),
        ("%E2%80%8D", "U+200D"),
        ("%E3%85%A4", "U+3164"),
        ("%CD%B8", "U+0378"),
        ("%07", "U+0007"),
        ("%FF", "U+FFFD"),
    ] {
        let body = format!("form-token={token}&word=a{sent}");
        let refused = bench
            .post("/act", &cookie, ORIGIN, &body)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = text(refused).await;
        assert!(page.contains(&format!("2文字目の{number}")), "{page}");
        // A secret is what was typed, and nobody reads it.
        let body = format!("form-token={token}&word=a&password=a{sent}");
        let taken = bench
            .post("/act", &cookie, ORIGIN, &body)
            .await;
        assert_eq!(taken.status(), StatusCode::OK, "{number}");
    }
    let lines = format!("form-token={token}&word=a%0D%0Ab%09%E8%91%9B%F3%A0%84%80");
    let taken = bench
        .post("/act", &cookie, ORIGIN, &lines)
        .await;
    assert_eq!(taken.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_log_in_gives_another_session_and_old_forms_are_worthless_in_it() {
    let bench = Bench::new();
    let (cookie, token) = bench.visitor().await;
    let body = format!("form-token={token}");
    let response = bench
        .post("/log-in", &cookie, ORIGIN, &body)
        .await;
    let new = set_cookie(&response)
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(new, cookie);
    let stale = bench
        .post("/act", &new, ORIGIN, &body)
        .await;
    assert_eq!(stale.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn errors_are_pages_in_the_visitors_language() {
    let bench = Bench::new();
    for (path, status, ja, en) in [
        (
            "/nothing",
            404,
            "お探しのものはありません。",
            "There is nothing here.",
        ),
        (
            "/act",
            405,
            "そのメソッドを使えません",
            "does not take that method",
        ),
        ("/fee", 422, "手数料", "200 yen"),
        ("/panic", 500, "受付番号", "Incident number"),
    ] {
        for (cookie, words, lang) in [
            ("", ja, "<html lang=\"ja\">"),
            ("shirushi-language=en", en, "<html lang=\"en\">"),
        ] {
            let response = bench.get(path, cookie).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "text/html; charset=utf-8"
            );
            let page = text(response).await;
            assert!(
                page.contains(words) && page.contains(lang),
                "{path}: {page}"
            );
        }
    }
    let foreign = Request::builder()
        .uri("/")
        .header(header::HOST, "127.0.0.1:8080")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        bench.ask(foreign).await.status(),
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn pages_state_their_policy_and_have_nothing_inline() {
    let bench = Bench::new();
    let response = bench.get("/", "").await;
    let headers = response.headers().clone();
    let policy = headers["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self' http://127.0.0.1:8081"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    let page = text(response).await;
    for inline in ["<style", " style=", "onclick", "<script>", "https://"] {
        assert!(!page.contains(inline), "{inline} in {page}");
    }
    for at in ["href=\"/assets/", "src=\"/assets/"] {
        let begin = page.find(at).unwrap() + at.len() - "/assets/".len();
        let path = page[begin..].split('"').next().unwrap();
        assert_eq!(bench.get(path, "").await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_language_is_kept_and_the_way_back_stays_here() {
    let bench = Bench::new();
    let response = bench
        .get("/language?to=en&back=%2Ffee%3Fa%3D1", "")
        .await;
    assert_eq!(response.headers()[header::LOCATION], "/fee?a=1");
    assert!(set_cookie(&response).starts_with("shirushi-language=en; "));
    let response = bench
        .get("/language?to=ja&back=%2F%2Fevil.example", "")
        .await;
    assert_eq!(response.headers()[header::LOCATION], "/");
}

#[tokio::test]
async fn a_ticket_is_good_once_and_not_for_long() {
    let bench = Bench::new();
    let (cookie, token) = bench.visitor().await;
    let ticket = bench.errand(&cookie, &token).await;
    let errand = bench.claim(&ticket).await.unwrap();
    assert_eq!(errand.want, Want::ReadCard);
    assert_eq!(errand.now, bench.clock.now());
    assert!(
        bench
            .claim(&ticket)
            .await
            .unwrap_err()
            .contains("agent/ticket-good")
    );
    assert!(
        bench
            .claim(&"0".repeat(32))
            .await
            .unwrap_err()
            .contains("agent/ticket-good")
    );
    let ticket = bench.errand(&cookie, &token).await;
    bench.clock.advance(301);
    assert!(
        bench
            .claim(&ticket)
            .await
            .unwrap_err()
            .contains("agent/ticket-good")
    );
}

#[tokio::test]
async fn an_errand_comes_back_once_and_only_to_the_session_that_gave_it() {
    let bench = Bench::new();
    let (cookie, token) = bench.visitor().await;
    let (victim, _) = bench.visitor().await;
    let errand = bench
        .claim(&bench.errand(&cookie, &token).await)
        .await
        .unwrap();
    let code = bench
        .settle(&errand, "declined")
        .await
        .unwrap();
    // The first answer may have been lost; another deed is another matter.
    assert_eq!(
        bench
            .settle(&errand, "declined")
            .await
            .unwrap(),
        code
    );
    assert!(
        bench
            .settle(&errand, "signed")
            .await
            .is_err()
    );
    let path = format!("/returned?code={code}");
    // Who was lured to another's ticket comes back with the code, but is not who gave the errand.
    assert_eq!(
        bench.get(&path, &victim).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        bench.get(&path, "").await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(bench.get(&path, &cookie).await.status(), StatusCode::OK);
    assert_eq!(
        bench.get(&path, &cookie).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
