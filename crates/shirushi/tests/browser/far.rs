//! The city on another machine, behind TLS, and strangers beside it.
//!
//! * From a public address the whole flow works: a card file is brought home, an officer's errand and a citizen's go by navigation to the agent
//!   on loopback and back, nothing is fetched across.
//! * Every page of the strangers gets nothing from the agent: no answer that could be read, no errand begun, no try spent, no card taken out,
//!   no site allowed; with the browser's own protection of loopback, and without it.
//! * A ticket that they hold and nobody has used is still good afterwards: not even the handshake of a WebSocket spends it. What listens on
//!   another port of the agent's host learns no errand's session from the cookies, and plants none.
//! * A ticket that was used, or that is another browser's, does nothing. A forged Host, raw or by a name that leads here, is answered with 421.

use crate::{
    acts::TARO,
    apart::{STRANGERS, World, apart},
    browser::Browser,
    city::{FarCity, Pages},
    hostile::{Attack, Known, attacks},
    http,
    person::{Hands, Person},
    strangers::{NEIGHBOUR, Neighbour, REBOUND, UNPROTECTED, besiege, server},
};
use serde_json::json;
use std::collections::BTreeMap;

/// The agent's address at home: the one that sites expect.
const AGENT: &str = "http://127.0.0.1:24780";

#[test]
fn the_flow_works_from_afar_and_strangers_get_nothing() {
    apart(
        "far::the_flow_works_from_afar_and_strangers_get_nothing",
        async |world: World| {
            let rebound = format!("http://{REBOUND}:24780");
            // The pages need the addresses of an errand, which comes later: they are written twice.
            let evil = server(&world, &[], &format!("{AGENT}/enter"));
            let city = FarCity::start(
                world,
                vec![evil],
                &[("evil.example", STRANGERS), (REBOUND, "127.0.0.1")],
            );
            let pages = &city.pages;
            assert_eq!(pages.agent, AGENT);
            assert!(pages.portal.starts_with("https://"));
            let trust = city.world.trust();
            let neighbour = Neighbour::listen(NEIGHBOUR.trim_start_matches("http://")).await;

            let (used, errand) = {
                let browser = Browser::start_with(&[&trust]).await;
                let person = Person::new(&browser, Hands::Mouse);
                flow(&person, &city).await;
                // Two more errands: one whose ticket is used up, and one that waits for its PIN.
                let ticket = ticket(&browser, pages).await;
                let waiting = browser.url().await;
                browser.open(&ticket).await;
                assert_shut(&browser, "the ticket was used before").await;
                let known = |url: &str| url.trim_start_matches(AGENT).to_owned();
                let (used, errand) = (known(&ticket), known(&waiting));
                let fresh = fresh_ticket(&city);
                let attacks = attacks(&Known {
                    agent: AGENT,
                    rebound: &rebound,
                    used: &used,
                    fresh: &fresh,
                    errand: &errand,
                    neighbour: NEIGHBOUR,
                });
                siege(&browser, &city, &attacks, "with the browser's protection").await;
                // In the very browser that the errand belongs to, it still waits, with all tries.
                browser.open(&waiting).await;
                browser
                    .sees("利用者証明用暗証番号")
                    .await;
                let tries = browser
                    .script(
                        "return document.querySelector('#tries').dataset.tries;",
                        vec![],
                    )
                    .await;
                assert_eq!(tries.json(), "3");
                // The neighbour was told the browser's session, and not the errand's, which alone opens it.
                let told = neighbour.told();
                assert!(told.contains("shirushi-agent="), "{told}");
                for pair in told.split("; ") {
                    let id = errand.trim_start_matches("/errands/");
                    let as_errands =
                        pair.replacen("shirushi-agent=", &format!("shirushi-agent-{id}="), 1);
                    for cookie in [pair, &as_errands] {
                        let answer = http::ask(AGENT, "GET", &errand, &[("Cookie", cookie)], b"");
                        assert_eq!(answer.status, 404, "{cookie}");
                    }
                }
                is_still_good(&browser, &fresh).await;
                (used, errand)
            };

            let browser = Browser::start_with(&[&trust, UNPROTECTED]).await;
            let fresh = fresh_ticket(&city);
            let attacks = attacks(&Known {
                agent: AGENT,
                rebound: &rebound,
                used: &used,
                fresh: &fresh,
                errand: &errand,
                neighbour: NEIGHBOUR,
            });
            assert!(attacks.len() >= 40);
            siege(
                &browser,
                &city,
                &attacks,
                "without the browser's protection",
            )
            .await;

            is_still_good(&browser, &fresh).await;
            forged(&errand);
            println!("{} hostile pages, twice", attacks.len());
        },
    );
}

