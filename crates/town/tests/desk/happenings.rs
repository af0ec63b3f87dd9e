//! What the desk does: to residents, cards and the clock.

use crate::city::{City, TARO, between};
use reqwest::{StatusCode, header};

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
    for (character, number) in [("\u{202E}", "U+202E"), ("\u{3164}", "U+3164")] {
        let address = format!("東京都印市{character}");
        let refused = visitor
            .send(
                &path,
                &[("occurred-on", "2026-01-01"), ("address", &address)],
            )
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused
                .text
                .contains(&format!("6文字目の{number}"))
        );
        assert!(
            refused
                .text
                .contains(&format!("value=\"{address}\""))
        );
    }
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
        // Asked first, and nothing has passed.
        let asked = visitor
            .send("/time", &[("step", step)])
            .await;
        assert_eq!(asked.status, StatusCode::OK, "{step}");
        assert!(
            asked
                .text
                .contains("戻すことはできません"),
            "{step}"
        );
        assert!(
            asked
                .text
                .contains(&format!("name=\"step\" value=\"{step}\"")),
            "{step}"
        );
        assert_eq!(day(&city.date().await), before, "{step}");
        let page = visitor
            .follow("/time", &[("step", step), ("confirmed", "yes")])
            .await;
        assert!(page.contains("市の時計を進めました"), "{step}");
        let after = day(&city.date().await);
        let passed = (after - before).get_days();
        assert!(days.contains(&passed), "{step}: {passed} days");
        before = after;
    }
    for days in ["-1", "0", "36526", "1e3", "", "9223372036854775807"] {
        let refused = visitor
            .send(
                "/time",
                &[("step", "days"), ("days", days), ("confirmed", "yes")],
            )
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
                ("confirmed", "yes"),
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
        .follow(
            "/time",
            &[("step", "days"), ("days", "30"), ("confirmed", "yes")],
        )
        .await;
    assert_eq!((day(&city.date().await) - before).get_days(), 30);
}
