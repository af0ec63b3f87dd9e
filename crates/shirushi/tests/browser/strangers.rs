//! The strangers' server, and the siege of whatever listens on loopback.

use crate::{
    apart::{CITY, Does, STRANGERS, Server, World, apart},
    browser::Browser,
    hostile::{Attack, Known, attacks},
};
use axum::{
    Router,
    http::{HeaderMap, Method, Uri, header},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// The strangers' site.
pub(crate) const EVIL: &str = "https://evil.example";

/// The strangers' name for 127.0.0.1.
pub(crate) const REBOUND: &str = "rebound.evil.example";

/// The flag that takes from the browser its own protection of loopback, so that only the agent's is left.
pub(crate) const UNPROTECTED: &str =
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets";

/// Writes the strangers' pages and gives their server.
pub(crate) fn server(world: &World, attacks: &[Attack], redirect: &str) -> Server {
    std::fs::create_dir_all(world.path("evil")).unwrap();
    for attack in attacks {
        let path = world.path(&format!("evil/{}.html", attack.name));
        std::fs::write(path, &attack.page).unwrap();
    }
    Server {
        host: "evil.example".to_owned(),
        address: STRANGERS,
        does: Does::Files(
            "evil".to_owned(),
            format!("location = /redirect {{ return 302 {redirect}; }}"),
        ),
    }
}

/// Opens each page, and gives the names of those that got something, with what. Of a page that leaves, what counts is whether
/// `is_shut` holds where it has gone.
pub(crate) async fn besiege(
    browser: &Browser,
    attacks: &[Attack],
    is_shut: impl AsyncFn(&Browser) -> Result<(), String>,
) -> Vec<(&'static str, String)> {
    let mut got = Vec::new();
    for attack in attacks {
        browser
            .open(&format!("{EVIL}/{}.html", attack.name))
            .await;
        if attack.leaves {
            browser
                .until(&format!("{} has left", attack.name), async || {
                    !browser.url().await.starts_with(EVIL)
                })
                .await;
            if let Err(open) = is_shut(browser).await {
                got.push((attack.name, open));
            }
        } else {
            let mut told = serde_json::Value::Null;
            browser
                .until(&format!("{} is done", attack.name), async || {
                    browser
                        .script("return document.body.dataset.done || '';", vec![])
                        .await
                        .json()
                        == "yes"
                })
                .await;
            if let Ok(answer) = browser
                .driver
                .execute("return document.body.dataset.got;", vec![])
                .await
            {
                told = answer.json().clone();
            }
            match told.as_str() {
                Some("") => {}
                Some(told) => got.push((attack.name, told.to_owned())),
                None => got.push((attack.name, "?".to_owned())),
            }
        }
    }
    got
}

/// The siege finds what is open: against a program on loopback that trusts whoever comes, in a browser that does not protect it,
/// the pages get what they want and their forms arrive; against nothing but the browser's own protection fewer do.
#[test]
fn the_strangers_get_what_they_want_from_a_trusting_program() {
    apart(
        "strangers::the_strangers_get_what_they_want_from_a_trusting_program",
        async |mut world| {
            let (asked, agent) = trusting().await;
            let port = agent.rsplit_once(':').unwrap().1;
            let rebound = format!("http://{REBOUND}:{port}");
            let attacks = attacks(&Known {
                agent: &agent,
                rebound: &rebound,
                used: "/enter?ticket=1",
                errand: "/errands/1",
            });
            assert!(attacks.len() >= 30, "{}", attacks.len());
            world.name(&[
                ("portal.city.example", CITY),
                ("evil.example", STRANGERS),
                (REBOUND, "127.0.0.1"),
            ]);
            let strangers = server(&world, &attacks, &format!("{agent}/enter"));
            world.serve(&[strangers]);
            let browser = Browser::start_with(&[&world.trust(), UNPROTECTED]).await;
            let got = besiege(&browser, &attacks, async |browser| {
                Err(browser.text().await)
            })
            .await;
            let names: BTreeSet<&str> = got
                .iter()
                .map(|(name, _)| *name)
                .collect();
            println!("open to strangers: {got:?}");
            for attack in &attacks {
                // A fetch that cannot be read, a beacon, frames and hints get no answer anywhere; that they came is seen below.
                let is_silent = [
                    "fetch-no-cors",
                    "fetch-pin",
                    "beacon",
                    "iframe",
                    "iframe-ticket",
                    "iframe-form",
                    "window",
                    "hints",
                    "websocket",
                    "worker",
                ]
                .contains(&attack.name);
                assert!(
                    is_silent || names.contains(attack.name),
                    "{} got nothing",
                    attack.name
                );
            }
            let asked = asked.lock().unwrap().clone();
            for (method, path) in [
                ("GET", "/"),
                ("GET", "/enter"),
                ("POST", "/errands/1/pin"),
                ("POST", "/errands/1/consent"),
                ("POST", "/sites"),
                ("POST", "/reader/eject"),
                ("GET", "/errands/1/progress"),
                ("GET", "/errands/1"),
            ] {
                assert!(
                    asked
                        .iter()
                        .any(|(m, p, _)| m == method && p == path),
                    "no {method} {path} in {asked:?}"
                );
            }
            assert!(
                asked
                    .iter()
                    .any(|(_, _, host)| host.starts_with(REBOUND)),
                "{asked:?}"
            );
        },
    );
}

type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// A program on loopback that answers everything to everybody, and what it was asked: method, path, host.
async fn trusting() -> (Asked, String) {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let routes =
        Router::new().fallback(async move |method: Method, uri: Uri, headers: HeaderMap| {
            let text = |name| {
                headers
                    .get(name)
                    .and_then(|value: &header::HeaderValue| value.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            };
            seen.lock().unwrap().push((
                method.to_string(),
                uri.path().to_owned(),
                text(header::HOST),
            ));
            let (kind, body) = match uri.path() {
                path if path.ends_with(".js") => ("text/javascript", "/* script */"),
                path if path.ends_with(".css") => ("text/css", "/* style */"),
                path if path.ends_with("/progress") => ("text/event-stream", "data: 1\n\n"),
                path if path.ends_with(".svg")
                    || path == "/enter"
                        && text(header::HeaderName::from_static("sec-fetch-dest")) == "image" =>
                {
                    (
                        "image/svg+xml",
                        "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
                    )
                }
                _ => ("text/html", "<!doctype html><title>agent</title>open"),
            };
            let allow = |name, value: String| (header::HeaderName::from_static(name), value);
            (
                [
                    allow("content-type", kind.to_owned()),
                    allow("access-control-allow-origin", text(header::ORIGIN)),
                    allow("access-control-allow-credentials", "true".to_owned()),
                    allow("access-control-allow-headers", "content-type".to_owned()),
                ],
                body,
            )
        });
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (asked, origin)
}
