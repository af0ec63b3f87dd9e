//! Parties that break the contract: the counter says that something is wrong, and nothing else happens.

use crate::support::{
    Authority, CARD, Fate, HERE, PASSWORD, ROLE_TOKEN, Register, TARO, Town, authority, card,
    form_under, listen, peer, resident,
};
use axum::{Router, http::HeaderMap, response::Redirect, routing::any};
use serde_json::{Value, json};
use shirushi_counter::CounterConfig;
use std::sync::{Arc, Mutex};

const ID: &str = "00112233445566778899aabbccddeeff";

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_the_authority_that_are_none_are_faults() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let long = json!({ "token": "0".repeat(1024 * 1024) }).to_string();
    for (status, body, answered) in [
        (200, "", 500),
        (200, "{}", 500),
        (200, "{\"token\":\"short\"}", 500),
        (200, long.as_str(), 500),
        (401, "", 500),
        (404, "{}", 500),
        (422, "no report", 500),
        (422, "{\"rule\":\"a/b\"}", 500),
        (500, "{\"behind\":{\"wanted\":7,\"received\":6}}", 503),
        (502, "", 503),
        (503, "{\"behind\":{\"wanted\":7}}", 503),
        (503, "", 503),
    ] {
        town.authority
            .meets(Fate::Says(status, body.to_owned()));
        let answer = town
            .apply(&session, &form_under(ID))
            .await;
        assert_eq!(
            answer.status,
            answered,
            "{status} {}",
            &body[..body.len().min(40)]
        );
        answer.incident(answered);
    }
    let entry = &town
        .read("/counter/applications", &session)
        .await
        .json[0];
    assert_eq!(entry["state"], "recorded");
    town.authority.meets(Fate::Answered);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_someone_else_is_no_answer() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let other = resident("90000000023");
    town.register
        .residents
        .lock()
        .unwrap()
        .insert(TARO.to_owned(), other);
    town.apply(&session, &form_under(ID))
        .await
        .incident(500);
    town.register.put(resident(TARO));
    let other = card("TEST000000000002", TARO);
    town.register
        .cards
        .lock()
        .unwrap()
        .insert(CARD.to_owned(), other);
    town.apply(&session, &form_under(ID))
        .await
        .incident(500);
    assert_eq!(town.authority.arrived(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_token_follows_no_redirect() {
    let seen = Arc::new(Mutex::new(0));
    let elsewhere = {
        let seen = Arc::clone(&seen);
        listen(Router::new().fallback(any(async move |_: HeaderMap| {
            *seen.lock().unwrap() += 1;
        })))
        .await
    };
    let redirecting =
        listen(Router::new().fallback(any(async move || Redirect::temporary(&elsewhere)))).await;
    let config = CounterConfig {
        register: peer(&redirecting, ROLE_TOKEN),
        authority: peer(&redirecting, ROLE_TOKEN),
    };
    let town = Town::with(
        Arc::new(Register::default()),
        Arc::new(Authority::default()),
        config,
    )
    .await;
    town.enrol("a code", "hanako", PASSWORD)
        .await
        .incident(500);
    assert_eq!(*seen.lock().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_role_token_is_a_fault_of_the_house() {
    let town = Town::new().await;
    let authority = listen(authority::routes(Arc::clone(&town.authority))).await;
    let mut config = town.config().clone();
    config.authority = peer(&authority, "another-token-0123456789");
    let other = Town::with(
        Arc::clone(&town.register),
        Arc::clone(&town.authority),
        config,
    )
    .await;
    let code = other.authority.code(HERE);
    other
        .enrol(&code, "hanako", PASSWORD)
        .await
        .incident(500);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json_are_told_where() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let request = town
        .request("POST", "/counter/applications")
        .bearer_auth(&session)
        .header("content-type", "application/json")
        .body("{\n  \"resident_code\": 1");
    let answer = crate::support::send(request).await;
    let facts = answer.refused_by(&shirushi_rules::WELL_FORMED);
    assert!(
        facts["where"]["en"]
            .as_str()
            .unwrap()
            .contains("line 2"),
        "{facts}"
    );
    let request = town
        .request("POST", "/counter/applications")
        .bearer_auth(&session)
        .body(Value::Null.to_string());
    assert_eq!(
        crate::support::send(request)
            .await
            .status,
        415
    );
}
