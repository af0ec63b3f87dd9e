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

use reqwest::{Client, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use shirushi_town::{PagesAt, Residents, Town, TownConfig};
use std::{collections::BTreeSet, net::SocketAddr};
use tempfile::TempDir;

const TARO: &str = "90000000014";

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

struct City {
    base: String,
    authority: String,
    client: Client,
    _folder: TempDir,
}

impl City {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let town = Town::open(TownConfig {
            folder: folder.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            residents: Residents::Sample,
            pages: PagesAt::default(),
        })
        .await
        .unwrap();
        let base = town.base();
        let authority = format!("sandbox.localhost:{}", town.address().port());
        assert_eq!(town.origins().sandbox, format!("http://{authority}"));
        tokio::spawn(town.serve(std::future::pending()));
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            base,
            authority,
            client,
            _folder: folder,
        }
    }

    async fn visitor(&self) -> Visitor<'_> {
        let page = self.get("/", "").await;
        let cookie = page
            .cookie
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let token = between(&page.text, "name=\"form-token\" value=\"", "\"").to_owned();
        Visitor {
            city: self,
            cookie,
            token,
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = self
            .client
            .get(format!("{}{path}", self.base))
            .header(header::HOST, &self.authority)
            .header(header::COOKIE, cookie);
        Answer::of(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, origin: &str, body: String) -> Answer {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(header::HOST, &self.authority)
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// The face for programs.
    async fn json(&self, path: &str, order: Option<Value>) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.base);
        let request = match order {
            None => self.client.get(url),
            Some(order) => self.client.post(url).json(&order),
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn date(&self) -> String {
        let (_, now) = self.json("/sandbox/clock", None).await;
        now["date"].as_str().unwrap().to_owned()
    }
}

struct Visitor<'c> {
    city: &'c City,
    cookie: String,
    token: String,
}

impl Visitor<'_> {
    async fn get(&self, path: &str) -> String {
        let answer = self.city.get(path, &self.cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    }

    async fn english(&self, path: &str) -> String {
        let cookie = format!("{}; shirushi-language=en", self.cookie);
        let answer = self.city.get(path, &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = body(&self.token, fields);
        let origin = format!("http://{}", self.city.authority);
        self.city
            .post(path, &self.cookie, &origin, body)
            .await
    }

    /// Sends, and goes where it leads.
    async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(path, fields).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.text
        );
        self.get(&answer.location).await
    }

    /// Sends the form of a page as it stands there.
    async fn send_as_it_stands(&self, path: &str) -> String {
        let page = self.get(path).await;
        let form = between(&page, &format!("action=\"{path}\""), "</form>");
        let inputs: Vec<(String, String)> = form
            .split("<input ")
            .skip(1)
            .map(|input| {
                let of = |name: &str| between(input, &format!("{name}=\""), "\"").to_owned();
                (of("name"), of("value"))
            })
            .chain(
                form.split("<select ")
                    .skip(1)
                    .map(|select| {
                        let chosen = select
                            .split("<option ")
                            .find(|option| option.contains(" selected"))
                            .unwrap();
                        (
                            between(select, "name=\"", "\"").to_owned(),
                            between(chosen, "value=\"", "\"").to_owned(),
                        )
                    }),
            )
            .filter(|(name, _)| name != "form-token")
            .collect();
        let fields: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.follow(path, &fields).await
    }

    async fn taros_card(&self) -> String {
        let made = self
            .send(
                "/cards",
                &[
                    ("resident", TARO),
                    ("kind", "individual-number-card"),
                    ("insert", "yes"),
                ],
            )
            .await;
        let (_, number) = made
            .location
            .split_once("card=")
            .unwrap();
        number.to_owned()
    }
}