/// The flow from afar, with the card's file brought home.
async fn flow(person: &Person<'_>, city: &FarCity) {
    let (browser, pages) = (person.browser, &city.pages);
    let number = person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    let folder = browser.folder.path().join("downloads");
    std::fs::create_dir(&folder).unwrap();
    browser
        .cdp(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": folder }),
        )
        .await;
    person
        .press_css(&format!("a[href='/cards/{number}/file']"))
        .await;
    let file = folder.join(format!("{number}.card"));
    browser
        .until("the card's file is there", async || file.exists())
        .await;
    std::fs::copy(
        &file,
        city.world
            .path(&format!("cards/{number}.card")),
    )
    .unwrap();
    person.go(&pages.agent, "/").await;
    person.press("カードを置く").await;
    person.sees("カードがあります").await;

    let code = person
        .takes_a_code(pages, "窓口の登録コードを作る")
        .await;
    person
        .enrols_as_officer(pages, "hanako", &code)
        .await;
    person
        .takes_an_application(pages, TARO, None)
        .await;
    person
        .has_the_card_written(pages, None)
        .await;
    person
        .begins_the_tax_return(pages, None)
        .await;
    person
        .has_the_certificate_checked(pages, None)
        .await;
    person
        .fills_in_the_tax_return(None)
        .await;
    person.press("確認へ進む").await;
    person
        .sees("署名のあとは変えられません")
        .await;
    person
        .signs_and_sends(pages, None)
        .await;
    person
        .sees("審査の結果を待っています")
        .await;
}

/// The portal sends the browser to the agent for a log-in: the address with the ticket, which is used by now.
async fn ticket(browser: &Browser, pages: &Pages) -> String {
    let person = Person::new(browser, Hands::Mouse);
    person
        .go(&pages.portal, "/log-in")
        .await;
    browser.requests().await;
    person
        .press("カードでログインする")
        .await;
    browser
        .arrives(&format!("{AGENT}/errands/"))
        .await;
    browser
        .requests()
        .await
        .into_iter()
        .find(|url| url.starts_with(&format!("{AGENT}/enter")))
        .unwrap()
}

/// A log-in that the portal gives to somebody else's browser: the agent's address with a ticket that nobody has used.
fn fresh_ticket(city: &FarCity) -> String {
    let host = city
        .pages
        .portal
        .trim_start_matches("https://");
    let curl = |more: &[&str]| {
        let output = city
            .world
            .in_city("curl")
            .args(["-s", "-i", "-H", &format!("Host: {host}")])
            .args(more)
            .arg("http://127.0.0.1:8080/log-in")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let part = |text: &str, before: &str, end: &[char]| {
        let (_, rest) = text
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before} in {text}"));
        rest.split(end)
            .next()
            .unwrap()
            .to_owned()
    };
    let page = curl(&[]);
    let cookie = part(&page, "set-cookie: ", &[';']);
    let (_, form) = page
        .split_once("action=\"/log-in\"")
        .unwrap();
    let token = part(form, "name=\"form-token\" value=\"", &['"']);
    let sent = curl(&[
        "-H",
        &format!("Origin: {}", city.pages.portal),
        "-H",
        &format!("Cookie: {cookie}"),
        "-d",
        &format!("form-token={token}&to=/my"),
    ]);
    part(&sent, &format!("location: {AGENT}"), &['\r', '\n'])
}

