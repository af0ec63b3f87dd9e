//! * Bytes go between the authority and the card as they are, under the token that the authority gave.
//! * Only commands of the issuer's channel pass; one foreign command keeps the whole batch from the card.

use crate::support::{Fate, HERE, Town, form_under, token};
use serde_json::{Value, json};
use shirushi_clock::Clock as _;
use shirushi_crypto::Secret;
use shirushi_personalisation::{HostSession, MasterKey, diversify};
use shirushi_rules::{CARD_KEYS, SIZE_LIMIT, WELL_FORMED};

const ID: &str = "00112233445566778899aabbccddeeff";

fn transmit(commands: &[&str]) -> Value {
    json!({ "next": "transmit", "commands": commands })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_is_carried_to_its_end() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let relay = format!("/counter/applications/{id}/relay");
    let master = MasterKey::new(Secret::new(vec![7; 16])).unwrap();
    let keys = diversify(&master, crate::support::CARD).unwrap();
    let (_, opening) = HostSession::start(keys, [1; 8]);
    let opening: Vec<_> = opening
        .iter()
        .map(hex::encode)
        .collect();
    let opening: Vec<_> = opening
        .iter()
        .map(String::as_str)
        .collect();
    let done = json!({
        "next": "done",
        "application": id,
        "certificates": [{ "kind": "signature", "serial": "41ab", "not_after": 1_900_000_000 }],
    });
    let set_pins = json!({ "next": "set-pins", "kinds": ["signature"] });
    let exchanges = [
        (json!({ "responses": null }), transmit(&opening)),
        // EXTERNAL AUTHENTICATE, then status, a key, a certificate's part and activation.
        (
            json!({ "responses": ["9000", "00ff9000"] }),
            transmit(&[
                "848211001000000000000000000000000000000000",
                "84f20000080102030405060708",
                "84e2010008000000000000000000",
                "84e8010009000000010000000000",
                "84ea000000",
            ]),
        ),
        (json!({ "responses": [] }), set_pins),
        (json!({ "responses": null }), done),
    ];
    for (request, answer) in &exchanges {
        town.authority.says(answer.clone());
        let carried = town
            .post(&relay, &session, request)
            .await;
        assert_eq!(
            (carried.status, &carried.json),
            (200, answer),
            "{}",
            carried.text
        );
    }
    let asked = town
        .authority
        .books
        .lock()
        .unwrap()
        .relayed
        .clone();
    let wanted: Vec<_> = exchanges
        .into_iter()
        .map(|(request, _)| (token(&id), request))
        .collect();
    assert_eq!(asked, wanted);
    let shown = town
        .read(&format!("/counter/applications/{id}"), &session)
        .await;
    assert_eq!(shown.json["state"], "issued");
    assert_eq!(shown.json["completed_at"], town.clock.now().unix());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_foreign_command_reaches_the_card() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let relay = format!("/counter/applications/{id}/relay");
    let foreign = [
        (
            "SELECT of the JPKI application",
            "00a4040c0ad392f000260100000001",
        ),
        (
            "SELECT of the issuer with another answer",
            "00a4040007a0000001510000",
        ),
        (
            "SELECT of a prefix of the issuer's name",
            "00a4040c06a00000015100",
        ),
        ("SELECT of a file", "00a4020c020018"),
        ("VERIFY", "002000800431323334"),
        ("VERIFY without data", "00200080"),
        ("VERIFY with secure messaging", "042000800431323334"),
        ("VERIFY in the channel's class", "842000800431323334"),
        ("COMPUTE DIGITAL SIGNATURE", "802a0080015a00"),
        (
            "COMPUTE DIGITAL SIGNATURE in the channel's class",
            "842a0080015a00",
        ),
        ("CHANGE REFERENCE DATA", "002400800431323334"),
        ("RESET RETRY COUNTER", "002c00800431323334"),
        ("the applicant's own setting of a PIN", "80dc00800431323334"),
        ("READ BINARY", "00b0000000"),
        ("READ RECORD", "00b2010c00"),
        ("UPDATE BINARY", "00d6000001ff"),
        ("a step of the channel without its MAC", "80e2010000"),
        (
            "a step of the channel on another logical channel",
            "85e2010000",
        ),
        (
            "INITIALIZE UPDATE in the interindustry class",
            "00500000080102030405060708",
        ),
        ("GET RESPONSE", "00c0000000"),
        ("nothing", ""),
        ("half a command", "84f2"),
        ("data that is cut", "84e8010009000000"),
        ("two commands in one", "84f200000084f2000000"),
        ("no hexadecimal digits", "84f20000zz"),
    ];
    for (what, command) in foreign {
        for batch in [
            vec![command],
            vec!["84f2000000", command],
            vec![command, "84f2000000"],
        ] {
            town.authority.says(transmit(&batch));
            let answer = town
                .post(&relay, &session, &json!({ "responses": null }))
                .await;
            assert_eq!(answer.status, 500, "{what}: {}", answer.text);
            answer.incident(500);
            assert!(!answer.text.contains("commands"), "{what}");
        }
    }
    town.authority
        .says(transmit(&["84f2000000"]));
    let good = town
        .post(&relay, &session, &json!({ "responses": null }))
        .await;
    assert_eq!(good.status, 200, "{}", good.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_that_are_none_are_refused_before_the_authority_is_asked() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let relay = format!("/counter/applications/{id}/relay");
    for wrong in [
        json!({ "responses": ["9000", "xx"] }),
        json!({ "responses": ["9000", "900"] }),
        json!({ "responses": ["9000", ""] }),
        json!({ "responses": ["9000", "90"] }),
        json!({ "responses": "9000" }),
        json!({ "responses": null, "token": "00" }),
    ] {
        town.post(&relay, &session, &wrong)
            .await
            .refused_by(&WELL_FORMED);
    }
    let facts = town
        .post(&relay, &session, &json!({ "responses": ["9000", "xx"] }))
        .await;
    assert_eq!(facts.json["facts"]["where"], "responses[1]");
    let long = town
        .post(
            &relay,
            &session,
            &json!({ "responses": ["9000".repeat(70_000)] }),
        )
        .await;
    assert_eq!(
        (long.status, long.json["rule"].as_str()),
        (413, Some(SIZE_LIMIT.id))
    );
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
async fn the_authoritys_refusal_of_a_card_is_passed_on() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let relay = format!("/counter/applications/{id}/relay");
    town.authority.meets(Fate::Refused(
        CARD_KEYS.refusal([("fault", "another card".to_owned())]),
    ));
    let refused = town
        .post(&relay, &session, &json!({ "responses": null }))
        .await;
    assert_eq!(refused.refused_by(&CARD_KEYS)["fault"], "another card");
    assert_eq!(refused.json["later"], "a field of a later release");
    let shown = town
        .read(&format!("/counter/applications/{id}"), &session)
        .await;
    assert_eq!(
        shown.json["state"], "received",
        "the next card may be the right one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_waits_is_handed_in_before_its_first_exchange() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority.meets(Fate::Lost);
    town.apply(&session, &form_under(ID))
        .await
        .incident(503);
    town.authority.meets(Fate::Answered);
    town.authority
        .says(transmit(&["84f2000000"]));
    let relay = format!("/counter/applications/{ID}/relay");
    let carried = town
        .post(&relay, &session, &json!({ "responses": null }))
        .await;
    assert_eq!(carried.status, 200, "{}", carried.text);
    let books = town.authority.books.lock().unwrap();
    assert!(books.received.contains_key(ID));
    assert_eq!(books.relayed[0].0, token(ID));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_another_application_is_not_this_ones() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let id = town.taken(&session).await;
    let relay = format!("/counter/applications/{id}/relay");
    town.authority
        .says(json!({ "next": "done", "application": ID, "certificates": [] }));
    town.post(&relay, &session, &json!({ "responses": null }))
        .await
        .incident(500);
    let shown = town
        .read(&format!("/counter/applications/{id}"), &session)
        .await;
    assert_eq!(shown.json["state"], "received");
}
