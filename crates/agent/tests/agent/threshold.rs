//! Who is answered at all:
//!
//! * Another account of the machine, and one that the system does not tell, gets one page that says so: on no route and by no method
//!   anything else, not even with the owner's cookie and form; no try is spent and nothing changes.
//! * Nothing but a navigation begins an errand: not a WebSocket's handshake, which Chromium sends without Sec-Fetch headers, nor what says
//!   nothing of itself. The ticket stays good.

use crate::support::{
    AGENT, Bench, PIN,
    browser::{Answer, own_account},
    site::challenge,
};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, header},
};
use shirushi_web::Caller;
use shirushi_wire::Want;
use std::sync::atomic::Ordering;

/// Every route of the source, and what every site has.
pub(crate) fn routes() -> Vec<String> {
    let source = include_str!("../../src/router.rs");
    let mut routes: Vec<String> = source
        .split(".route(")
        .skip(1)
        .map(|route| {
            route
                .split('"')
                .nth(1)
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(routes.len() > 15, "{routes:?}");
    routes.extend(["/language?to=en", "/assets/page.css", "/no-such-page"].map(str::to_owned));
    routes
}

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

#[tokio::test]
async fn another_account_gets_nothing_whatever_it_knows() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    let page = bench.browser.get(&errand).await;
    let card = page.between("id=\"card-number\" data-card=\"", "\"");
    let token = page.hidden("form-token");
    let fresh = bench.site.give(log_in()).await;
    let asked = bench
        .site
        .state
        .asked
        .load(Ordering::SeqCst);
    bench.cable.take_sent();

    let body = format!(
        "form-token={token}&card={card}&tries=3&pin={PIN}&back=/&origin=https%3A%2F%2Fevil.example"
    );
    let mut routes: Vec<String> = routes()
        .iter()
        .map(|route| {
            route
                .replace("/errands/{id}", &errand)
                .replace("{n}", "0")
                .replace("{name}", "page.css")
        })
        .collect();
    routes.push(
        fresh
            .strip_prefix(AGENT)
            .unwrap()
            .to_owned(),
    );
    for stranger in [
        None,
        Some(ConnectInfo(Caller::new(None))),
        Some(ConnectInfo(Caller::new(Some(own_account() ^ 1)))),
        Some(ConnectInfo(Caller::new(Some(65_534)))),
    ] {
        for path in &routes {
            for method in [
                "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
            ] {
                let mut request = bench
                    .browser
                    .request(method, path)
                    .header(header::ORIGIN, AGENT)
                    .header("sec-fetch-site", "same-origin")
                    .header("sec-fetch-mode", "navigate")
                    .header("sec-fetch-dest", "document")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(Body::from(body.clone()))
                    .unwrap();
                request
                    .extensions_mut()
                    .remove::<ConnectInfo<Caller>>();
                if let Some(stranger) = stranger {
                    request
                        .extensions_mut()
                        .insert(stranger);
                }
                let answer = bench.browser.send(request).await;
                let what = format!("{method} {path} {stranger:?}");
                assert_eq!(answer.status, 403, "{what}");
                for words in [
                    "agent/owner-only",
                    "Not accepted",
                    "受け付けられませんでした",
                ] {
                    assert!(method == "HEAD" || answer.has(words), "{what}");
                }
                assert!(
                    !answer
                        .headers
                        .contains_key(header::SET_COOKIE),
                    "{what}"
                );
                for secret in [&card, &token, &bench.site.origin] {
                    assert!(!answer.has(secret), "{what}");
                }
            }
        }
    }
    assert_eq!(bench.cable.presented(), 0);
    assert_eq!(
        bench
            .site
            .state
            .asked
            .load(Ordering::SeqCst),
        asked
    );
    // For the owner all is as it was: the ticket too.
    assert!(
        !bench
            .browser
            .get("/sites")
            .await
            .has("evil.example")
    );
    assert_eq!(bench.browser.get(&errand).await.tries(), "3");
    assert_eq!(bench.browser.walk(&fresh).await.status, 303);
}

/// What a browser says with a request, in the words of Fetch Metadata.
fn said(headers: &[(&'static str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| {
            (
                axum::http::HeaderName::from_static(name),
                value.parse().unwrap(),
            )
        })
        .collect()
}

async fn go(bench: &Bench, path: &str, headers: HeaderMap) -> Answer {
    let mut request: Request<Body> = bench
        .browser
        .request("GET", path)
        .body(Body::empty())
        .unwrap();
    request.headers_mut().extend(headers);
    bench.browser.send(request).await
}

#[tokio::test]
async fn only_a_navigation_begins_an_errand_and_all_else_leaves_the_ticket_good() {
    const NAVIGATION: [(&str, &str); 2] = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let bench = Bench::with_card().await;
    let open = bench.begin(log_in()).await;
    let fresh = bench.site.give(log_in()).await;
    let path = fresh.strip_prefix(AGENT).unwrap();
    let asked = bench
        .site
        .state
        .asked
        .load(Ordering::SeqCst);
    let socket = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
        ("origin", "https://evil.example"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        let mut headers = said(&NAVIGATION);
        headers.extend(said(more));
        headers
    };
    for headers in [
        said(&[]),
        said(&socket),
        // Were they to send them one day, and if only a part of the handshake comes.
        with(&socket),
        with(&[("upgrade", "websocket")]),
        with(&[("connection", "Upgrade")]),
        with(&[("sec-websocket-protocol", "chat")]),
        with(&[("origin", "https://evil.example")]),
        with(&[("origin", "null")]),
        with(&[("origin", AGENT)]),
        with(&[("sec-purpose", "prefetch;prerender")]),
        with(&[("purpose", "prefetch")]),
        said(&NAVIGATION[..1]),
        said(&NAVIGATION[1..]),
        said(&[
            ("sec-fetch-mode", "websocket"),
            ("sec-fetch-dest", "websocket"),
        ]),
        said(&[
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-site", "same-site"),
        ]),
        said(&[
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
            ("sec-fetch-site", "cross-site"),
        ]),
    ] {
        let answer = go(&bench, path, headers.clone()).await;
        assert_eq!(answer.status, 422, "{headers:?}");
        assert!(answer.has("agent/top-level-navigation"), "{headers:?}");
    }
    assert_eq!(
        bench
            .site
            .state
            .asked
            .load(Ordering::SeqCst),
        asked
    );
    assert_eq!(bench.browser.get(&open).await.tries(), "3");
    assert_eq!(bench.browser.walk(&fresh).await.status, 303);
}

#[tokio::test]
async fn what_other_pages_load_is_not_given_to_them() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    let progress = format!("{errand}/progress");
    for path in [
        "/",
        "/sites",
        "/history",
        "/language?to=en",
        &errand,
        &progress,
    ] {
        for site in ["cross-site", "same-site"] {
            for (mode, dest) in [
                ("no-cors", "image"),
                ("no-cors", "script"),
                ("cors", "empty"),
                ("navigate", "iframe"),
                ("navigate", "embed"),
            ] {
                let headers = [
                    ("sec-fetch-site", site),
                    ("sec-fetch-mode", mode),
                    ("sec-fetch-dest", dest),
                ];
                let answer = go(&bench, path, said(&headers)).await;
                assert_eq!(answer.status, 422, "{path} {headers:?}");
                assert!(
                    !answer
                        .headers
                        .contains_key(header::SET_COOKIE)
                );
            }
        }
        let origin = go(&bench, path, said(&[("origin", "https://evil.example")])).await;
        let socket = go(&bench, path, said(&[("upgrade", "websocket")])).await;
        assert_eq!((origin.status, socket.status), (422, 422), "{path}");
    }
}
