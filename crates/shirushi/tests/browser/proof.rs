//! The harness itself: what it is meant to find, it finds, and it leaves nothing behind.
//!
//! * On a page made of the house's own parts nothing is found: not by axe-core, not at 320 px, not at 200 %, light or dark.
//! * On a page with a fault of each kind, each of them is found.
//! * Things are pressed, filled in and reached by the names that people read, by mouse and by keyboard alone.
//! * When a browser is dropped, its processes and its profile are gone.

use crate::{
    browser::{Browser, date_keys},
    place::Place,
    screen::{Colours, Screen},
};
use axum::{
    Router,
    extract::State,
    response::{Html, Redirect, Response},
    routing::{get, post},
};
use shirushi_crypto::SystemRandom;
use shirushi_rules::Bilingual;
use shirushi_web::{Fields, Page, Problem, Site, SiteConfig, Visit, maud::html, ui};
use std::sync::Arc;
use thirtyfour::Key;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_a_page_made_of_the_houses_parts() {
    let origin = good_site().await;
    let browser = Browser::start().await;
    let load = browser.load(&origin).await;
    assert_eq!(load.complaints, [""; 0]);
    assert_eq!(load.strangers(&origin), [].into(), "{:?}", load.requests);
    // The page, its style, its script and its icon.
    assert_eq!(load.requests.len(), 4, "{:?}", load.requests);
    assert!((2_000..200_000).contains(&load.bytes), "{load:?}");
    assert!(load.paint > 0.0 && load.paint <= load.content, "{load:?}");
    assert_eq!(browser.axe().await, [""; 0]);
    for colours in [Colours::Light, Colours::Dark] {
        browser.in_colours(colours).await;
        for screen in [Screen::Wide, Screen::Narrow, Screen::Zoomed] {
            browser.on(screen).await;
            assert_eq!(browser.overflow().await, [""; 0], "{colours:?} {screen:?}");
            assert_eq!(
                browser.axe_contrast().await,
                [""; 0],
                "{colours:?} {screen:?}"
            );
            let picture = browser
                .picture(&format!("proof-{colours:?}-{screen:?}").to_lowercase())
                .await;
            assert!(
                std::fs::metadata(picture)
                    .unwrap()
                    .len()
                    > 5_000
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_fault_is_found() {
    let other = serve(Router::new().route("/", get(async || "other"))).await;
    let origin = bad_site(&other).await;
    let browser = Browser::start().await;
    let load = browser.load(&origin).await;
    assert_eq!(load.strangers(&origin), [other].into());
    assert!(load.bytes > 300_000, "{load:?}");
    assert!(load.paint > 300.0, "{load:?}");
    let complaints = load.complaints.join("\n");
    for words in ["Content Security Policy", "a complaint of the page"] {
        assert!(complaints.contains(words), "no {words:?} in {complaints}");
    }
    let findings = browser.axe().await.join("\n");
    for rule in [
        "image-alt",
        "label",
        "color-contrast",
        "html-has-lang",
        "target-size",
        "heading-order",
    ] {
        assert!(findings.contains(rule), "no {rule} in {findings}");
    }
    assert_eq!(browser.overflow().await, [""; 0]);
    for screen in [Screen::Narrow, Screen::Zoomed] {
        browser.on(screen).await;
        let overflow = browser.overflow().await.join("\n");
        assert!(overflow.contains("the page is 900 px wide"), "{overflow}");
        assert!(!overflow.contains("scrolls by itself"), "{overflow}");
    }
    assert!(
        browser
            .axe_contrast()
            .await
            .iter()
            .all(|finding| !finding.contains("unreadable when dark"))
    );
    browser.in_colours(Colours::Dark).await;
    let dark = browser.axe_contrast().await.join("\n");
    assert!(dark.contains("unreadable when dark"), "{dark}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_press_and_fill_in_by_the_names_that_they_read() {
    let origin = good_site().await;
    let browser = Browser::start().await;
    browser.open(&origin).await;
    browser.fill("お名前", "印 花子").await;
    browser
        .fill("生年月日", "1990-04-01")
        .await;
    browser.choose("郵送").await;
    browser
        .select("市区町村", "海野市")
        .await;
    browser.click("申請する").await;
    browser
        .sees("受け付けました: 印 花子 1990-04-01 post umino")
        .await;
    assert_eq!(browser.heading().await, "受付");
    browser.click("English").await;
    browser.sees("Sandbox").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_done_by_keyboard_alone() {
    let origin = good_site().await;
    let browser = Browser::start().await;
    browser.open(&origin).await;
    browser.tab_to("本文へ進む").await;
    browser.press(Key::Enter).await;
    browser
        .type_into("お名前", "shirushi")
        .await;
    browser.tab_to("生年月日").await;
    browser
        .type_in(&date_keys("1990-04-01"))
        .await;
    browser.tab_to("窓口").await;
    browser.press(Key::Down).await;
    browser.tab_to("市区町村").await;
    browser.press(Key::Down).await;
    browser.enter("申請する").await;
    browser
        .sees("受け付けました: shirushi 1990-04-01 post umino")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_leaves_nothing_behind() {
    let folder = {
        let browser = Browser::start().await;
        let folder = browser.folder.path().to_owned();
        assert!(processes_that_name(&folder) > 2);
        assert!(
            browser
                .process
                .url()
                .starts_with("http://127.0.0.1:")
        );
        folder
    };
    assert_eq!(processes_that_name(&folder), 0);
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_city_is_reached() {
    let place = Place::new();
    let up = place.up(Some("127.0.0.1:0"));
    let browser = Browser::start().await;
    let start = up.announced["pages"]["sandbox"]
        .as_str()
        .unwrap();
    let load = browser.load(start).await;
    assert_eq!(load.complaints, [""; 0]);
    assert_eq!(load.strangers(start), [].into());
    assert_eq!(browser.axe().await, [""; 0]);
    up.stop();
}

/// Processes of the machine whose command line names a path.
fn processes_that_name(path: &std::path::Path) -> usize {
    let path = path.to_str().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.unwrap().path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(path))
        .count()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

async fn good_site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let config = SiteConfig {
        origin: origin.clone(),
        word: "proof",
        name: Bilingual {
            ja: "試験",
            en: "Proof",
        },
        links: vec![],
        forms_lead_to: vec![],
        takes_secrets: false,
        is_sandbox: true,
    };
    let site = Site::new(config, Arc::new(SystemRandom)).unwrap();
    let routes = Router::new()
        .route("/", get(form))
        .route("/applications", post(apply));
    let router = site.wrap(routes);
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

async fn form(visit: Visit) -> Page {
    let choice = |value, label: &'static str, chosen| ui::Choice {
        value,
        label: label.into(),
        hint: "",
        chosen,
    };
    let content = html! {
        h2 { "申請" }
        (ui::form(&visit, "/applications", html! {
            (ui::field(&visit, ui::Field { name: "name", label: "お名前".into(), hint: "戸籍のとおりに", ..Default::default() }))
            (ui::field(&visit, ui::Field { name: "birth", label: "生年月日".into(), kind: "date", ..Default::default() }))
            (ui::choices(&visit, "radio", "way", "受け取り".into(), "", &[choice("counter", "窓口", true), choice("post", "郵送", false)]))
            (ui::select(&visit, "town", "市区町村".into(), "", &[choice("yamano", "山野市", true), choice("umino", "海野市", false)]))
            (ui::submit("申請する"))
        }))
        (ui::table("手数料", &["種類", "円"], &[vec![html! { "署名用" }, html! { "200" }]]))
    };
    Page::new(&visit, "申請", content)
}

async fn apply(visit: Visit, fields: Fields) -> Result<Page, Problem> {
    let told = ["name", "birth", "way", "town"]
        .map(|name| fields.text(name).to_owned())
        .join(" ");
    Ok(Page::new(
        &visit,
        "受付",
        ui::notice(ui::Tone::Good, html! { p { "受け付けました: " (told) } }),
    ))
}

async fn bad_site(other: &str) -> String {
    let page = format!(
        "<!doctype html><title>bad</title>
         <link rel=stylesheet href=/style.css><script src=/script.js></script>
         <body><main><h1>Bad</h1><h4>of every kind</h4>
         <p style='color: red'>styled inline</p>
         <img src='{other}/image.png'>
         <input name=unlabelled>
         <p class=pale>pale</p>
         <p class=night>unreadable when dark</p>
         <a class=small href=/a>a</a><a class=small href=/b>b</a>
         <div class=wide>wide</div>
         <div class=scroll><div class=wide>scrolls by itself</div></div></main>"
    );
    let style = "body { margin: 0; background: white; color: black; font-size: 16px }
        .pale { color: #ccc }
        .wide { width: 900px }
        .scroll { overflow-x: auto }
        .small { display: inline-block; width: 8px; height: 8px; overflow: hidden; font-size: 8px }
        @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } .night { color: #222 } }";
    let script = format!(
        "console.error('a complaint of the page'); /* {} */",
        "x".repeat(300_000)
    );
    let routes = Router::new()
        .route(
            "/",
            get(async |State(page): State<String>| {
                let policy = "style-src 'self'; script-src 'self'";
                ([("content-security-policy", policy)], Html(page))
            }),
        )
        .route("/style.css", get(async move || slow_style(style).await))
        .route(
            "/script.js",
            get(async move || ([("content-type", "text/javascript")], script)),
        )
        .route("/a", get(async || Redirect::to("/")))
        .with_state(page);
    serve(routes).await
}

/// A style that lets the page wait.
async fn slow_style(style: &'static str) -> Response {
    use axum::response::IntoResponse as _;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    ([("content-type", "text/css")], style).into_response()
}
