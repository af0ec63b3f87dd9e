//! The officers' desk: who gets in, for how long, and that no form from elsewhere does anything.
#![allow(clippy::unwrap_used, reason = "a test")]

mod errands;

use crate::support::{CARD, ELSEWHERE, HERE, PASSWORD, TARO, Town};
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use shirushi_counter::{Counter, PagesConfig, pages};
use shirushi_crypto::SystemRandom;
use shirushi_kit::{Front, cookie, forms, text, token};
use std::sync::Arc;

const ORIGIN: &str = "http://counter.localhost:8080";

/// Every form of the desk.
const FORMS: [&str; 6] = [
    "/log-in",
    "/enrol",
    "/log-out",
    "/applications/new/{code}",
    "/applications/{id}/hand-over",
    "/revocations/new/{code}",
];

struct Desk {
    town: Town,
    front: Front,
}

impl std::ops::Deref for Desk {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl Desk {
    async fn open() -> Self {
        Self::over(Town::new().await).await
    }

    async fn over(town: Town) -> Self {
        let counter = Counter::open(
            town.store.clone(),
            Arc::clone(&town.clock) as _,
            Arc::new(SystemRandom),
            town.config().clone(),
        )
        .await
        .unwrap();
        let config = PagesConfig {
            origin: ORIGIN.to_owned(),
            agent: "http://127.0.0.1:8081".to_owned(),
            is_sandbox: true,
        };
        let front = Front::new(pages(counter, config).unwrap(), ORIGIN);
        Self { town, front }
    }

