//! What a rule of the table is asked at the counter, it alone refuses: with it switched off, the act goes on. Switches are of the
//! whole process, so this is one test in a process of its own.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "counter/support.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the other tests")]
mod support;

use serde_json::{Value, json};
use shirushi_clock::Date;
use shirushi_rules::{
    AGE_FIFTEEN, CARD_HOLDER, CARD_REGISTERED, CARD_VALID, FEE_PAID, FORM_MATCHES_REGISTER,
    IDENTITY_DOCUMENT, IN_PERSON, INDIVIDUAL_NUMBER_CARD, NOT_REPEATED, OFFICER_KNOWN, PROXY_REPLY,
    RECORD_ALIVE, REGISTERED_HERE, RESIDENT_KNOWN, Rule, WELL_FORMED, switch_off, switch_on_all,
};
use shirushi_wire::{CardKind, CardState, RecordStatus};
use support::{
    CARD, ELSEWHERE, HERE, PASSWORD, TARO, Town, card, form, form_under, form_with, resident,
};

const ID: &str = "00112233445566778899aabbccddeeff";

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_the_counter_refuses_what_it_is_for() {
    statements().await;
    records().await;
    unknowns().await;
    repetition().await;
    revocations().await;
    passwords().await;
}

/// Refused by `rule`, and taken without it.
async fn both_ways(town: &Town, session: &str, rule: &Rule, form: &Value) {
    town.apply(session, form)
        .await
        .refused_by(rule);
    switch_off(rule.id);
    let taken = town.apply(session, form).await;
    assert_eq!(taken.status, 201, "{}: {}", rule.id, taken.text);
    switch_on_all();
}

async fn statements() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    for (rule, pointer, value) in [
        (&WELL_FORMED, "/kinds", json!([])),
        (&IN_PERSON, "/presence", json!("mail")),
        (
            &PROXY_REPLY,
            "/presence",
            json!({ "proxy": { "reply": false } }),
        ),
        (&IDENTITY_DOCUMENT, "/documents", json!([])),
        (&FEE_PAID, "/fee/paid_yen", json!(0)),
        (&FORM_MATCHES_REGISTER, "/form/name", json!("朱　次郎")),
    ] {
        both_ways(&town, &session, rule, &form_with(pointer, value)).await;
    }
}

async fn records() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut elsewhere = resident(TARO);
    elsewhere.municipality = ELSEWHERE.parse().unwrap();
    let mut dead = resident(TARO);
    dead.status = RecordStatus::Dead;
    for (rule, record) in [(&REGISTERED_HERE, elsewhere), (&RECORD_ALIVE, dead)] {
        town.register.put(record);
        both_ways(&town, &session, rule, &form()).await;
    }
    let mut child = resident(TARO);
    child.birth_date = Date::constant(2011, 3, 3);
    town.register.put(child);
    let form_of_child = form_with("/form/birth_date", json!("2011-03-03"));
    both_ways(&town, &session, &AGE_FIFTEEN, &form_of_child).await;
    town.register.put(resident(TARO));
    let mut old = card(CARD, TARO);
    old.kind = CardKind::ResidentRegisterCard;
    let mut invalid = card(CARD, TARO);
    invalid.state = CardState::Invalid;
    for (rule, record) in [
        (&INDIVIDUAL_NUMBER_CARD, old),
        (&CARD_HOLDER, card(CARD, "90000000023")),
        (&CARD_VALID, invalid),
    ] {
        town.register.put_card(record);
        both_ways(&town, &session, rule, &form()).await;
    }
}

/// Without the rule there is still no record to go on with.
async fn unknowns() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    for (rule, pointer, value) in [
        (&RESIDENT_KNOWN, "/resident_code", "90000000023"),
        (&CARD_REGISTERED, "/card_number", "TEST000000000002"),
    ] {
        let form = form_with(pointer, json!(value));
        town.apply(&session, &form)
            .await
            .refused_by(rule);
        switch_off(rule.id);
        town.apply(&session, &form)
            .await
            .incident(500);
        switch_on_all();
    }
}

async fn repetition() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    let mut other = form_under(ID);
    other["kinds"] = json!(["signature"]);
    both_ways(&town, &session, &NOT_REPEATED, &other).await;
    let kept = town
        .read(&format!("/counter/applications/{ID}"), &session)
        .await;
    assert_eq!(kept.json["kinds"], json!(["signature", "authentication"]));
}

async fn revocations() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut elsewhere = resident(TARO);
    elsewhere.municipality = ELSEWHERE.parse().unwrap();
    town.register.put(elsewhere);
    let request = json!({ "resident_code": TARO, "kinds": ["signature"], "reason": "cessation-of-operation" });
    let path = "/counter/revocations";
    town.post(path, &session, &request)
        .await
        .refused_by(&REGISTERED_HERE);
    switch_off(REGISTERED_HERE.id);
    assert_eq!(
        town.post(path, &session, &request)
            .await
            .status,
        200
    );
    switch_on_all();
}

async fn passwords() {
    let town = Town::new().await;
    town.officer("hanako", HERE).await;
    for _ in 0..10 {
        town.log_in("hanako", "another good password")
            .await
            .refused_by(&OFFICER_KNOWN);
    }
    switch_off(OFFICER_KNOWN.id);
    let wrong = town
        .log_in("hanako", "another good password")
        .await;
    assert_eq!(wrong.status, 200, "{}", wrong.text);
    town.log_in("jiro", PASSWORD)
        .await
        .refused_by(&OFFICER_KNOWN);
    switch_on_all();
}
