//! * What the authority gets is what the register says and the officer states, under the officer's own signature.
//! * It is on disk before it leaves: whatever breaks afterwards, the same id carries it on, with the same bytes.
//! * What the authority refuses is told in its words.

use crate::support::{
    CARD, ELSEWHERE, Fate, HERE, ROLE_TOKEN, TARO, Town, card, form, form_under, peer, resident,
};
use serde_json::{Value, json};
use shirushi_clock::Clock as _;
use shirushi_rules::{Facts, InBoth, ONE_LIVE};
use shirushi_wire::{Presence, Purpose};
use std::sync::Arc;
use tokio::task::JoinSet;

const ID: &str = "00112233445566778899aabbccddeeff";

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_gets_the_registers_record_under_the_officers_signature() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let taken = town.apply(&session, &form()).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    assert_eq!(taken.json["kinds"], json!(["signature", "authentication"]));
    let id = taken.json["application"]
        .as_str()
        .unwrap();
    // That it is here means that the signature verified with hanako's key.
    let received = town
        .authority
        .books
        .lock()
        .unwrap()
        .received[id]
        .clone();
    assert_eq!(received.applicant, resident(TARO));
    assert_eq!(received.card, card(CARD, TARO));
    assert_eq!(received.officer.as_str(), "hanako");
    assert_eq!(received.municipality.as_str(), HERE);
    assert_eq!(received.taken_at, town.clock.now());
    assert_eq!(received.purpose, Purpose::New);
    assert_eq!(received.presence, Presence::InPerson);
    assert_eq!(received.fee.paid_yen, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_officer_signs_with_a_key_of_their_own() {
    let town = Town::new().await;
    for name in ["hanako", "ichiro"] {
        let session = town.officer(name, HERE).await;
        town.taken(&session).await;
    }
    let books = town.authority.books.lock().unwrap();
    let mut officers: Vec<_> = books
        .received
        .values()
        .map(|application| application.officer.as_str())
        .collect();
    officers.sort_unstable();
    assert_eq!(officers, ["hanako", "ichiro"]);
    assert_eq!(books.officers.len(), 2, "two keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_authority_refuses_is_passed_on_as_it_is() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let refusal = ONE_LIVE.refusal(
        Facts::new()
            .and("kind", InBoth::new("署名用", "signature"))
            .and("serial", "41AB"),
    );
    let mut wanted = json!(refusal.report());
    wanted["later"] = json!("a field of a later release");
    town.authority
        .meets(Fate::Refused(refusal));
    let refused = town
        .apply(&session, &form_under(ID))
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.text, wanted.to_string());
    let entry = &town
        .read("/counter/applications", &session)
        .await
        .json[0];
    assert_eq!(entry["state"], "refused");
    assert_eq!(entry["refused_by"], ONE_LIVE.id);
    // The obstacle gone, the same application goes on.
    town.authority.meets(Fate::Answered);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    let entry = &town
        .read("/counter/applications", &session)
        .await
        .json[0];
    assert_eq!(entry["state"], "received");
    assert_eq!(entry["refused_by"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_survives_an_authority_that_is_away_and_a_restart() {
    let mut town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Lost);
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    let entry = &town
        .read("/counter/applications", &session)
        .await
        .json[0];
    assert_eq!(entry["id"], ID);
    assert_eq!(entry["state"], "recorded");
    town.restart().await;
    town.clock.advance(60);
    town.authority.meets(Fate::Answered);
    // What was stated then is sent now, whatever the register says by now.
    town.register
        .residents
        .lock()
        .unwrap()
        .clear();
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    let entry = &town
        .read("/counter/applications", &session)
        .await
        .json[0];
    assert_eq!(entry["state"], "received");
    assert_eq!(
        entry["received_at"].as_i64().unwrap() - entry["taken_at"].as_i64().unwrap(),
        60
    );
    let arrived = town
        .authority
        .books
        .lock()
        .unwrap()
        .arrived
        .clone();
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0], arrived[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_application() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::AnswerLost);
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .received
            .len(),
        1
    );
    town.authority.meets(Fate::Answered);
    town.clock.advance(1);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .received
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_down_is_told_as_an_incident() {
    let here = Town::new().await;
    let mut config = here.config().clone();
    config.authority = peer(&Town::nobody(), ROLE_TOKEN);
    let town = Town::with(
        Arc::clone(&here.register),
        Arc::clone(&here.authority),
        config,
    )
    .await;
    let code = town.authority.code(HERE);
    town.enrol(&code, "hanako", crate::support::PASSWORD)
        .await
        .incident(503);
    let status = town.read("/counter/status", "").await;
    assert_eq!(status.status, 200, "the counter itself is well");
    assert_eq!(status.json["role"], "counter");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_register_nothing_is_recorded() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    *town.register.fails_with.lock().unwrap() = Some(503);
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    assert_eq!(
        town.read("/counter/applications", &session)
            .await
            .json,
        json!([])
    );
    *town.register.fails_with.lock().unwrap() = Some(404);
    town.apply(&session, &form_under(ID))
        .await
        .incident(500);
    *town.register.fails_with.lock().unwrap() = None;
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_is_asked_again_while_register_events_are_on_their_way() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Behind(2));
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    assert_eq!(town.authority.arrived(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_do_not_come_are_told_and_the_application_waits() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority
        .meets(Fate::Behind(u32::MAX));
    let start = std::time::Instant::now();
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    assert!(start.elapsed() >= std::time::Duration::from_secs(3));
    assert_eq!(town.authority.arrived(), 6);
    let status = town.read("/counter/status", "").await;
    assert!(
        status
            .text
            .contains("not yet received by the authority: 1"),
        "{}",
        status.text
    );
    town.authority.meets(Fate::Answered);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_desks_take_applications_at_once() {
    let town = Arc::new(Town::new().await);
    let sessions = [
        town.officer("hanako", HERE).await,
        town.officer("ichiro", HERE).await,
    ];
    let mut desks = JoinSet::new();
    for number in 0..48 {
        let (town, session) = (Arc::clone(&town), sessions[number % 2].clone());
        desks.spawn(async move { town.taken(&session).await });
    }
    let mut ids = desks.join_all().await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 48);
    let queue = town
        .read("/counter/applications", &sessions[0])
        .await;
    let mut queued: Vec<_> = queue
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert_eq!(entry["state"], "received");
            entry["id"].as_str().unwrap().to_owned()
        })
        .collect();
    queued.sort();
    assert_eq!(queued, ids);
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .received
            .len(),
        48
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_of_another_municipality_is_told_by_the_rule() {
    let town = Town::new().await;
    let session = town.officer("saburo", ELSEWHERE).await;
    let answer = town.apply(&session, &form()).await;
    let facts = answer.refused_by(&shirushi_rules::REGISTERED_HERE);
    assert_eq!(facts["municipality"], ELSEWHERE);
}
