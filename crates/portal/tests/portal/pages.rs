//! Forms and drafts at the portal.
//!
//! * Every form is refused without the token of its page, with another session's, and from another origin; nothing changes.
//! * A draft is kept, taken up again and deleted; what is wrong stands at its field; another account's draft does not exist.
//! * Attachments are of known kinds, within the limit, of different names, and can be removed.
//! * Whether the signature certificate will do is told before the form, with the rule and the way to the counter.
//! * Nothing of a person is seen or done without a log-in.
//! * What people write is text and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::hall::{Browser, DAY, DOWN, Hall, ORIGIN, UP, form_of, hanako, location, text};
use axum::http::StatusCode;
use shirushi_kit::forms;
use shirushi_profile::CertificateKind::Authentication;

/// Every form of the portal.
const FORMS: [&str; 10] = [
    "/log-in",
    "/log-out",
    "/certificate",
    "/procedures/{id}/start",
    "/drafts/{id}",
    "/drafts/{id}/delete",
    "/drafts/{id}/attachments",
    "/drafts/{id}/attachments/{attachment}/remove",
    "/drafts/{id}/sign",
    "/outbox/{filing}/send",
];

const SCRIPT: &str = "<script>alert(1)</script>";

fn name() -> String {
    hanako().name
}

/// The path by which the first thing attached is removed.
fn removal(page: &str) -> String {
    let before = page.split("/remove\"").next().unwrap();
    let start = before.rfind("action=\"").unwrap() + 8;
    format!("{}/remove", &before[start..])
}

