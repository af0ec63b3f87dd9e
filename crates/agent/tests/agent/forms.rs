//! Every form of the agent, compared with the table of its routes: without the token of this session, or from another origin, it does
//! nothing.

use crate::support::{AGENT, Bench, PIN, browser::Browser, site::challenge};
use axum::http::header;
use shirushi_wire::Want;

const FORMS: [&str; 17] = [
    "/reader/insert",
    "/reader/eject",
    "/status",
    "/certificates/{name}",
    "/pins/{name}",
    "/revoke",
    "/sign",
    "/sign/{id}/pin",
    "/check",
    "/errands/{id}/pin",
    "/errands/{id}/consent",
    "/errands/{id}/start",
    "/errands/{id}/pins",
    "/errands/{id}/decline",
    "/errands/{id}/deliver",
    "/sites",
    "/sites/remove",
];

/// The routes of the source that take a form.
fn forms_of_the_source() -> Vec<&'static str> {
    let source = include_str!("../../src/router.rs");
    source
        .split(".route(")
        .skip(1)
        .filter(|route| route.contains("post("))
        .map(|route| route.split('"').nth(1).unwrap())
        .collect()
}

#[tokio::test]
async fn no_form_is_taken_from_elsewhere() {
    assert_eq!(forms_of_the_source(), FORMS);
    let bench = Bench::with_card().await;
    let spare = bench.blank(2);
    let challenge = challenge();
    let errand = bench
        .begin(Want::LogIn { challenge })
        .await;
    let page = bench.browser.get(&errand).await;
    let token = page.hidden("form-token");
    let card = page.between("id=\"card-number\" data-card=\"", "\"");
    let sites = bench.browser.get("/sites").await;
    bench
        .browser
        .submit(&sites, "/sites", &[("origin", "https://added.example")])
        .await;
    let other = bench.browser.other();
    let theirs = other.get("/sites").await;
    let their_token = theirs.hidden("form-token");
    let nobody = bench.browser.other();
    bench.cable.take_sent();

    for form in FORMS {
        let path = form
            .replace("/errands/{id}", &errand)
            .replace("{name}", "auth");
        let has_files = ["/sign", "/check"].contains(&form);
        let wanted: &[(&str, &str)] = match form {
            "/reader/insert" => &[("card", &spare)],
            "/sites" => &[("origin", "https://evil.example")],
            "/sites/remove" => &[("origin", "https://added.example")],
            _ => &[("card", &card), ("tries", "3"), ("pin", PIN)],
        };
        let send = async |browser: &Browser, origin: &str, token: Option<&str>| {
            let mut fields: Vec<(&str, &str)> = Vec::new();
            fields.extend(token.map(|token| ("form-token", token)));
            fields.extend(wanted);
            let answer = match has_files {
                true => {
                    let mut parts: Vec<(&str, Option<&str>, &[u8])> = Vec::new();
                    parts.extend(token.map(|token| ("form-token", None, token.as_bytes())));
                    parts.push(("file", Some("a.txt"), b"text"));
                    let mut request = browser.form_with_files(&path, &parts);
                    request
                        .headers_mut()
                        .insert(header::ORIGIN, origin.parse().unwrap());
                    browser.send(request).await
                }
                false => {
                    browser
                        .post(&path, origin, &fields)
                        .await
                }
            };
            assert_eq!(answer.status, 422, "{form} {origin} {token:?}");
            assert!(answer.has("page/of-this-session"), "{form}");
        };
        let here = &bench.browser;
        for origin in [&bench.site.origin, "null", "https://127.0.0.1:8081"] {
            send(here, origin, Some(&token)).await;
        }
        for wrong in [None, Some(""), Some("x"), Some(their_token.as_str())] {
            send(here, AGENT, wrong).await;
        }
        send(&other, AGENT, Some(&token)).await;
        send(&nobody, AGENT, Some(&token)).await;
    }
    assert!(
        bench.cable.take_sent().is_empty(),
        "nothing reached the card"
    );
    assert_eq!(
        bench
            .wallet
            .inserted()
            .unwrap()
            .as_str(),
        card
    );
    let sites = bench.browser.get("/sites").await;
    assert!(sites.has("https://added.example") && !sites.has("https://evil.example"));
    let page = bench.browser.get(&errand).await;
    assert_eq!((page.status, page.tries().as_str()), (200, "3"));
}