/// What the strangers had in hand is of use to whom it is for: nothing of what they did has used it up.
async fn is_still_good(browser: &Browser, ticket: &str) {
    browser
        .open(&format!("{AGENT}{ticket}"))
        .await;
    browser
        .arrives(&format!("{AGENT}/errands/"))
        .await;
}

async fn siege(browser: &Browser, city: &FarCity, attacks: &[Attack], how: &str) {
    let _ = server(&city.world, attacks, "");
    let before = state();
    let got = besiege(browser, attacks, async |browser| shut(browser).await).await;
    // The strangers' own window to the errand's page is another matter: it is the errand of this browser, or there is none.
    let got: Vec<_> = got
        .into_iter()
        .filter(|(name, _)| *name != "errand")
        .collect();
    assert!(got.is_empty(), "{how}: {got:#?}");
    assert_eq!(state(), before, "{how}");
}

/// Whether the agent's page, or the browser's, says no and asks for nothing.
async fn shut(browser: &Browser) -> Result<(), String> {
    let asks = browser
        .script(
            "return document.querySelectorAll('input[type=password], #consent, #send').length;",
            vec![],
        )
        .await;
    let text = browser.text().await;
    let refused = [
        "受け付けられませんでした",
        "表示できませんでした",
        "ページが見つかりません",
        "Misdirected",
        "ERR_",
        "misdirected",
    ]
    .iter()
    .any(|words| text.contains(words));
    match (refused, asks.json().as_u64()) {
        (true, Some(0)) => Ok(()),
        _ => Err(format!("{}: {text}", browser.url().await)),
    }
}

async fn assert_shut(browser: &Browser, what: &str) {
    if let Err(open) = shut(browser).await {
        panic!("{what}: {open}");
    }
}

/// What the agent's pages say of cards, sites and history, to whoever opens them here; without what differs from visit to visit.
fn state() -> BTreeMap<&'static str, String> {
    ["/", "/sites", "/history"]
        .into_iter()
        .map(|path| {
            let answer = http::get(AGENT, path);
            assert_eq!(answer.status, 200);
            let text = answer.text();
            let tidy: String = text
                .split("name=\"form-token\" value=\"")
                .enumerate()
                .map(|(place, part)| match place {
                    0 => part,
                    _ => part
                        .split_once('"')
                        .map_or(part, |(_, rest)| rest),
                })
                .collect();
            (path, tidy)
        })
        .collect()
}

/// What a program can forge that a page cannot.
fn forged(errand: &str) {
    for host in [
        "evil.example",
        "portal.city.example",
        "localhost:24780",
        "rebound.evil.example:24780",
        "127.0.0.1:24781",
    ] {
        let answer = http::ask(AGENT, "GET", "/", &[("Host", host)], b"");
        assert_eq!(answer.status, 421, "{host}");
    }
    let pin = format!("{errand}/pin");
    for (path, headers, body) in [
        (pin.as_str(), &[][..], &b"pin=1234"[..]),
        (
            pin.as_str(),
            &[("Origin", "https://evil.example")][..],
            &b"pin=1234"[..],
        ),
        (pin.as_str(), &[("Origin", "null")][..], &b"pin=1234"[..]),
        // Even with the agent's own origin there is neither session nor token.
        (pin.as_str(), &[("Origin", AGENT)][..], &b"pin=1234"[..]),
        ("/reader/eject", &[("Origin", AGENT)][..], &b"back=/"[..]),
        (
            "/sites",
            &[("Origin", AGENT)][..],
            &b"site=https://evil.example"[..],
        ),
    ] {
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        let answer = http::ask(AGENT, "POST", path, &all, body);
        assert!(
            (400..500).contains(&answer.status),
            "{path} {headers:?}: {}",
            answer.status
        );
    }
    for path in [
        errand.to_owned(),
        format!("{errand}/document"),
        format!("{errand}/progress"),
    ] {
        assert_eq!(http::get(AGENT, &path).status, 404, "{path}");
    }
}
