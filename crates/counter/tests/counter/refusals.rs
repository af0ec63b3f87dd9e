//! Whoever must be sent away is sent away at the counter, by the rule that says so; nothing of it is recorded or sent.

use crate::support::{CARD, ELSEWHERE, HERE, TARO, Town, card, form, form_with, resident};
use serde_json::{Value, json};
use shirushi_clock::Date;
use shirushi_rules::{
    AGE_FIFTEEN, CARD_HOLDER, CARD_REGISTERED, CARD_VALID, FEE_PAID, FORM_MATCHES_REGISTER,
    IDENTITY_DOCUMENT, IN_PERSON, INDIVIDUAL_NUMBER_CARD, PROXY_REPLY, RECORD_ALIVE,
    REGISTERED_HERE, RESIDENT_KNOWN, Rule, SIZE_LIMIT, WELL_FORMED,
};
use shirushi_wire::{CardKind, CardState, RecordStatus};

const OTHER: &str = "90000000023";
const OTHER_CARD: &str = "TEST000000000002";

async fn refusal(town: &Town, session: &str, rule: &Rule, form: &Value) -> Value {
    let answer = town.apply(session, form).await;
    let facts = answer.refused_by(rule).clone();
    assert_eq!(town.authority.arrived(), 0);
    assert_eq!(
        town.read("/counter/applications", session)
            .await
            .json,
        json!([])
    );
    facts
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_of_the_form_can_be_refused() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let cases: [(&Rule, &str, Value); 15] = [
        (&RESIDENT_KNOWN, "/resident_code", json!(OTHER)),
        (&CARD_REGISTERED, "/card_number", json!(OTHER_CARD)),
        (&IN_PERSON, "/presence", json!("mail")),
        (
            &PROXY_REPLY,
            "/presence",
            json!({ "proxy": { "reply": false } }),
        ),
        (&IDENTITY_DOCUMENT, "/documents", json!([])),
        (&IDENTITY_DOCUMENT, "/documents", json!(["without-photo"])),
        (&IDENTITY_DOCUMENT, "/documents", json!(["inquiry-reply"])),
        (&FEE_PAID, "/fee/paid_yen", json!(0)),
        (&FEE_PAID, "/fee/paid_yen", json!(199)),
        (&WELL_FORMED, "/kinds", json!([])),
        (&WELL_FORMED, "/kinds", json!(["signature", "signature"])),
        (&WELL_FORMED, "/kinds", json!(["encryption"])),
        (&WELL_FORMED, "/resident_code", json!("9000000001")),
        (&WELL_FORMED, "/card_number", json!("../applications")),
        (&WELL_FORMED, "/form/birth_date", json!("1980-02-30")),
    ];
    for (rule, pointer, value) in cases {
        refusal(&town, &session, rule, &form_with(pointer, value)).await;
    }
    let mut unknown_field = form();
    unknown_field["officer"] = json!("ichiro");
    refusal(&town, &session, &WELL_FORMED, &unknown_field).await;
    assert_eq!(
        town.apply(&session, &form())
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_of_the_form_is_compared_with_the_register() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    for ([ja, en], pointer, value) in [
        (["氏名", "name"], "/form/name", json!("印 太郎")),
        (
            ["生年月日", "date of birth"],
            "/form/birth_date",
            json!("1980-02-18"),
        ),
        (["性別", "sex"], "/form/sex", json!("female")),
        (
            ["住所", "address"],
            "/form/address",
            json!("東京都印市朱肉一丁目1番1号"),
        ),
    ] {
        let form = form_with(pointer, value);
        let facts = refusal(&town, &session, &FORM_MATCHES_REGISTER, &form).await;
        assert_eq!(facts["item"], json!({ "ja": ja, "en": en }));
        assert!(
            !facts["difference"]["ja"]
                .as_str()
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_must_be_a_valid_individual_number_card_of_the_applicant() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut old = card(CARD, TARO);
    old.kind = CardKind::ResidentRegisterCard;
    let mut invalid = card(CARD, TARO);
    invalid.state = CardState::Invalid;
    let mut expired = card(CARD, TARO);
    // The clock shows noon in Japan on 2 March 2026.
    expired.valid_until = Date::constant(2026, 3, 1);
    for (rule, record) in [
        (&INDIVIDUAL_NUMBER_CARD, old),
        (&CARD_HOLDER, card(CARD, OTHER)),
        (&CARD_VALID, invalid),
        (&CARD_VALID, expired),
    ] {
        town.register.put_card(record);
        refusal(&town, &session, rule, &form()).await;
    }
    let mut last_day = card(CARD, TARO);
    last_day.valid_until = Date::constant(2026, 3, 2);
    town.register.put_card(last_day);
    assert_eq!(
        town.apply(&session, &form())
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_must_live_here_and_the_signer_be_fifteen() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut elsewhere = resident(TARO);
    elsewhere.municipality = ELSEWHERE.parse().unwrap();
    let mut dead = resident(TARO);
    dead.status = RecordStatus::Dead;
    let mut child = resident(TARO);
    child.birth_date = Date::constant(2011, 3, 3);
    for (rule, record) in [
        (&REGISTERED_HERE, elsewhere),
        (&RECORD_ALIVE, dead),
        (&AGE_FIFTEEN, child),
    ] {
        town.register.put(record);
        refusal(&town, &session, rule, &form()).await;
    }
    let mut authentication = form_with("/kinds", json!(["authentication"]));
    authentication["form"]["birth_date"] = json!("2011-03-03");
    assert_eq!(
        town.apply(&session, &authentication)
            .await
            .status,
        201
    );
}

/// Who and which card come first, then what is stated, then what was written.
#[tokio::test(flavor = "multi_thread")]
async fn the_officer_is_told_of_the_first_fault_in_the_order_of_the_desk() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut form = form_with("/form/name", json!("朱　次郎"));
    form["presence"] = json!("mail");
    form["card_number"] = json!(OTHER_CARD);
    form["resident_code"] = json!(OTHER);
    form["kinds"] = json!([]);
    refusal(&town, &session, &WELL_FORMED, &form).await;
    form["kinds"] = json!(["signature"]);
    refusal(&town, &session, &RESIDENT_KNOWN, &form).await;
    form["resident_code"] = json!(TARO);
    refusal(&town, &session, &CARD_REGISTERED, &form).await;
    form["card_number"] = json!(CARD);
    refusal(&town, &session, &IN_PERSON, &form).await;
    form["presence"] = json!("in-person");
    refusal(&town, &session, &FORM_MATCHES_REGISTER, &form).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_with_the_reply_and_a_waived_fee_are_taken() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let mut form = form_with("/presence", json!({ "proxy": { "reply": true } }));
    form["fee"] = json!({ "paid_yen": 0, "waiver": "first-with-card" });
    form["documents"] = json!(["inquiry-reply", "without-photo"]);
    assert_eq!(town.apply(&session, &form).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_longer_than_its_limit_is_not_read() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let long = form_with("/form/address", json!("印".repeat(6_000)));
    let answer = town.apply(&session, &long).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json["rule"], SIZE_LIMIT.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_is_shown_as_the_register_has_them_or_refused() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let known = town
        .read(&format!("/counter/residents/{TARO}"), &session)
        .await;
    assert_eq!(known.status, 200);
    assert_eq!(known.json, serde_json::to_value(resident(TARO)).unwrap());
    let unknown = town
        .read(&format!("/counter/residents/{OTHER}"), &session)
        .await;
    assert_eq!(unknown.refused_by(&RESIDENT_KNOWN)["resident"], OTHER);
    for malformed in ["1", "%FF", "9000000001%2F", "..%2Fcards%2F1"] {
        town.read(&format!("/counter/residents/{malformed}"), &session)
            .await
            .refused_by(&WELL_FORMED);
    }
}
