//! The strangers' server, and the siege of whatever listens on loopback.

use crate::{
    apart::{CITY, Does, STRANGERS, Server, World, apart},
    browser::Browser,
    hostile::{Attack, BY, Known, attacks},
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

/// Where the neighbour listens.
pub(crate) const NEIGHBOUR: &str = "http://127.0.0.1:24781";

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
    std::fs::write(world.path("evil/sw.js"), WORKER).unwrap();
    Server {
        host: "evil.example".to_owned(),
        address: STRANGERS,
        does: Does::Files(
            "evil".to_owned(),
            format!(
                "location = /redirect {{ return 302 {redirect}; }} location = /sw.js {{ default_type text/javascript; }}"
            ),
        ),
    }
}

/// A worker that fetches what its address says, and tells what it got.
const WORKER: &str = "
    const to = new URL(location).searchParams.get('to');
    self.oninstall = () => self.skipWaiting();
    self.onactivate = (e) => e.waitUntil(self.clients.claim());
    self.onmessage = async (m) => {
      let told = '';
      try {
        const a = await fetch(to, { mode: 'no-cors', credentials: 'include' });
        told = a.type === 'opaque' ? '' : 'read ' + a.type;
      } catch {}
      m.source.postMessage(told);
    };";

/// What another account of the machine has on another port of the agent's host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbour(Arc<Mutex<Vec<String>>>);

impl Neighbour {
    /// Listens at `address`: writes down the cookies that it is told, and plants some by the agent's names.
    pub(crate) async fn listen(address: &str) -> Self {
        let neighbour = Self::default();
        let told = Arc::clone(&neighbour.0);
        let routes = Router::new().fallback(async move |headers: HeaderMap| {
            let cookies = headers
                .get_all(header::COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok());
            told.lock()
                .unwrap()
                .extend(cookies.map(str::to_owned));
            let planted = "0123456789abcdef".repeat(4);
            let mut set = HeaderMap::new();
            for path in ["/", "/enter", "/errands", "/sites"] {
                let cookie = format!("shirushi-agent={planted}; Path={path}");
                set.append(header::SET_COOKIE, cookie.parse().unwrap());
            }
            (set, "<!doctype html><title>neighbour</title>")
        });
        let listener = TcpListener::bind(address)
            .await
            .unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        neighbour
    }

    /// The cookies that it was told, all of them.
    pub(crate) fn told(&self) -> String {
        self.0.lock().unwrap().join("; ")
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
                fresh: "/enter?ticket=2",
                errand: "/errands/1",
                neighbour: NEIGHBOUR,
            });
            assert!(attacks.len() >= 40, "{}", attacks.len());
            let neighbour = Neighbour::listen(NEIGHBOUR.trim_start_matches("http://")).await;
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
                    // Nor do these; a socket is not answered as one.
                    "socket-ticket",
                    "socket-ticket-protocols",
                    "socket-errand",
                    "fetch-ticket",
                    "prerender-ticket",
                    "service-worker",
                    "window-noopener",
                    "form-frame-ticket",
                    "form-target-ticket",
                    "cookie-port",
                ]
                .contains(&attack.name);
                assert!(
                    is_silent || names.contains(attack.name),
                    "{} got nothing",
                    attack.name
                );
            }
            let asked = asked.lock().unwrap().clone();
            // Each that has the fresh ticket has brought it, but what is to be fetched beforehand: Chromium leaves that for another site
            // whose cookies it has.
            for by in [
                "socket-ticket",
                "socket-ticket-protocols",
                "stream-ticket",
                "fetch-ticket",
                "prefetch-ticket",
                "service-worker",
                "form-frame-ticket",
                "form-target-ticket",
            ] {
                let came = asked
                    .iter()
                    .any(|request| request.by == by);
                assert!(came, "{by} did not come: {asked:?}");
            }
            let sockets: Vec<_> = asked
                .iter()
                .filter(|request| request.is_socket)
                .collect();
            assert!(sockets.len() >= 3, "{asked:?}");
            println!("a socket's handshake says of itself: {:?}", sockets[0]);
            // What the program has set for its pages is told to the neighbour.
            assert!(
                neighbour.told().contains("trusting=1"),
                "{}",
                neighbour.told()
            );
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
                        .any(|request| request.method == method && request.path == path),
                    "no {method} {path} in {asked:?}"
                );
            }
            assert!(
                asked
                    .iter()
                    .any(|request| request.host.starts_with(REBOUND)),
                "{asked:?}"
            );
        },
    );
}

type Asked = Arc<Mutex<Vec<Request>>>;

/// What the trusting program was asked.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    host: String,
    /// Which page has asked with the fresh ticket.
    by: String,
    is_socket: bool,
    /// What the browser says about it, in the words of Fetch Metadata.
    #[allow(dead_code, reason = "shown")]
    said: Vec<String>,
}

/// A program on loopback that answers everything to everybody, and what it was asked.
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
            let by = uri
                .query()
                .and_then(|query| query.split_once(&BY[1..]))
                .map_or("", |(_, by)| by);
            seen.lock().unwrap().push(Request {
                method: method.to_string(),
                path: uri.path().to_owned(),
                host: text(header::HOST),
                by: by.to_owned(),
                is_socket: text(header::UPGRADE) == "websocket",
                said: headers
                    .iter()
                    .filter(|(name, _)| name.as_str().starts_with("sec-fetch"))
                    .map(|(name, value)| format!("{name}: {value:?}"))
                    .collect(),
            });
            let (kind, body) = match uri.path() {
                path if path.ends_with(".js") => ("text/javascript", "/* script */"),
                path if path.ends_with(".css") => ("text/css", "/* style */"),
                path if path.ends_with("/progress")
                    || text(header::ACCEPT) == "text/event-stream" =>
                {
                    ("text/event-stream", "data: 1\n\n")
                }
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
                    allow(
                        "set-cookie",
                        "trusting=1; Path=/; HttpOnly; SameSite=Lax".to_owned(),
                    ),
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
