//! Every page of every site, in both languages, and what is typed into its forms: those that the story passes, and the others; what a form answers that was filled in wrongly,
//! and what stands where there is no page. Compared with the routes that the sources state, so that none is forgotten.

use crate::{
    acts::TARO,
    browser::Browser,
    city::{City, Pages},
    inspect::Inspector,
    person::{Hands, Person},
    routes, story,
};
use std::collections::BTreeSet;

/// GET routes that are no pages of their own: where the browser is only sent on, parts of a page, and files.
const NO_PAGES: [(&str, &str); 15] = [
    ("agency", "/"),
    ("agency", "/filings/{receipt}/attachments/{number}"),
    ("agency", "/filings/{receipt}/evidence/{name}"),
    ("agent", "/enter"),
    ("agent", "/errands/{id}/attachments/{n}"),
    ("agent", "/errands/{id}/document"),
    // It leads on by itself.
    ("agent", "/errands/{id}/done"),
    ("agent", "/errands/{id}/progress"),
    ("agent", "/sign/{id}/signature"),
    ("counter", "/"),
    ("counter", "/applications/{id}/state"),
    ("counter", "/returned"),
    ("portal", "/returned"),
    // Only while the agency does not answer, or after a refusal.
    ("portal", "/outbox/{filing}"),
    ("sandbox", "/cards/{number}/file"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_stands_up_to_inspection() {
    let city = City::start();
    let browser = Browser::start().await;
    let inspector = Inspector::default();
    let person = Person::new(&browser, Hands::Mouse);
    let pages = &city.pages;
    before(&person, pages, &inspector).await;
    story::tell(&person, pages, Some(&inspector)).await;
    after(&person, pages, &inspector).await;
    let seen = inspector.seen();
    for (name, figures) in &seen {
        println!(
            "{name}: {} bytes, first paint {:.0} ms",
            figures.bytes, figures.paint
        );
    }
    let unseen: Vec<String> = routes::all()
        .into_iter()
        .filter(|route| route.is_get && !NO_PAGES.contains(&(route.site, &route.pattern)))
        .filter(|route| {
            !seen
                .iter()
                .any(|(name, figures)| name.starts_with(route.site) && route.is_of(&figures.path))
        })
        .map(|route| format!("{} {}", route.site, route.pattern))
        .collect();
    drop(browser);
    city.stop();
    inspector.assert_faultless();
    let typed = inspector.typed();
    for site in ["counter", "portal", "agency"] {
        assert!(
            typed
                .iter()
                .any(|form| form.starts_with(site)),
            "{site}: {typed:?}"
        );
    }
    println!("typed into: {typed:#?}");
    assert!(unseen.is_empty(), "not inspected: {unseen:#?}");
}

/// What is there before anything has been done.
async fn before(person: &Person<'_>, pages: &Pages, inspector: &Inspector) {
    let look = Some(inspector);
    for (site, paths) in [
        ("sandbox", &["/", "/residents", "/cards", "/codes"][..]),
        ("counter", &["/log-in", "/enrol"][..]),
        ("portal", &["/prepare", "/certificates", "/news"][..]),
        ("agency", &["/log-in", "/enrol"][..]),
        (
            "agent",
            &[
                "/", "/sign", "/check", "/pins", "/revoke", "/sites", "/history",
            ][..],
        ),
    ] {
        let origin = pages.origin(site);
        for path in paths {
            person.go(origin, path).await;
            let word = match *path {
                "/" => "start",
                path => path.trim_start_matches('/'),
            };
            person
                .look(look, &format!("{site}-{word}-at-first"))
                .await;
        }
        person.go(origin, "/no/such/page").await;
        person
            .look(look, &format!("{site}-no-such-page"))
            .await;
    }
    // Forms that are refused.
    person
        .go(&pages.sandbox, "/cards")
        .await;
    person
        .fill("住民票コード", "12345678901")
        .await;
    person.press("カードを作る").await;
    person.sees("根拠").await;
    person
        .look_at_answer(look, "sandbox-cards-refused")
        .await;
    person
        .go(&pages.counter, "/log-in")
        .await;
    person
        .fill("担当者の名前", "hanako")
        .await;
    person
        .fill("パスワード", "not the password")
        .await;
    person.press("ログイン").await;
    person.sees("根拠").await;
    person
        .look_at_answer(look, "counter-log-in-refused")
        .await;
    person.go(&pages.agency, "/enrol").await;
    person
        .fill("登録コード", "AAAA-AAAA")
        .await;
    person.fill("氏名", "係子").await;
    person
        .fill("パスワード", "too short")
        .await;
    person
        .fill("パスワード（確認）", "too long")
        .await;
    person.press("登録する").await;
    person.sees("根拠").await;
    person
        .look_at_answer(look, "agency-enrol-refused")
        .await;
    person.go(&pages.agent, "/sites").await;
    person
        .fill("サイトのアドレス", "nonsense")
        .await;
    person.press("加える").await;
    person.sees("サイト").await;
    person
        .look_at_answer(look, "agent-sites-refused")
        .await;
}

/// What is there afterwards.
async fn after(person: &Person<'_>, pages: &Pages, inspector: &Inspector) {
    let look = Some(inspector);
    for (site, paths) in [
        ("sandbox", &["/", "/residents", "/cards"][..]),
        (
            "counter",
            &[
                "/applications",
                "/applications/new",
                "/revocations/new",
                "/held/0",
            ][..],
        ),
        (
            "portal",
            &[
                "/my",
                "/certificates",
                "/procedures/JUM0010/start",
                "/held/0",
            ][..],
        ),
        ("agency", &["/filings", "/held/0"][..]),
        ("agent", &["/", "/sites", "/history"][..]),
    ] {
        for path in paths {
            person
                .go(pages.origin(site), path)
                .await;
            let word = match *path {
                "/" => "start".to_owned(),
                path => path
                    .trim_start_matches('/')
                    .replace('/', "-"),
            };
            person
                .look(look, &format!("{site}-{word}"))
                .await;
        }
    }
    for kind in [
        "move-out",
        "name-change",
        "correction-by-office",
        "minor-correction",
        "death",
        "deletion-by-office",
    ] {
        person
            .go(&pages.sandbox, &format!("/residents/{TARO}/changes/{kind}"))
            .await;
        person
            .look(look, &format!("sandbox-change-{kind}"))
            .await;
    }
    person
        .go(&pages.counter, &format!("/revocations/new/{TARO}"))
        .await;
    person
        .look(look, "counter-revocation")
        .await;
    person
        .choose("利用者証明用電子証明書")
        .await;
    person.choose("利用をやめる").await;
    person.press("失効させる").await;
    person.sees("失効の結果").await;
    person
        .look_at_answer(look, "counter-revoked")
        .await;
    // What was received, as it is printed.
    person
        .go(&pages.agency, "/filings")
        .await;
    person.press_css("main table a").await;
    person.sees("署名の検証").await;
    person
        .look(look, "agency-filing-refused")
        .await;
    person.press("印刷用の検証報告").await;
    person.sees("検証報告").await;
    person.look(look, "agency-report").await;
}

/// What is listed as no page is a route, so that the list does not outlive it.
#[test]
fn what_is_no_page_is_a_route_all_the_same() {
    let all: BTreeSet<(&str, String)> = routes::all()
        .into_iter()
        .map(|route| (route.site, route.pattern))
        .collect();
    for (site, pattern) in NO_PAGES {
        assert!(
            all.contains(&(site, pattern.to_owned())),
            "{site} {pattern}"
        );
    }
}
