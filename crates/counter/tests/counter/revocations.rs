//! A holder asks at the counter that certificates end: signed by the officer, once under its id, and only for residents here.

use crate::support::{ELSEWHERE, Fate, HERE, TARO, Town, resident};
use serde_json::{Value, json};
use shirushi_profile::{CertificateKind, RevocationReason};
use shirushi_rules::{NOT_REPEATED, REGISTERED_HERE, RESIDENT_KNOWN, WELL_FORMED};

const ID: &str = "00112233445566778899aabbccddeeff";
const PATH: &str = "/counter/revocations";

fn request() -> Value {
    json!({ "resident_code": TARO, "kinds": ["signature"], "reason": "key-compromise" })
}

fn request_under(id: &str) -> Value {
    let mut request = request();
    request["id"] = json!(id);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_to_the_authority_under_the_officers_signature() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let revoked = town
        .post(PATH, &session, &request())
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let books = town.authority.books.lock().unwrap();
    let received = books
        .revocations
        .values()
        .next()
        .unwrap();
    assert_eq!(received.resident.as_str(), TARO);
    assert_eq!(received.kinds, [CertificateKind::Signature]);
    assert_eq!(received.reason, RevocationReason::KeyCompromise);
    assert_eq!(received.officer.as_str(), "hanako");
    let serial = format!("4{}", &received.id.to_string()[1..]);
    assert_eq!(revoked.json, json!({ "serials": [serial] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_must_be_refused_is_not_sent() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let with = |key: &str, value: Value| {
        let mut request = request();
        request[key] = value;
        request
    };
    for (rule, wrong) in [
        (&RESIDENT_KNOWN, with("resident_code", json!("90000000023"))),
        (&WELL_FORMED, with("kinds", json!([]))),
        (
            &WELL_FORMED,
            with("kinds", json!(["signature", "signature"])),
        ),
        (&WELL_FORMED, with("reason", json!("no reason"))),
    ] {
        town.post(PATH, &session, &wrong)
            .await
            .refused_by(rule);
    }
    let mut moved = resident(TARO);
    moved.municipality = ELSEWHERE.parse().unwrap();
    town.register.put(moved);
    town.post(PATH, &session, &request())
        .await
        .refused_by(&REGISTERED_HERE);
    assert!(
        town.authority
            .books
            .lock()
            .unwrap()
            .revocations_arrived
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_answered_with_the_same_serials() {
    let mut town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let first = town
        .post(PATH, &session, &request_under(ID))
        .await;
    town.restart().await;
    let again = town
        .post(PATH, &session, &request_under(ID))
        .await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .revocations_arrived
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_survives_an_authority_that_is_away() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Lost);
    town.post(PATH, &session, &request_under(ID))
        .await
        .incident(503);
    let mut other = request_under(ID);
    other["kinds"] = json!(["authentication"]);
    town.authority.meets(Fate::Answered);
    town.post(PATH, &session, &other)
        .await
        .refused_by(&NOT_REPEATED);
    town.clock.advance(60);
    let revoked = town
        .post(PATH, &session, &request_under(ID))
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let books = town.authority.books.lock().unwrap();
    assert_eq!(books.revocations_arrived.len(), 2);
    assert_eq!(books.revocations_arrived[0], books.revocations_arrived[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_a_used_id_is_the_authoritys_to_refuse() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let first = town
        .post(PATH, &session, &request_under(ID))
        .await;
    let mut other = request_under(ID);
    other["reason"] = json!("cessation-of-operation");
    let refused = town.post(PATH, &session, &other).await;
    refused.refused_by(&NOT_REPEATED);
    assert_eq!(refused.json["later"], "a field of a later release");
    let again = town
        .post(PATH, &session, &request_under(ID))
        .await;
    assert_eq!(first.text, again.text);
}
