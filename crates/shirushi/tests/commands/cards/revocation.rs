//! `cert revoke`: confirmed, signed with the signature key, and seen by whoever asks the authority afterwards.

use super::Hand;
use crate::{citizen::SIGNATURE_PASSWORD, place::ENGLISH};
use serde_json::Value;

const CHECK: [&str; 4] = ["cert", "check", "--with-signature-certificate", "--json"];

fn statuses(hand: &Hand) -> (i32, [Value; 2]) {
    let ended = hand.run(&CHECK, &[SIGNATURE_PASSWORD]);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    (
        ended.code,
        [told[0]["status"].clone(), told[1]["status"].clone()],
    )
}

#[test]
fn the_holder_ends_certificates_online() {
    let hand = Hand::new();
    let (code, told) = statuses(&hand);
    assert_eq!((code, told), (0, ["good".into(), "good".into()]));

    // Nobody to confirm, and nobody who has confirmed: nothing ends, and no try is spent.
    let piped = hand.run(&["cert", "revoke", "auth"], &["WRONG0NE"]);
    assert_eq!(piped.code, 64, "{piped:?}");
    let revoke = hand.with_card(&["cert", "revoke", "auth"], false);
    let refused = hand
        .place
        .talk(ENGLISH, &revoke, &[("type \"revoke\": ", "yes\n")]);
    assert_eq!(refused.code, 6, "{refused:?}");
    // Where no authority is, nothing ends either, and it is said so.
    let nowhere = [
        "cert",
        "revoke",
        "both",
        "--yes",
        "--authority",
        "http://127.0.0.1:1",
    ];
    let unreached = hand.run(&nowhere, &[SIGNATURE_PASSWORD]);
    assert_eq!(unreached.code, 3, "{unreached:?}");
    assert!(
        unreached
            .err
            .contains("Nothing was revoked"),
        "{}",
        unreached.err
    );
    let wrong = hand.run(&["cert", "revoke", "both", "--yes"], &["WRONG0NE"]);
    assert_eq!(wrong.code, 4, "{wrong:?}");
    let (code, told) = statuses(&hand);
    assert_eq!((code, told), (0, ["good".into(), "good".into()]));
    assert_eq!(hand.tries("sign"), 5);

    // The authentication certificate, by a person at a terminal.
    let typed = format!("{SIGNATURE_PASSWORD}\n");
    let ended = hand.place.talk(
        ENGLISH,
        &revoke,
        &[
            ("To be revoked: Authentication certificate", ""),
            ("type \"revoke\": ", "revoke\n"),
            ("Your signature password: ", &typed),
        ],
    );
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.seen.contains("Revoked: "), "{ended:?}");
    let (code, told) = statuses(&hand);
    assert_eq!((code, told), (1, ["revoked".into(), "good".into()]));
    let said = hand.run(&["cert", "check"], &[]);
    assert!(
        said.out
            .contains("its holder asked for it"),
        "{}",
        said.out
    );

    // Both, one of which has ended already; after that the card signs no further request.
    let both = [
        "cert",
        "revoke",
        "both",
        "--yes",
        "--json",
        "--reason",
        "compromised",
    ];
    let ended = hand.run(&both, &[SIGNATURE_PASSWORD]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended
            .err
            .contains("can make no further one"),
        "{}",
        ended.err
    );
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        told["revoked"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let (code, told) = statuses(&hand);
    assert_eq!((code, told), (1, ["revoked".into(), "revoked".into()]));
    let again = hand.run(&both, &[SIGNATURE_PASSWORD]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(
        again
            .err
            .contains("authority/holder-signed"),
        "{}",
        again.err
    );
    hand.up.stop();
}
