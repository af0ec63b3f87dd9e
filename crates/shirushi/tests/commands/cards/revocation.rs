//! `cert revoke`: confirmed, signed with the signature key, and seen by whoever asks the authority afterwards.

use super::Hand;
use crate::{citizen::SIGNATURE_PASSWORD, place::ENGLISH};
use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

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
    for words in ["No PIN was read", "--yes"] {
        assert!(piped.err.contains(words), "{}", piped.err);
    }
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

/// Stands before the authority and swallows its first answers.
fn deaf(authority: &str, swallowed: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener
        .local_addr()
        .unwrap()
        .to_string();
    let (host, authority) = (
        own.clone(),
        authority
            .trim_start_matches("http://")
            .to_owned(),
    );
    thread::spawn(move || {
        for (n, visitor) in listener.incoming().enumerate() {
            let mut visitor = visitor.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while !is_whole(&request) {
                let read = visitor.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..read]);
            }
            let text = String::from_utf8(request).unwrap();
            let text = text
                .replacen(&host, &authority, 1)
                .replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
            let mut to = TcpStream::connect(&authority).unwrap();
            to.write_all(text.as_bytes()).unwrap();
            let mut answer = Vec::new();
            to.read_to_end(&mut answer).unwrap();
            if n >= swallowed {
                visitor.write_all(&answer).unwrap();
            }
        }
    });
    format!("http://{own}")
}

/// Whether head and body have arrived.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        })
        .unwrap();
    body.len() >= length.parse().unwrap()
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_or_said_to_be_unknown() {
    let hand = Hand::new();
    let lossy = deaf(&hand.up.url, 2);
    let arguments = [
        "cert",
        "revoke",
        "auth",
        "--yes",
        "--json",
        "--authority",
        &lossy,
    ];
    let ended = hand.run(&arguments, &[SIGNATURE_PASSWORD]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        told["revoked"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let silent = deaf(&hand.up.url, usize::MAX);
    let arguments = ["cert", "revoke", "sign", "--yes", "--authority", &silent];
    let ended = hand.run(&arguments, &[SIGNATURE_PASSWORD]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    assert!(ended.err.contains("cert check"), "{}", ended.err);
    // It had arrived.
    let (code, told) = statuses(&hand);
    assert_eq!((code, told), (1, ["revoked".into(), "revoked".into()]));
    hand.up.stop();
}
