//! Who comes in, and who does not:
//!
//! * Only sites that the owner allows, and those of other machines under https; others are not even asked.
//! * Only the whole window going there, with a ticket that is good once.
//! * Only under the agent's own name; only with forms of its own pages; and no session sees another's errand.
//! * Whoever is kept out spends no try.

use crate::support::{
    AGENT, Bench, PIN,
    site::{TestSite, challenge},
};
use axum::{body::Body, http::header};
use shirushi_wire::Want;
use std::sync::{Arc, atomic::Ordering};

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

#[tokio::test]
async fn a_site_that_is_not_allowed_is_not_even_asked() {
    let bench = Bench::with_card().await;
    let second = TestSite::start(bench.clock.clone(), Arc::clone(&bench.office)).await;
    let other = second.origin.clone();
    let elsewhere = second.give(log_in()).await;
    let answer = bench.browser.walk(&elsewhere).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("agent/site-allowed") && answer.has(&other));
    for path in [
        "/enter",
        "/enter?site=javascript:alert(1)&ticket=1",
        "/enter?ticket=1",
    ] {
        assert!(
            bench
                .browser
                .walk(&format!("{AGENT}{path}"))
                .await
                .has("agent/site-allowed")
        );
    }
    for site in [&bench.site, &second] {
        assert_eq!(site.state.asked.load(Ordering::SeqCst), 0);
    }

    for far in ["http://portal.example", "http://203.0.113.10:8080"] {
        let answer = bench
            .browser
            .walk(&format!("{AGENT}/enter?site={far}&ticket=1"))
            .await;
        assert_eq!(answer.status, 422);
        assert!(answer.has("agent/site-over-tls"), "{far}");
        let page = bench.browser.get("/sites").await;
        let answer = bench
            .browser
            .submit(&page, "/sites", &[("origin", far)])
            .await;
        assert_eq!(answer.status, 422);
        assert!(answer.has("agent/site-over-tls"), "{far}");
    }
    let page = bench.browser.get("/sites").await;
    assert!(!page.has("203.0.113.10"));
    for wrong in [
        "",
        "portal.example",
        "ftp://portal.example",
        "https://portal.example/path",
    ] {
        let answer = bench
            .browser
            .submit(&page, "/sites", &[("origin", wrong)])
            .await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    let answer = bench
        .browser
        .submit(&page, "/sites", &[("origin", &other.to_uppercase())])
        .await;
    assert_eq!(answer.status, 303);
    let answer = bench.browser.walk(&elsewhere).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = bench.browser.get("/sites").await;
    bench
        .browser
        .submit(&page, "/sites/remove", &[("origin", &other)])
        .await;
    let before = second
        .state
        .asked
        .load(Ordering::SeqCst);
    assert!(before > 0, "an allowed site is asked");
    let answer = bench.browser.walk(&elsewhere).await;
    assert!(answer.has("agent/site-allowed"));
    assert_eq!(
        second
            .state
            .asked
            .load(Ordering::SeqCst),
        before
    );
    // What the configuration allows stays.
    bench
        .browser
        .submit(&page, "/sites/remove", &[("origin", &bench.site.origin)])
        .await;
    bench.begin(log_in()).await;
}

#[tokio::test]
async fn a_ticket_is_good_once() {
    let bench = Bench::with_card().await;
    let address = bench.site.give(log_in()).await;
    assert_eq!(
        bench
            .browser
            .walk(&address)
            .await
            .status,
        303
    );
    let answer = bench.browser.walk(&address).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("agent/ticket-good"));
    let none = address
        .split("&ticket=")
        .next()
        .unwrap();
    assert!(
        bench
            .browser
            .walk(none)
            .await
            .has("agent/ticket-good")
    );
}

#[tokio::test]
async fn what_is_framed_or_fetched_is_refused_and_the_ticket_stays_good() {
    let bench = Bench::with_card().await;
    let address = bench.site.give(log_in()).await;
    let path = address.strip_prefix(AGENT).unwrap();
    for (mode, dest, more) in [
        ("navigate", "iframe", None),
        ("navigate", "frame", None),
        ("navigate", "object", None),
        ("no-cors", "image", None),
        ("no-cors", "script", None),
        ("cors", "empty", None),
        ("navigate", "document", Some(("sec-purpose", "prefetch"))),
    ] {
        let mut request = bench
            .browser
            .request("GET", path)
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", dest);
        if let Some((name, value)) = more {
            request = request.header(name, value);
        }
        let answer = bench
            .browser
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, 422, "{mode} {dest}");
        assert!(answer.has("agent/top-level-navigation"));
    }
    assert_eq!(
        bench
            .site
            .state
            .asked
            .load(Ordering::SeqCst),
        0
    );
    assert_eq!(
        bench
            .browser
            .walk(&address)
            .await
            .status,
        303
    );
}

#[tokio::test]
async fn other_names_other_pages_and_other_sessions_get_nothing_and_spend_no_try() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    let page = bench.browser.get(&errand).await;
    let card = page.between("id=\"card-number\" data-card=\"", "\"");
    let token = page.hidden("form-token");
    bench.cable.take_sent();

    for host in ["evil.example", "localhost:8081", "127.0.0.1:8080"] {
        let mut request = bench
            .browser
            .request("GET", &errand)
            .body(Body::empty())
            .unwrap();
        request
            .headers_mut()
            .insert(header::HOST, host.parse().unwrap());
        assert_eq!(bench.browser.send(request).await.status, 421, "{host}");
    }

    let fields = |token| {
        [
            ("form-token", token),
            ("card", card.as_str()),
            ("tries", "3"),
            ("pin", "0000"),
        ]
    };
    let other = bench.browser.other();
    other.get("/").await;
    for act in ["pin", "consent", "start", "pins", "decline", "deliver"] {
        let path = format!("{errand}/{act}");
        for (origin, token) in [
            (bench.site.origin.as_str(), token.as_str()),
            ("null", &token),
            (AGENT, ""),
            (AGENT, "0123456789abcdef0123456789abcdef"),
        ] {
            let answer = bench
                .browser
                .post(&path, origin, &fields(token))
                .await;
            assert_eq!(answer.status, 422, "{act} {origin}");
            assert!(answer.has("page/of-this-session"));
        }
        let theirs = other.get("/sites").await;
        let answer = other
            .submit(&theirs, &path, &fields("")[1..])
            .await;
        assert_eq!(answer.status, 422, "{act}");
        assert!(answer.has("page/of-this-session"));
    }
    for page in ["", "/document", "/attachments/0", "/progress", "/done"] {
        assert_eq!(
            other
                .get(&format!("{errand}{page}"))
                .await
                .status,
            404,
            "{page}"
        );
    }
    assert!(!other.get("/").await.has(&errand));
    assert!(
        bench
            .browser
            .get("/")
            .await
            .has(&errand)
    );
    assert_eq!(bench.cable.presented(), 0);
    let answer = bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn an_errand_does_not_wait_for_ever_and_a_malformed_challenge_is_not_signed() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    bench.clock.advance(31 * 60);
    assert_eq!(bench.browser.get(&errand).await.status, 404);

    let mut challenge = challenge();
    challenge.nonce = "5a\norigin https://bank.example".to_owned();
    let address = bench
        .site
        .give(Want::LogIn { challenge })
        .await;
    let answer = bench.browser.walk(&address).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("upload/well-formed"));
}