    async fn log_in(&self, visitor: &(String, String), name: &str, password: &str) -> Response {
        let body = format!(
            "form-token={}&name={name}&password={password}&next=%2F%2Fevil.example",
            visitor.1
        );
        self.post("/log-in", &visitor.0, ORIGIN, body)
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_is_another_session_which_ends_with_the_log_out_or_the_day() {
    let desk = Desk::open().await;
    desk.town.officer("hanako", HERE).await;
    let visitor = desk.visitor().await;
    let wrong = desk
        .log_in(&visitor, "hanako", "wrong")
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let response = desk
            .log_in(&visitor, "hanako", PASSWORD)
            .await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::LOCATION], "/applications");
        sessions.push(cookie(&response));
    }
    assert_ne!(sessions[0], visitor.0);
    assert_eq!(
        desk.get("/applications", &visitor.0)
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
    let page = text(
        desk.get("/applications", &sessions[0])
            .await,
    )
    .await;
    let body = format!("form-token={}", token(&page));
    desk.post("/log-out", &sessions[0], ORIGIN, body)
        .await;
    assert_eq!(
        desk.get("/applications", &sessions[0])
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        desk.get("/applications", &sessions[1])
            .await
            .status(),
        StatusCode::OK
    );
    desk.town.clock.advance(8 * 60 * 60 + 1);
    assert_eq!(
        desk.get("/applications", &sessions[1])
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
}

#[test]
fn the_table_has_every_form_of_the_sources() {
    let found: Vec<&str> = include_str!("../../src/desk.rs")
        .split(".route(")
        .skip(1)
        .filter(|route| {
            route
                .split(".with_state")
                .next()
                .unwrap()
                .contains("post(")
        })
        .filter_map(|route| route.split('"').nth(1))
        .filter(|path| !path.starts_with("/agent/"))
        .collect();
    assert_eq!(found, FORMS);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_elsewhere_do_nothing() {
    let desk = Desk::open().await;
    let session = desk.town.officer("hanako", HERE).await;
    let officer = format!("shirushi-counter={session}");
    let form = token(
        &text(
            desk.get("/applications", &officer)
                .await,
        )
        .await,
    );
    let id = desk.town.taken(&session).await;
    let others = desk.visitor().await.1;
    for path in FORMS {
        let path = path
            .replace("{code}", TARO)
            .replace("{id}", &id);
        for (origin, token) in [
            (ORIGIN, ""),
            (ORIGIN, others.as_str()),
            ("http://evil.example", form.as_str()),
            ("null", form.as_str()),
        ] {
            let refused = desk
                .post(&path, &officer, origin, format!("form-token={token}"))
                .await;
            assert_eq!(
                refused.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {origin}"
            );
            assert!(
                text(refused)
                    .await
                    .contains("page/of-this-session"),
                "{path} {origin}"
            );
        }
    }
    assert_eq!(
        desk.get("/applications", &officer)
            .await
            .status(),
        StatusCode::OK
    );
    let kept = desk
        .town
        .read("/counter/applications", &session)
        .await;
    assert_eq!(kept.json.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_after_the_log_in_ended_comes_back_to_who_typed_it() {
    use forms::{assert_named, encoded, forms_of, links_of};
    let desk = Desk::open().await;
    let logged_in = async |name: &str, next: &str| {
        let visitor = desk.visitor().await;
        let body = format!(
            "form-token={}&name={name}&password={PASSWORD}&next={next}",
            visitor.1
        );
        let response = desk
            .post("/log-in", &visitor.0, ORIGIN, body)
            .await;
        assert_eq!(response.headers()[header::LOCATION], next);
        cookie(&response)
    };
    for name in ["hanako", "jiro"] {
        desk.town.officer(name, HERE).await;
    }
    let officer = logged_in("hanako", "/applications").await;
    let mut pages = std::collections::BTreeSet::from([
        format!("/applications/new/{TARO}"),
        format!("/revocations/new/{TARO}"),
    ]);
    for path in ["/applications", "/applications/new", "/revocations/new"] {
        let page = text(desk.get(path, &officer).await).await;
        pages.extend(links_of(&page));
    }
    let (mut seen, mut held) = (std::collections::BTreeSet::new(), Vec::new());
    for path in &pages {
        let page = text(desk.get(path, &officer).await).await;
        for form in forms_of(&page) {
            seen.insert(form.action.clone());
            let typed = form.typed();
            let (body, _) = encoded(&form, &typed);
            let typed: Vec<_> = typed
                .into_iter()
                .filter(|(name, _)| !forms::is_own(name))
                .collect();
            if typed.is_empty() {
                continue;
            }
            let (nobody, _) = desk.visitor().await;
            let led = desk
                .post(&form.action, &nobody, ORIGIN, body)
                .await;
            let location = led.headers()[header::LOCATION]
                .to_str()
                .unwrap();
            let next = location
                .strip_prefix("/log-in?next=")
                .unwrap();
            // Who is led to the log-in is told that nothing is lost; of what was never held nothing is said.
            let page = text(desk.get(location, &nobody).await).await;
            assert!(page.contains("入力した内容は残してあり"), "{page}");
            let unknown = format!("/log-in?next=/held/{}", "0".repeat(32));
            let page = text(desk.get(&unknown, &nobody).await).await;
            assert!(!page.contains("入力した内容は残してあり"), "{page}");
            let other = logged_in("jiro", next).await;
            let page = text(desk.get(next, &other).await).await;
            assert!(page.contains("別の方のもの"), "{page}");
            let again = logged_in("hanako", next).await;
            let page = text(desk.get(next, &again).await).await;
            let shown = forms_of(&page)
                .into_iter()
                .find(|shown| shown.action == form.action)
                .unwrap();
            assert_eq!(shown.given(), typed);
            assert_named(&page, &form);
            // The resident's code is in no field that is typed.
            let goes_to = format!("<code>{}</code>", form.action);
            assert!(page.contains(&goes_to), "{page}");
            held.push(form.action);
        }
    }
    for form in ["/applications/new/", "/revocations/new/"] {
        assert!(held.contains(&format!("{form}{TARO}")), "{held:?}");
    }
    // Before the log-in, and a button that stands where a card has been written.
    assert_eq!(
        forms::unseen(&FORMS, &seen),
        ["/log-in", "/enrol", "/applications/{id}/hand-over"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_seen_without_a_log_in() {
    let desk = Desk::open().await;
    for path in [
        "/applications",
        "/applications/new",
        "/revocations/new",
        "/returned",
    ] {
        let response = desk.get(path, "").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(
            response.headers()[header::LOCATION],
            format!("/log-in?next={path}")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_tries_make_a_name_wait_but_not_in_a_browser_that_is_known() {
    let desk = Desk::open().await;
    desk.town.officer("hanako", HERE).await;
    let visitor = desk.visitor().await;
    let own = desk
        .log_in(&desk.visitor().await, "hanako", PASSWORD)
        .await;
    let known = own
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("shirushi-counter-known="))
        .unwrap();
    assert!(known.contains("HttpOnly; SameSite=Strict"), "{known}");
    let known = known.split(';').next().unwrap();
    for _ in 0..10 {
        desk.log_in(&visitor, "hanako", "wrong")
            .await;
    }
    let (cookie, token) = desk.visitor().await;
    let own = (format!("{cookie}; {known}"), token);
    let own = desk
        .log_in(&own, "hanako", PASSWORD)
        .await;
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
    let right = desk
        .log_in(&visitor, "hanako", PASSWORD)
        .await;
    assert_eq!(right.status(), StatusCode::UNPROCESSABLE_ENTITY);
    desk.town.clock.advance(15 * 60 + 1);
    let later = desk
        .log_in(&visitor, "hanako", PASSWORD)
        .await;
    assert_eq!(later.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_of_another_municipality_is_not_there() {
    let desk = Desk::open().await;
    let here = desk.town.officer("hanako", HERE).await;
    let elsewhere = desk
        .town
        .officer("jiro", ELSEWHERE)
        .await;
    let id = desk.town.taken(&here).await;
    for end in ["", "/state", "/result"] {
        let path = format!("/applications/{id}{end}");
        let other = desk
            .get(&path, &format!("shirushi-counter={elsewhere}"))
            .await;
        assert_eq!(other.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let own = desk
        .get(
            &format!("/applications/{id}"),
            &format!("shirushi-counter={here}"),
        )
        .await;
    assert_eq!(own.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_is_kept_as_text_and_the_same_form_twice_is_one_application() {
    let desk = Desk::open().await;
    let session = desk.town.officer("hanako", HERE).await;
    let officer = format!("shirushi-counter={session}");
    let path = format!("/applications/new/{TARO}");
    let page = text(desk.get(&path, &officer).await).await;
    let id = page
        .split("name=\"id\" value=\"")
        .nth(1)
        .unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let form = |name: &str| {
        format!(
            "form-token={}&id={id}&name={name}&birth-date=1980-02-17&sex=male&address=東京都印市朱肉一丁目１番１号&kinds=signature&purpose=new&card={CARD}&presence=in-person&documents=individual-number-card&fee=paid&act=send",
            token(&page)
        )
    };
    for language in ["ja", "en"] {
        let cookie = format!("{officer}; shirushi-language={language}");
        let refused = desk
            .post(&path, &cookie, ORIGIN, form("<script>x</script>"))
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let refused = text(refused).await;
        assert!(refused.contains(shirushi_rules::FORM_MATCHES_REGISTER.id));
        assert!(refused.contains("&lt;script&gt;x") && !refused.contains("<script>x"));
        assert!(refused.contains(CARD));
    }
    for _ in 0..2 {
        let taken = desk
            .post(&path, &officer, ORIGIN, form("印　太郎"))
            .await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    }
    let kept = desk
        .town
        .read("/counter/applications", &session)
        .await;
    assert_eq!(kept.json.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_of_the_authoritys_keys_is_shown_and_stops_nobody() {
    let desk = Desk::open().await;
    desk.town.officer("hanako", HERE).await;
    let visitor = desk.visitor().await;
    let session = cookie(
        &desk
            .log_in(&visitor, "hanako", PASSWORD)
            .await,
    );
    let page = async |language: &str| {
        let cookie = format!("{session}; shirushi-language={language}");
        let response = desk.get("/applications", &cookie).await;
        assert_eq!(response.status(), StatusCode::OK);
        text(response).await
    };
    assert!(!page("en").await.contains("keys"));
    let warn = |warnings: &[serde_json::Value]| {
        let mut books = desk
            .town
            .authority
            .books
            .lock()
            .unwrap();
        books.warnings = warnings.to_vec();
        books.keys_looked_at
    };
    let next = serde_json::json!({
        "what": "next-generation", "kind": "signature", "generation": 2, "from": 1_900_000_000
    });
    let failed = serde_json::json!({ "what": "renewal-failed", "at": 1_890_000_000 });
    let asked = warn(std::slice::from_ref(&next));
    // The last word is good for a minute.
    assert!(!page("en").await.contains("keys"));
    desk.town.clock.advance(60);
    let told = page("en").await;
    assert!(told.contains("notice note") && told.contains("generation 2) about 2030-03-18"));
    assert!(told.contains("work goes on"));
    assert!(
        page("ja")
            .await
            .contains("2030年3月18日ごろに次の鍵")
    );
    assert_eq!(warn(&[next, failed]), asked + 1);
    desk.town.clock.advance(60);
    let told = page("ja").await;
    assert!(told.contains("notice warning") && told.contains("更新に失敗"));
    // It does not hinder the work, nor does an authority that says something else.
    assert_eq!(
        desk.get("/applications/new", &session)
            .await
            .status(),
        StatusCode::OK
    );
    warn(&[serde_json::json!({ "what": "of another time" })]);
    desk.town.clock.advance(60);
    assert!(!page("en").await.contains("keys"));
}
