//! * The same request under the same id is one application, in turn or at once.
//! * Another request under an id that is used changes nothing here, and is refused: by the authority where it has the first one,
//!   by the counter where it may not.

use crate::support::{ELSEWHERE, Fate, HERE, TARO, Town, form, form_under, resident};
use serde_json::json;
use shirushi_rules::NOT_REPEATED;
use std::sync::Arc;
use tokio::task::JoinSet;

const ID: &str = "00112233445566778899aabbccddeeff";

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_the_same_application() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let first = town
        .apply(&session, &form_under(ID))
        .await;
    town.clock.advance(60);
    let again = town
        .apply(&session, &form_under(ID))
        .await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json, again.json);
    assert_eq!(first.json["application"], ID);
    assert_eq!(town.authority.arrived(), 1, "the token was on disk");
    // A colleague of the same counter carries it on.
    let colleague = town.officer("ichiro", HERE).await;
    assert_eq!(
        town.apply(&colleague, &form_under(ID))
            .await
            .status,
        201
    );
    assert_eq!(town.authority.arrived(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_without_an_id_goes_on_under_the_one_that_the_queue_shows() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Lost);
    town.apply(&session, &form())
        .await
        .incident(503);
    let queue = town
        .read("/counter/applications", &session)
        .await;
    let id = queue.json[0]["id"].as_str().unwrap();
    town.authority.meets(Fate::Answered);
    let taken = town
        .apply(&session, &form_under(id))
        .await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let queue = town
        .read("/counter/applications", &session)
        .await;
    assert_eq!(queue.json.as_array().unwrap().len(), 1);
    assert_eq!(queue.json[0]["state"], "received");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_at_once_is_one_application() {
    let town = Arc::new(Town::new().await);
    let session = town.officer("hanako", HERE).await;
    let mut desks = JoinSet::new();
    for _ in 0..16 {
        let (town, session) = (Arc::clone(&town), session.clone());
        desks.spawn(async move {
            town.clock.advance(1);
            town.apply(&session, &form_under(ID))
                .await
                .status
        });
    }
    assert_eq!(desks.join_all().await, vec![201; 16]);
    let books = town.authority.books.lock().unwrap();
    assert_eq!(books.received.len(), 1);
    let first = &books.arrived[0];
    assert!(
        books
            .arrived
            .iter()
            .all(|body| body == first)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_a_used_id_reaches_the_authority_and_changes_nothing() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    let before = town
        .read(&format!("/counter/applications/{ID}"), &session)
        .await;
    let mut other = form_under(ID);
    other["kinds"] = json!(["signature"]);
    let refused = town.apply(&session, &other).await;
    assert_eq!(refused.refused_by(&NOT_REPEATED)["application"], ID);
    assert_eq!(
        refused.json["later"], "a field of a later release",
        "the authority's own words"
    );
    assert_eq!(town.authority.arrived(), 2);
    let after = town
        .read(&format!("/counter/applications/{ID}"), &session)
        .await;
    assert_eq!(before.text, after.text);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_does_not_take_the_place_of_one_that_waits() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Lost);
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    town.authority.meets(Fate::Answered);
    let mut other = form_under(ID);
    other["kinds"] = json!(["signature"]);
    town.apply(&session, &other)
        .await
        .refused_by(&NOT_REPEATED);
    assert_eq!(town.authority.arrived(), 1);
    let first = town
        .apply(&session, &form_under(ID))
        .await;
    assert_eq!(first.json["kinds"], json!(["signature", "authentication"]));
    let books = town.authority.books.lock().unwrap();
    assert_eq!(books.received[ID].kinds.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_municipality_is_not_taken_over() {
    let town = Town::new().await;
    let here = town.officer("hanako", HERE).await;
    assert_eq!(
        town.apply(&here, &form_under(ID))
            .await
            .status,
        201
    );
    let mut moved = resident(TARO);
    moved.municipality = ELSEWHERE.parse().unwrap();
    town.register.put(moved);
    let there = town.officer("saburo", ELSEWHERE).await;
    town.apply(&there, &form_under(ID))
        .await
        .refused_by(&NOT_REPEATED);
    assert_eq!(
        town.read("/counter/applications", &there)
            .await
            .json,
        json!([])
    );
    let kept = town
        .authority
        .books
        .lock()
        .unwrap()
        .received[ID]
        .clone();
    assert_eq!(kept.municipality.as_str(), HERE);
}
