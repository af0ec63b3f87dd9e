//! The sandbox desk, over a city that is served.
//!
//! * Every form is refused without the token of its page, or from another origin, and nothing changes; no form is forgotten here.
//! * A newcomer's first button makes a card and puts it into the reader.
//! * What happens to a resident is recorded as the form was sent, told with its effects, and delivered to the authority.
//! * What is refused is shown again with what was typed, and by which rule.
//! * Time passes as far as asked, and never back.
//! * Codes are good once. Lists have pages. What is typed is text. All of it is said in both languages.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "desk/city.rs"]
mod city;
#[path = "desk/happenings.rs"]
mod happenings;

use city::{Answer, City, TARO, between, body};
use reqwest::{StatusCode, header};
use serde_json::json;
use shirushi_town::PagesAt;
use std::collections::BTreeSet;

/// Every form of the desk, as it is routed.
const FORMS: [&str; 8] = [
    "/time",
    "/residents/{code}/changes/{kind}",
    "/cards",
    "/cards/eject",
    "/cards/{number}/insert",
    "/cards/{number}/remove",
    "/codes/officer",
    "/codes/clerk",
];

#[test]
fn every_form_of_the_desk_is_in_the_table() {
    let source: String = include_str!("../../sandbox/src/pages.rs")
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let routed: BTreeSet<&str> = source
        .split(".route(\"")
        .skip(1)
        .filter(|route| {
            route
                .split_once(".with_state")
                .map_or(*route, |(route, _)| route)
                .contains("post(")
        })
        .map(|route| route.split_once('"').unwrap().0)
        .collect();
    assert_eq!(routed, BTreeSet::from(FORMS));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_counts_without_its_token_or_from_elsewhere() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let number = visitor.taros_card().await;
    let everything = [
        ("step", "year"),
        ("occurred-on", "2026-01-01"),
        ("resident", "90000000055"),
        ("kind", "individual-number-card"),
        ("insert", "yes"),
        ("municipality", "13998"),
    ];
    let cards = visitor.get("/cards").await;
    let resident = visitor
        .get(&format!("/residents/{TARO}"))
        .await;
    let date = city.date().await;
    let own = format!("http://{}", city.authority);
    for form in FORMS {
        let path = form
            .replace("{code}", TARO)
            .replace("{kind}", "death")
            .replace("{number}", &number);
        let other = city.visitor().await;
        for (origin, token) in [
            (own.as_str(), ""),
            (own.as_str(), other.token.as_str()),
            ("http://evil.example", visitor.token.as_str()),
            (city.base.as_str(), visitor.token.as_str()),
        ] {
            let sent = body(token, &everything);
            let answer = city
                .post(&path, &visitor.cookie, origin, sent)
                .await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {origin}"
            );
            assert!(
                answer
                    .text
                    .contains("page/of-this-session"),
                "{path} {origin}"
            );
        }
        let answer = city.get(&path, &visitor.cookie).await;
        assert_ne!(answer.status, StatusCode::SEE_OTHER, "{path} by a link");
    }
    assert_eq!(visitor.get("/cards").await, cards);
    assert_eq!(
        visitor
            .get(&format!("/residents/{TARO}"))
            .await,
        resident
    );
    assert_eq!(city.date().await, date);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_begins_with_one_button() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let start = visitor.get("/").await;
    for (name, address) in [
        ("counter", "http://counter.localhost"),
        ("portal", "http://portal.localhost"),
        ("agency", "http://agency.localhost"),
    ] {
        assert!(start.contains(address), "{name}");
    }
    for path in [
        "/ca/sign-1.cer",
        "/ca/auth-1.cer",
        "/ca/all.pem",
        "/authority/keys",
        "/crl/sign/complete.crl",
        "/crl/sign/authorities.crl",
        "/authority/status",
        "/authority/log/checkpoint",
    ] {
        let link = format!("href=\"{}{path}\"", city.base);
        assert!(start.contains(&link), "{path}");
        let there = city
            .client
            .get(format!("{}{path}", city.base));
        assert!(
            there
                .send()
                .await
                .unwrap()
                .status()
                .is_success(),
            "{path}"
        );
    }
    assert_eq!(
        start
            .matches("href=\"/residents/90000000")
            .count(),
        13
    );
    let begun = visitor
        .follow(
            "/cards",
            &[
                ("resident", TARO),
                ("kind", "individual-number-card"),
                ("insert", "yes"),
                ("from", "start"),
            ],
        )
        .await;
    assert!(begun.contains("role=\"status\""));
    assert!(begun.contains("リーダーに入っているカード"));
    let taro = between(&begun, "Shirushi Tarō", "</li>");
    assert!(taro.contains("有効期限"), "his card is told");
    assert!(begun.contains("Uruuin Kisaragi"));

    // The numeric address is for programs; a browser is sent on.
    let root = city
        .client
        .get(&city.base)
        .header(header::ACCEPT, "text/html,*/*");
    let sent_on = Answer::of(root.send().await.unwrap()).await;
    assert_eq!(sent_on.status, StatusCode::SEE_OTHER);
    assert_eq!(sent_on.location, format!("http://{}/", city.authority));
    let (_, summary) = city.json("/", None).await;
    assert_eq!(summary["sandbox"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_shown_once_and_good_once() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let made = visitor
        .send("/codes/officer", &[("municipality", "14998")])
        .await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.headers[header::CACHE_CONTROL], "no-store");
    let code = between(&made.text, "id=\"code\">", "<").to_owned();
    assert!(made.text.contains("判子市"));
    assert!(
        !visitor
            .get("/codes")
            .await
            .contains(&code)
    );
    let enrol =
        |name: &str| json!({ "code": code, "name": name, "password": "correct horse battery" });
    let (first, _) = city
        .json("/counter/officers/enrol", Some(enrol("hanako")))
        .await;
    assert!(first.is_success(), "{first}");
    let (second, _) = city
        .json("/counter/officers/enrol", Some(enrol("jiro")))
        .await;
    assert!(second.is_client_error(), "{second}");
    let refused = visitor
        .send("/codes/officer", &[("municipality", "13101")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    let clerk = visitor.send("/codes/clerk", &[]).await;
    let other = visitor.send("/codes/clerk", &[]).await;
    let of = |answer: &Answer| between(&answer.text, "id=\"code\">", "<").to_owned();
    assert!(of(&clerk).len() >= 32);
    assert_ne!(of(&clerk), of(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_pages_and_are_searched() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let mut seen = BTreeSet::new();
    let mut page = 1;
    loop {
        let text = visitor
            .get(&format!("/residents?municipality=13998&q=&page={page}"))
            .await;
        let table = between(&text, "<tbody>", "</tbody>");
        let codes: Vec<&str> = table
            .split("href=\"/residents/")
            .skip(1)
            .map(|row| &row[..11])
            .collect();
        assert!(codes.len() <= 50);
        for code in codes {
            assert!(seen.insert(code.to_owned()), "{code} twice");
        }
        if !text.contains("rel=\"next\"") {
            break;
        }
        page += 1;
    }
    let sample = include_str!("../../register/sample/residents.csv");
    let there = sample
        .lines()
        .filter(|line| line.split(',').nth(1) == Some("13998"));
    assert_eq!(seen.len(), there.count());
    assert!(page > 2);
    for (query, found) in [
        ("%E5%8D%B0+%E5%A4%AA%E9%83%8E", "90000000014"), // 印 太郎
        ("%E3%81%97%E3%82%85%E3%81%AB%E3%81%8F", "90000000021"), // しゅにく
        ("90000000039", "90000000039"),
        ("%E7%AF%86%E5%88%BB", "90000000080"), // 旧氏 篆刻
    ] {
        let text = visitor
            .get(&format!("/residents?municipality=13998&q={query}"))
            .await;
        assert!(
            text.contains(&format!("href=\"/residents/{found}\"")),
            "{query}"
        );
    }
    for pattern in ["%25", "_", "!"] {
        let none = visitor
            .get(&format!("/residents?q={pattern}"))
            .await;
        assert!(none.contains("id=\"none\""), "{pattern} stands in no name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_in_the_language_that_was_chosen() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    for (path, ja, en) in [
        ("/", "まず試すこと", "What to try first"),
        ("/residents", "住民票コード", "Resident code"),
        (
            "/residents/90000000047",
            "在留期間の満了日",
            "End of the period of stay",
        ),
        (
            "/residents/90000000014/changes/death",
            "取り消しはできません",
            "cannot be undone",
        ),
        ("/cards", "手元のカード", "Cards at hand"),
        ("/codes", "登録コード", "Enrolment codes"),
    ] {
        let japanese = visitor.get(path).await;
        let english = visitor.english(path).await;
        assert!(japanese.contains(ja) && !japanese.contains(en), "{path}");
        assert!(english.contains(en) && !english.contains(ja), "{path}");
        assert!(english.contains("<html lang=\"en\">"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_is_reached_from_elsewhere_says_where_its_cards_are_used() {
    let far = City::at(PagesAt {
        origins: Some("https://{site}.city.example".to_owned()),
        agent: None,
    })
    .await;
    let page = far.get("/cards", "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("id=\"elsewhere\""));
    let near = City::open().await;
    let page = near.get("/cards", "").await;
    assert!(!page.text.contains("id=\"elsewhere\""));
}
