//! * An officer is enrolled by a code that the authority made, once, and chooses the password.
//! * The authority knows the public key; the private one is in the counter's database alone.
//! * Names cannot be told from each other by what is answered or by how long it takes, and passwords cannot be tried at will.
//! * A session ends after eight hours or when it is ended, and is not kept in a form that could be used.

use crate::support::{ELSEWHERE, HERE, PASSWORD, Town, send};
use serde_json::json;
use shirushi_rules::{OFFICER_KNOWN, WELL_FORMED};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_is_enrolled_by_a_code_and_logs_in_with_a_password_of_their_own() {
    let town = Town::new().await;
    let code = town.authority.code(ELSEWHERE);
    let enrolled = town
        .enrol(&code, "hanako", PASSWORD)
        .await;
    assert_eq!(enrolled.status, 201);
    assert_eq!(
        enrolled.json,
        json!({ "officer": "hanako", "municipality": ELSEWHERE })
    );
    let known: Vec<_> = {
        let books = town.authority.books.lock().unwrap();
        books
            .officers
            .values()
            .cloned()
            .collect()
    };
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].name, "hanako");
    assert_eq!(
        known[0].key.key_bits().len(),
        65,
        "an uncompressed point of P-256"
    );
    let session = town.log_in("hanako", PASSWORD).await;
    assert_eq!(session.status, 200);
    let session = session.json["session"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(hex::decode(&session).unwrap().len(), 32);
    assert_eq!(
        town.read("/counter/applications", &session)
            .await
            .json,
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_eleven_characters_is_refused_before_the_code_is_spent() {
    let town = Town::new().await;
    let code = town.authority.code(HERE);
    // Characters are counted, not bytes: these are 33.
    let facts = town
        .enrol(&code, "hanako", "あいうえおかきくけこさ")
        .await;
    assert_eq!(facts.refused_by(&WELL_FORMED)["where"]["en"], "password");
    let enrolled = town
        .enrol(&code, "hanako", "あいうえおかきくけこさし")
        .await;
    assert_eq!(enrolled.status, 201, "{}", enrolled.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_a_name_taken_and_a_malformed_name_are_refused() {
    let town = Town::new().await;
    let code = town.authority.code(HERE);
    assert_eq!(
        town.enrol(&code, "hanako", PASSWORD)
            .await
            .status,
        201
    );
    let again = town
        .enrol(&code, "ichiro", PASSWORD)
        .await;
    again.refused_by(&OFFICER_KNOWN);
    assert_eq!(again.json["later"], "a field of a later release");
    let unused = town.authority.code(HERE);
    town.enrol(&unused, "hanako", "another good password")
        .await
        .refused_by(&OFFICER_KNOWN);
    town.enrol(&unused, "花子", PASSWORD)
        .await
        .refused_by(&WELL_FORMED);
    // The first one's password is what it was.
    assert_eq!(
        town.log_in("hanako", PASSWORD)
            .await
            .status,
        200
    );
    assert_eq!(
        town.enrol(&unused, "ichiro", PASSWORD)
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let town = Town::new().await;
    town.officer("hanako", HERE).await;
    let wrong = town
        .log_in("hanako", "another good password")
        .await;
    let unknown = town.log_in("jiro", PASSWORD).await;
    let no_name = town
        .log_in("' OR 1=1 --", PASSWORD)
        .await;
    wrong.refused_by(&OFFICER_KNOWN);
    assert_eq!(wrong.text, unknown.text);
    assert_eq!(wrong.text, no_name.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_costs_the_work_of_a_known_one() {
    let town = Town::new().await;
    town.officer("hanako", HERE).await;
    let mut least = [Duration::MAX; 2];
    for _ in 0..5 {
        for (least, name) in least.iter_mut().zip(["hanako", "jiro"]) {
            let start = Instant::now();
            town.log_in(name, "another good password")
                .await;
            *least = start.elapsed().min(*least);
        }
    }
    let [known, unknown] = least;
    assert!(unknown > known / 2, "{unknown:?} against {known:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_wrong_tries_the_name_waits_a_quarter_of_an_hour() {
    let mut town = Town::new().await;
    town.officer("hanako", HERE).await;
    town.officer("ichiro", HERE).await;
    for _ in 0..9 {
        town.log_in("hanako", "another good password")
            .await;
    }
    // A right one is not counted and forgives nothing.
    assert_eq!(
        town.log_in("hanako", PASSWORD)
            .await
            .status,
        200
    );
    let tenth = town
        .log_in("hanako", "another good password")
        .await;
    let waiting = town.log_in("hanako", PASSWORD).await;
    waiting.refused_by(&OFFICER_KNOWN);
    assert_eq!(tenth.text, waiting.text);
    assert_eq!(
        town.log_in("ichiro", PASSWORD)
            .await
            .status,
        200
    );
    town.restart().await;
    town.clock.advance(15 * 60 - 1);
    town.log_in("hanako", PASSWORD)
        .await
        .refused_by(&OFFICER_KNOWN);
    town.clock.advance(1);
    assert_eq!(
        town.log_in("hanako", PASSWORD)
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_tries_lock_no_officer_out_of_a_browser_that_is_known() {
    let mut town = Town::new().await;
    town.officer("hanako", HERE).await;
    town.officer("ichiro", HERE).await;
    let first = town.log_in("hanako", PASSWORD).await;
    let browser = first.json["browser"]
        .as_str()
        .unwrap()
        .to_owned();
    let of_another = town.log_in("ichiro", PASSWORD).await;
    for _ in 0..12 {
        town.log_in("hanako", "another good password")
            .await
            .refused_by(&OFFICER_KNOWN);
    }
    // Strangers wait, with whatever they bring.
    let made_up = "5a".repeat(32);
    for stranger in [
        of_another.json["browser"]
            .as_str()
            .unwrap(),
        &made_up,
        "",
        "x",
    ] {
        town.log_in_again("hanako", PASSWORD, stranger)
            .await
            .refused_by(&OFFICER_KNOWN);
    }
    let again = town
        .log_in_again("hanako", PASSWORD, &browser)
        .await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.json["browser"], *browser);
    town.restart().await;
    // The browser has a count of its own, and its wrong tries are its own.
    for _ in 0..10 {
        town.log_in_again("hanako", "another good password", &browser)
            .await
            .refused_by(&OFFICER_KNOWN);
    }
    town.log_in_again("hanako", PASSWORD, &browser)
        .await
        .refused_by(&OFFICER_KNOWN);
    town.clock.advance(15 * 60);
    assert_eq!(
        town.log_in_again("hanako", PASSWORD, &browser)
            .await
            .status,
        200
    );
    town.clock.advance(181 * 24 * 60 * 60);
    for _ in 0..10 {
        town.log_in("hanako", "another good password")
            .await;
    }
    town.log_in_again("hanako", PASSWORD, &browser)
        .await
        .refused_by(&OFFICER_KNOWN);
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_once_are_counted_one_by_one() {
    let town = std::sync::Arc::new(Town::new().await);
    town.officer("hanako", HERE).await;
    let mut tries = JoinSet::new();
    for number in 0..30 {
        let town = std::sync::Arc::clone(&town);
        tries.spawn(async move {
            let guess = format!("guess number {number:04}");
            town.log_in("hanako", &guess)
                .await
                .status
        });
    }
    assert_eq!(tries.join_all().await, vec![422; 30]);
    town.log_in("hanako", PASSWORD)
        .await
        .refused_by(&OFFICER_KNOWN);
    let row = town
        .store
        .row("SELECT count(*) AS tries FROM log_in_tries", &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.integer("tries").unwrap(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_eight_hours_and_when_it_is_ended() {
    let town = Town::new().await;
    let early = town.officer("hanako", HERE).await;
    town.clock.advance(8 * 60 * 60 - 1);
    assert_eq!(
        town.read("/counter/applications", &early)
            .await
            .status,
        200
    );
    let late = town
        .log_in("hanako", PASSWORD)
        .await
        .json["session"]
        .as_str()
        .unwrap()
        .to_owned();
    town.clock.advance(1);
    assert_eq!(
        town.read("/counter/applications", &early)
            .await
            .status,
        401
    );
    assert_eq!(
        town.read("/counter/applications", &late)
            .await
            .status,
        200
    );
    let ended = send(
        town.request("POST", "/counter/log-out")
            .bearer_auth(&late),
    )
    .await;
    assert_eq!(ended.status, 204);
    assert_eq!(
        town.read("/counter/applications", &late)
            .await
            .status,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_without_a_session() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let application = format!("/counter/applications/{}", "0".repeat(32));
    let relay = format!("{application}/relay");
    let routes = [
        ("GET", "/counter/residents/90000000014"),
        ("GET", "/counter/applications"),
        ("GET", application.as_str()),
        ("POST", "/counter/applications"),
        ("POST", relay.as_str()),
        ("POST", "/counter/revocations"),
    ];
    let upper = session.to_uppercase();
    for (method, path) in routes {
        for token in [None, Some(""), Some("00"), Some(upper.as_str())] {
            let mut request = town
                .request(method, path)
                .json(&json!({}));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            assert_eq!(send(request).await.status, 401, "{method} {path} {token:?}");
        }
        let twice = town
            .request(method, path)
            .json(&json!({}))
            .header("authorization", "Bearer 00")
            .header("authorization", format!("Bearer {session}"));
        assert_eq!(send(twice).await.status, 401, "{method} {path}");
    }
    assert_eq!(*town.register.asked.lock().unwrap(), 0);
}
