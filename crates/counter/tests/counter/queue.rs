//! An officer sees the applications of their own municipality, the newest first, and how far each has come.

use crate::support::{ELSEWHERE, HERE, Town, form_under};
use serde_json::{Value, json};
use shirushi_clock::Clock as _;
use shirushi_rules::WELL_FORMED;

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_the_municipalitys_own() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let first = town.taken(&session).await;
    town.clock.advance(1);
    let second = town.taken(&session).await;
    let colleague = town.officer("ichiro", HERE).await;
    let queue = town
        .read("/counter/applications", &colleague)
        .await;
    let ids: Vec<_> = queue
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, [second.clone(), first]);
    let now = town.clock.now().unix();
    assert_eq!(
        queue.json[0],
        json!({
            "id": second,
            "name": "印　太郎",
            "kinds": ["signature", "authentication"],
            "state": "received",
            "refused_by": null,
            "officer": "hanako",
            "taken_at": now,
            "received_at": now,
            "completed_at": null,
        })
    );
    let stranger = town.officer("saburo", ELSEWHERE).await;
    assert_eq!(
        town.read("/counter/applications", &stranger)
            .await
            .json,
        json!([])
    );
    let path = format!("/counter/applications/{second}");
    assert_eq!(town.read(&path, &stranger).await.status, 404);
    let relay = format!("{path}/relay");
    let relayed = town
        .post(&relay, &stranger, &json!({ "responses": null }))
        .await;
    assert_eq!(relayed.status, 404);
    assert!(
        town.authority
            .books
            .lock()
            .unwrap()
            .relayed
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_shown_with_what_was_signed_and_without_its_token() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let shown = town
        .read(&format!("/counter/applications/{id}"), &session)
        .await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.json["state"], "received");
    let received = {
        let books = town.authority.books.lock().unwrap();
        serde_json::to_value(&books.received[&id]).unwrap()
    };
    assert_eq!(shown.json["application"], received);
    assert!(
        !shown
            .text
            .contains(&crate::support::token(&id))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_id_is_not_found_and_a_malformed_one_refused() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let unknown = format!("/counter/applications/{}", "0".repeat(32));
    assert_eq!(
        town.read(&unknown, &session)
            .await
            .status,
        404
    );
    town.read("/counter/applications/0", &session)
        .await
        .refused_by(&WELL_FORMED);
    let mut malformed: Value = form_under("00");
    town.apply(&session, &malformed)
        .await
        .refused_by(&WELL_FORMED);
    malformed["id"] = Value::Null;
    assert_eq!(
        town.apply(&session, &malformed)
            .await
            .status,
        201
    );
}