struct Answer {
    status: StatusCode,
    location: String,
    cookie: String,
    headers: header::HeaderMap,
    bytes: Vec<u8>,
    text: String,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let status = response.status();
        let headers = response.headers().clone();
        let of = |name| {
            headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
                .to_owned()
        };
        let (location, cookie) = (of(header::LOCATION), of(header::SET_COOKIE));
        let bytes = response.bytes().await.unwrap().to_vec();
        Self {
            status,
            location,
            cookie,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

fn body(token: &str, fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("form-token", token)
        .extend_pairs(fields)
        .finish()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}

#[test]
fn every_form_of_the_desk_is_in_the_table() {
    let source: String = include_str!("../src/faces/desk.rs")
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
        "/ca/sign.cer",
        "/ca/auth.cer",
        "/crl/sign/complete.crl",
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
        12
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
async fn cards_are_made_moved_copied_and_destroyed() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let first = visitor.taros_card().await;
    let second = visitor.taros_card().await;
    let cards = visitor.get("/cards").await;
    assert!(between(&cards, "id=\"reader\"", "</p>").contains(&second));
    let old = between(&cards, &format!("id=\"card-{first}\""), "</li>");
    assert!(
        old.contains("失効"),
        "a new card takes the place of the old one"
    );
    // The change is with the authority, though nobody else reports one.
    assert!(
        visitor
            .get(&format!("/residents/{TARO}"))
            .await
            .contains("認証局に届きました")
    );

    let file = city
        .get(&format!("/cards/{first}/file"), &visitor.cookie)
        .await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(
        file.headers[header::CONTENT_DISPOSITION],
        format!("attachment; filename=\"{first}.card\"")
    );
    assert!(file.bytes.len() > 500);

    let page = visitor
        .follow(&format!("/cards/{first}/insert"), &[])
        .await;
    assert!(between(&page, "id=\"reader\"", "</p>").contains(&first));
    let page = visitor
        .follow("/cards/eject", &[])
        .await;
    assert!(between(&page, "id=\"reader\"", "</p>").contains("空です"));
    let page = visitor
        .follow(&format!("/cards/{first}/remove"), &[])
        .await;
    assert!(!page.contains(&first));
    for path in ["insert", "remove"] {
        let gone = visitor
            .send(&format!("/cards/{first}/{path}"), &[])
            .await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{path}");
    }
    for number in [first.as_str(), "..%2Fagent.db", "%2e%2e"] {
        let none = city
            .get(&format!("/cards/{number}/file"), &visitor.cookie)
            .await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "{number}");
    }

    let refused = visitor
        .send(
            "/cards",
            &[
                ("resident", "90000000064"),
                ("kind", "resident-register-card"),
            ],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .text
            .contains("counter/record-alive")
    );
    assert!(
        refused
            .text
            .contains("value=\"90000000064\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_can_happen_happens_as_the_form_stands() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let person = format!("/residents/{TARO}");
    let ends = "署名用電子証明書は、発行されていれば、ただちに失効します。";
    let lives = "署名用電子証明書は、そのまま生きています。";
    let other_ends = "利用者証明用電子証明書は、発行されていれば、ただちに失効します。";
    let other_lives = "利用者証明用電子証明書は、そのまま生きています。";
    for (place, (word, signature, authentication, seen)) in [
        ("minor-correction", lives, other_lives, "印館"),
        ("move-within", ends, other_lives, "東京都印市捺印台"),
        ("name-change", ends, other_lives, "実印　太郎"),
        ("correction-by-office", ends, other_lives, "1980年2月16日"),
        ("move-out", ends, other_lives, "転出により消除"),
        ("move-in", ends, other_lives, "東京都朱肉町印泥"),
        ("deletion-by-office", ends, other_ends, "職権により消除"),
        ("move-in", ends, other_lives, "東京都印市印泥"),
        ("death", ends, other_ends, "死亡により消除"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("{person}/changes/{word}");
        let page = visitor.get(&person).await;
        assert!(
            page.contains(&format!("href=\"{path}\"")),
            "{word} is offered"
        );
        let page = visitor.send_as_it_stands(&path).await;
        let notice = between(&page, "class=\"notice good\"", "</div>");
        assert!(
            notice.contains(&format!("第{}号", place + 1)),
            "{word}: {notice}"
        );
        assert!(notice.contains(signature), "{word}: {notice}");
        assert!(notice.contains(authentication), "{word}: {notice}");
        assert!(notice.contains("認証局に届きました"), "{word}: {notice}");
        assert!(page.contains(seen), "{word}: {seen}");
    }
    let end = visitor.get(&person).await;
    assert!(!end.contains("/changes/"), "nothing happens to the dead");
    let refused = visitor
        .send(
            &format!("{person}/changes/death"),
            &[("occurred-on", "2026-01-01")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .text
            .contains("register/event-fits")
    );
    // The one who moved out may only move in; a foreigner has no furigana to change.
    assert!(
        visitor
            .send_as_it_stands("/residents/90000000064/changes/move-in")
            .await
            .contains("東京都印市")
    );
    assert!(
        visitor
            .send_as_it_stands("/residents/90000000047/changes/name-change")
            .await
            .contains("実印")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_shown_again_as_text() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let evil = "\"><script>alert(1)</script>";
    let path = format!("/residents/{TARO}/changes/move-within");
    let refused = visitor
        .send(&path, &[("occurred-on", "2026-01-01"), ("address", evil)])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("role=\"alert\""));
    let accepted = visitor
        .follow(
            &path,
            &[
                ("occurred-on", "2026-01-01"),
                ("address", &format!("東京都印市{evil}")),
            ],
        )
        .await;
    let query = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let pages = [
        refused.text,
        accepted,
        visitor
            .get(&format!("/residents?q={query}"))
            .await,
        visitor
            .get(&format!(
                "/cards?resident={query}&said={query}&card={query}"
            ))
            .await,
        visitor
            .get(&format!("/?said={query}&card={query}"))
            .await,
        visitor
            .send("/time", &[("step", "days"), ("days", evil)])
            .await
            .text,
        visitor
            .send("/cards", &[("resident", evil), ("kind", evil)])
            .await
            .text,
        city.get(&format!("/residents/{query}"), &visitor.cookie)
            .await
            .text,
    ];
    for (place, page) in pages.iter().enumerate() {
        assert!(!page.contains("<script>alert"), "page {place}");
    }
    assert!(pages[0].contains("&lt;script&gt;"));
    for (path, status) in [
        ("/residents/90000000000", StatusCode::UNPROCESSABLE_ENTITY),
        (
            "/residents/90000000014/changes/birth",
            StatusCode::NOT_FOUND,
        ),
        (
            "/residents?municipality=13101x",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/residents?page=99999999999999999999", StatusCode::OK),
        ("/residents?page=18446744073709551615", StatusCode::OK),
    ] {
        let answer = city.get(path, &visitor.cookie).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_passes_as_far_as_asked_and_never_back() {
    let city = City::open().await;
    let visitor = city.visitor().await;
    let day = |text: &str| {
        text.parse::<shirushi_clock::Date>()
            .unwrap()
    };
    let mut before = day(&city.date().await);
    for (step, days) in [("day", 1..=1), ("month", 28..=31), ("year", 365..=366)] {
        let page = visitor
            .follow("/time", &[("step", step)])
            .await;
        assert!(page.contains("市の時計を進めました"), "{step}");
        let after = day(&city.date().await);
        let passed = (after - before).get_days();
        assert!(days.contains(&passed), "{step}: {passed} days");
        before = after;
    }
    for days in ["-1", "0", "36526", "1e3", "", "9223372036854775807"] {
        let refused = visitor
            .send("/time", &[("step", "days"), ("days", days)])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
        assert!(
            refused
                .text
                .contains(&format!("value=\"{days}\"")),
            "{days}"
        );
        assert_eq!(day(&city.date().await), before, "{days}");
    }
    let page = visitor
        .follow(
            "/time",
            &[
                ("step", "birthday"),
                ("resident", "90000000055"),
                ("from", "90000000055"),
            ],
        )
        .await;
    assert!(page.contains("閏印"));
    let date = city.date().await;
    assert!(
        date.ends_with("-02-28") || date.ends_with("-02-29"),
        "{date}"
    );
    before = day(&date);
    visitor
        .follow("/time", &[("step", "days"), ("days", "30")])
        .await;
    assert_eq!((day(&city.date().await) - before).get_days(), 30);
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