#[test]
fn the_table_has_every_form_of_the_sources() {
    let found: Vec<&str> = include_str!("../../src/router.rs")
        .split(".route(")
        .skip(1)
        .filter(|route| route.contains("post("))
        .filter_map(|route| route.split('"').nth(1))
        .collect();
    assert_eq!(found, FORMS);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_elsewhere_do_nothing() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.filled(&citizen, &name()).await;
    hall.upload(
        &format!("{draft}/attachments"),
        &citizen,
        ORIGIN,
        "a.txt",
        b"a",
    )
    .await;
    let remove = removal(&hall.page(&draft, &citizen).await);
    let other = hall.filled(&citizen, &name()).await;
    hall.is_at(DOWN);
    let outbox = location(
        &hall
            .signed(&citizen, &other, &hall.signature())
            .await,
    )
    .to_owned();
    hall.is_at(UP);
    let strange = hall.visitor().await.token;
    let before = (
        hall.page("/my", &citizen).await,
        hall.page(&draft, &citizen).await,
    );
    for form in FORMS {
        let path = match form {
            "/drafts/{id}/attachments/{attachment}/remove" => remove.clone(),
            "/outbox/{filing}/send" => format!("{outbox}/send"),
            _ => form
                .replace("/drafts/{id}", &draft)
                .replace("{id}", "RKO0010"),
        };
        let own = citizen.token.as_str();
        for (origin, token) in [
            (ORIGIN, ""),
            (ORIGIN, strange.as_str()),
            ("http://evil.example", own),
            ("http://agency.localhost:8080", own),
            ("null", own),
        ] {
            let browser = Browser {
                token: token.to_owned(),
                cookie: citizen.cookie.clone(),
            };
            let refused = if form.ends_with("/attachments") {
                hall.upload(&path, &browser, origin, "b.txt", b"b")
                    .await
            } else {
                let fields = [
                    ("form-token", token),
                    ("applicant-name", "x"),
                    ("save", "1"),
                ];
                hall.post(&path, &browser.cookie, origin, &fields)
                    .await
            };
            assert_eq!(
                refused.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {origin}"
            );
            assert!(
                text(refused)
                    .await
                    .contains("page/of-this-session"),
                "{path} {origin}"
            );
        }
    }
    let after = (
        hall.page("/my", &citizen).await,
        hall.page(&draft, &citizen).await,
    );
    assert_eq!(before, after);
    assert_eq!(hall.received().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_taken_up_and_deleted_by_its_own_account() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.draft(&citizen).await;
    let kept = [
        ("applicant-name", SCRIPT),
        ("field-total-income", "many"),
        ("save", "1"),
    ];
    let saved = hall.send(&draft, &citizen, &kept).await;
    assert_eq!(location(&saved), "/my#drafts");
    let page = hall.page(&draft, &citizen).await;
    assert!(page.contains("value=\"many\"") && page.contains("&lt;script&gt;"));
    assert!(!page.contains(SCRIPT));

    for (browser, absent, yen) in [
        (citizen.clone(), "入力してください。", "金額を数字（円）で"),
        (
            citizen.in_english(),
            "Fill this in.",
            "Enter an amount in yen",
        ),
    ] {
        let asked = [
            ("applicant-name", SCRIPT),
            ("field-total-income", "many"),
            ("review", "1"),
        ];
        let wrong = hall
            .send(&draft, &browser, &asked)
            .await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = text(wrong).await;
        for (field, words) in [("applicant-address", absent), ("field-total-income", yen)] {
            let error = page
                .split(&format!("id=\"{field}-error\""))
                .nth(1)
                .unwrap();
            assert!(
                error
                    .split("</p>")
                    .next()
                    .unwrap()
                    .contains(words),
                "{field}"
            );
        }
        assert!(!page.contains(SCRIPT));
    }

    let other = hall.citizen().await;
    assert_eq!(
        hall.get(&draft, &other.cookie)
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    for path in ["", "/delete", "/sign"] {
        let response = hall
            .send(&format!("{draft}{path}"), &other, &form_of("x"))
            .await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let attached = format!("{draft}/attachments");
    let response = hall
        .upload(&attached, &other, ORIGIN, "a.txt", b"a")
        .await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(
        hall.page(&draft, &citizen)
            .await
            .contains("value=\"many\"")
    );

    hall.send(&format!("{draft}/delete"), &citizen, &[])
        .await;
    assert_eq!(
        hall.get(&draft, &citizen.cookie)
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_comes_with_a_file_and_with_its_removal() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.draft(&citizen).await;
    let path = format!("{draft}/attachments");
    let page = hall.page(&draft, &citizen).await;
    let form = page
        .split("<form")
        .nth(
            1 + page
                .split("<form")
                .skip(1)
                .position(|form| form.contains("name=\"file\""))
                .unwrap(),
        )
        .unwrap();
    assert!(form.contains("applicant-name"), "one form: {form}");
    for (typed, file) in [
        ("甲 一", ("a.txt", &b"a"[..])),
        ("甲 二", ("a.exe", b"MZ\0\0")),
    ] {
        hall.upload_with(&path, &citizen, ORIGIN, &[("applicant-name", typed)], file)
            .await;
        let page = hall.page(&draft, &citizen).await;
        assert!(page.contains(&format!("value=\"{typed}\"")), "{page}");
    }
    let remove = removal(&hall.page(&draft, &citizen).await);
    hall.send(&remove, &citizen, &[("applicant-name", "甲 三")])
        .await;
    let page = hall.page(&draft, &citizen).await;
    assert!(
        page.contains("value=\"甲 三\"") && !page.contains("a.txt"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_and_no_file_name_has_a_character_that_is_not_seen() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await.in_english();
    let draft = hall.draft(&citizen).await;
    for (character, number) in [
        ('\u{202E}', "U+202E"),
        ('\u{200D}', "U+200D"),
        ('\u{3164}', "U+3164"),
        ('\u{378}', "U+0378"),
        ('\u{E000}', "U+E000"),
    ] {
        let name = format!("𠮷印{character}花子");
        let refused = hall
            .send(&draft, &citizen, &form_of(&name))
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = text(refused).await;
        let told = format!("character 3 is {number}");
        assert!(page.contains(&told), "{page}");
        // Kept as it was typed, to be mended.
        assert!(page.contains(&format!("value=\"{name}\"")), "{page}");
        let file = format!("領収{character}書.txt");
        let path = format!("{draft}/attachments");
        let refused = hall
            .upload(&path, &citizen, ORIGIN, &file, b"a")
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(refused).await.contains(&told));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_after_the_log_in_ended_comes_back_to_who_typed_it() {
    use forms::{assert_named, encoded, forms_of, links_of};
    let hall = Hall::open().await;
    let held_by = hall
        .office
        .bench
        .issue(Authentication, 1, &hanako());
    let another = hall
        .office
        .bench
        .issue(Authentication, 2, &hanako());
    let citizen = hall.log_in(&held_by).await;
    let draft = hall.filled(&citizen, &name()).await;
    hall.upload(
        &format!("{draft}/attachments"),
        &citizen,
        ORIGIN,
        "a.txt",
        b"a",
    )
    .await;
    let other = hall.filled(&citizen, &name()).await;
    hall.is_at(DOWN);
    hall.signed(&citizen, &other, &hall.signature())
        .await;
    hall.is_at(UP);
    let mut pages = std::collections::BTreeSet::from([
        "/log-in".to_owned(),
        "/my".to_owned(),
        "/procedures/RKO0010/start".to_owned(),
        draft.clone(),
        format!("{draft}/review"),
    ]);
    for path in pages.clone() {
        pages.extend(links_of(&hall.page(&path, &citizen).await));
    }
    let (mut seen, mut held) = (
        std::collections::BTreeSet::new(),
        std::collections::BTreeSet::new(),
    );
    for path in &pages {
        let page = text(hall.get(path, &citizen.cookie).await).await;
        for form in forms_of(&page) {
            seen.insert(form.action.clone());
            let typed = form.typed();
            let (body, kind) = encoded(&form, &typed);
            let typed: Vec<_> = typed
                .into_iter()
                .filter(|(name, _)| !forms::is_own(name))
                .collect();
            let is_log_in = form.action == "/log-in";
            if is_log_in || typed.is_empty() || !held.insert(form.action.clone()) {
                continue;
            }
            let nobody = hall.visitor().await;
            let led = hall
                .post_as(&form.action, &nobody.cookie, &kind, body)
                .await;
            let next = location(&led)
                .strip_prefix("/log-in?to=")
                .unwrap()
                .to_owned();
            assert!(next.starts_with("/held/"), "{}: {next}", form.action);
            let page = text(
                hall.get(location(&led), &nobody.cookie)
                    .await,
            )
            .await;
            assert!(page.contains("入力した内容は残してあり"), "{page}");
            let other = hall.log_in(&another).await;
            assert!(
                hall.page(&next, &other)
                    .await
                    .contains("別の方のもの")
            );
            let again = hall.log_in(&held_by).await;
            let page = hall.page(&next, &again).await;
            let shown = forms_of(&page)
                .into_iter()
                .find(|shown| shown.action == form.action)
                .unwrap();
            assert_eq!(shown.given(), typed, "{}", form.action);
            assert_eq!(shown.is_multipart, form.is_multipart);
            for reader in [again.clone(), again.in_english()] {
                let asked = forms_of(&hall.page(path, &reader).await)
                    .into_iter()
                    .find(|asked| asked.action == form.action)
                    .unwrap();
                assert_named(&hall.page(&next, &reader).await, &asked);
            }
        }
    }
    for form in ["", "/attachments"] {
        assert!(held.contains(&format!("{draft}{form}")), "{held:?}");
    }
    assert_eq!(forms::unseen(&FORMS, &seen), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_have_their_kinds_and_limits() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.draft(&citizen).await;
    let path = format!("{draft}/attachments");
    let large = [b"%PDF-".as_slice(), &vec![b'x'; 7 * 1024 * 1024]].concat();
    for (name, content, words) in [
        ("a.txt", &b""[..], "well-formed"),
        ("a.exe", b"MZ\0\0", "PDF"),
        ("a.pdf", b"<html>", "PDF"),
    ] {
        let refused = hall
            .upload(&path, &citizen, ORIGIN, name, content)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(text(refused).await.contains(words), "{name}");
    }
    let first = hall
        .upload(&path, &citizen, ORIGIN, "1.pdf", &large)
        .await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let second = hall
        .upload(&path, &citizen, ORIGIN, "2.pdf", &large)
        .await;
    assert!(
        second.status().is_client_error(),
        "both do not fit a filing"
    );
    assert!(
        !hall
            .page(&draft, &citizen)
            .await
            .contains("2.pdf")
    );
    let remove = removal(&hall.page(&draft, &citizen).await);
    hall.send(&remove, &citizen, &[]).await;
    assert!(
        !hall
            .page(&draft, &citizen)
            .await
            .contains("1.pdf")
    );

    let huge = vec![b'x'; 9 * 1024 * 1024];
    let refused = hall
        .upload(&path, &citizen, ORIGIN, "3.txt", &huge)
        .await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        text(refused)
            .await
            .contains("size-limit")
    );

    // Two files of one name at once: one is attached, the other is refused.
    let (one, two) = tokio::join!(
        hall.upload(&path, &citizen, ORIGIN, "same.txt", b"a"),
        hall.upload(&path, &citizen, ORIGIN, "same.txt", b"a"),
    );
    let mut both = [one.status(), two.status()];
    both.sort();
    assert_eq!(
        both,
        [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]
    );

    hall.upload(&path, &citizen, ORIGIN, "<script>.txt", b"a")
        .await;
    let page = hall.page(&draft, &citizen).await;
    assert!(page.contains("&lt;script&gt;.txt") && !page.contains("<script>.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_is_told_before_the_form() {
    let hall = Hall::open().await;
    let held = hall.signature();
    let card = hall
        .office
        .bench
        .issue(Authentication, 1, &hanako());
    let citizen = hall.log_in(&card).await;
    assert_eq!(location(&hall.show(&citizen, &held).await), "/certificates");
    let draft = hall.draft(&citizen).await;
    let page = hall.page(&draft, &citizen).await;
    let holder = held.certificate.holder().unwrap();
    assert!(page.contains(&format!("value=\"{}\"", holder.name)));
    assert!(page.contains("value=\"1990-04-01\"") && page.contains(&holder.address));

    hall.later(250 * DAY);
    let citizen = hall.log_in(&card).await;
    let start = "/procedures/RKO0010/start";
    let page = hall.page(start, &citizen).await;
    assert!(page.contains("まもなく満了します") && page.contains("書式に入力する"));

    hall.office
        .bench
        .revoke(&held.certificate);
    let dead = hall.get(start, &citizen.cookie).await;
    assert_eq!(dead.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(dead).await;
    assert!(page.contains("filing/not-revoked") && page.contains("href=\"/apply\""));
    assert!(!page.contains("書式に入力する"));
    let begun = hall.send(start, &citizen, &[]).await;
    assert_eq!(begun.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_seen_or_done_without_a_log_in() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.filled(&citizen, &name()).await;
    let visitor = hall.visitor().await;
    for path in [
        "/my",
        "/procedures/RKO0010/start",
        &draft,
        &format!("{draft}/review"),
        "/outbox/00",
        "/filings/00",
    ] {
        let response = hall.get(path, &visitor.cookie).await;
        assert_eq!(location(&response), format!("/log-in?to={path}"));
    }
    for form in FORMS
        .into_iter()
        .filter(|form| !form.starts_with("/log-"))
    {
        let path = form
            .replace("/drafts/{id}", &draft)
            .replace("{id}", "RKO0010");
        let response = if form.ends_with("/attachments") {
            hall.upload(&path, &visitor, ORIGIN, "a.txt", b"a")
                .await
        } else {
            hall.send(&path, &visitor, &form_of("x"))
                .await
        };
        assert_eq!(location(&response), "/log-in?to=/my", "{path}");
    }
    let page = hall.page(&draft, &citizen).await;
    assert!(page.contains(&name()) && !page.contains("a.txt"));
}
