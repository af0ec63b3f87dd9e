//! `pin`: tries told and none spent, PINs changed, and what is not sent to the card.

use super::Hand;
use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    place::ENGLISH,
};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{Seek as _, Write as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
};

#[test]
fn pins_are_counted_changed_and_locked() {
    let hand = Hand::new();
    let status = hand.run(&["pin", "status"], &[]);
    assert_eq!(status.code, 0, "{status:?}");
    for words in [
        "authentication PIN: 3 of 3",
        "signature password: 5 of 5",
        "text PIN: 3 of 3",
    ] {
        assert!(status.out.contains(words), "{}", status.out);
    }

    // What has the wrong form is not sent.
    for (pin, lines) in [
        ("auth", ["831", "1234"]),
        ("auth", [AUTHENTICATION_PIN, "12a4"]),
        ("sign", [SIGNATURE_PASSWORD, "ABCDEF"]),
        ("sign", ["inshu4_kuroshiro7", "NEWPASS1"]),
    ] {
        let ended = hand.run(&["pin", "change", pin], &lines);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
        assert!(ended.err.contains("card/pin-form"), "{}", ended.err);
        for line in lines {
            assert!(!ended.err.contains(line), "{}", ended.err);
        }
    }
    let few = hand.run(&["pin", "change", "auth"], &[AUTHENTICATION_PIN]);
    assert_eq!(few.code, 64, "{few:?}");
    assert_eq!((hand.tries("auth"), hand.tries("sign")), (3, 5));

    // The others are changed, and the old ones are wrong then.
    for (pin, old, new) in [
        ("auth", AUTHENTICATION_PIN, "7350"),
        ("sign", SIGNATURE_PASSWORD, "KAWARI0NO"),
        ("text", "1234", "9911"),
    ] {
        let ended = hand.run(&["pin", "change", pin, "--json"], &[old, new]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let told: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(told, json!({ "pin": pin, "changed": true }));
        let most = hand.tries(pin);
        let wrong = hand.run(&["pin", "change", pin], &[old, new]);
        assert_eq!(wrong.code, 4, "{wrong:?}");
        assert!(wrong.err.contains("card/pin-right"), "{}", wrong.err);
        assert_eq!(hand.tries(pin), most - 1);
        let back = hand.run(&["pin", "change", pin], &[new, old]);
        assert_eq!(back.code, 0, "{back:?}");
        assert_eq!(hand.tries(pin), most);
    }

    // From a socket and from a file, which is read no further than the lines that were asked for.
    let (mut from, to) = UnixStream::pair().unwrap();
    from.write_all(b"8317\n7350\n").unwrap();
    let change = hand.with_card(&["pin", "change", "auth"], true);
    let ended = hand
        .place
        .run_from(ENGLISH, &change, OwnedFd::from(to));
    assert_eq!(ended.code, 0, "{ended:?}");
    let path = hand.place.path("lines");
    std::fs::write(&path, "7350\r\n8317\nmore\n").unwrap();
    let mut file = File::open(&path).unwrap();
    let ended = hand
        .place
        .run_from(ENGLISH, &change, file.try_clone().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(file.stream_position().unwrap(), 11);

    // Down to the last try, which is not made unless it is said so.
    for left in [2, 1] {
        let wrong = hand.run(&["pin", "change", "auth"], &["0000", "7350"]);
        assert_eq!(wrong.code, 4);
        assert_eq!(hand.tries("auth"), left);
    }
    let spared = hand.run(&["pin", "change", "auth"], &["0000", "7350"]);
    assert_eq!(spared.code, 6, "{spared:?}");
    assert!(
        spared
            .err
            .contains("--confirm-last-try"),
        "{}",
        spared.err
    );
    assert_eq!(hand.tries("auth"), 1);
    let last = ["pin", "change", "auth", "--confirm-last-try"];
    let locked = hand.run(&last, &["0000", "7350"]);
    assert_eq!(locked.code, 5, "{locked:?}");
    let ended = hand.run(&last, &[AUTHENTICATION_PIN, "7350"]);
    assert_eq!(ended.code, 5, "{ended:?}");
    assert!(ended.err.contains("card/pin-tries"), "{}", ended.err);
    let status = hand.run(&["pin", "status"], &[]);
    assert!(
        status
            .out
            .contains("authentication PIN: locked"),
        "{}",
        status.out
    );
    assert_eq!(hand.tries("sign"), 5);
    hand.up.stop();
}

#[test]
fn without_card_or_terminal_it_is_said_what_is_missing() {
    let place = crate::place::Place::new();
    let english = ENGLISH;
    let ended = place.run(english, &["pin", "status", "--card", "nowhere.card"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("nowhere.card"), "{}", ended.err);
    std::fs::write(place.path("junk.card"), "junk").unwrap();
    let ended = place.run(english, &["pin", "status", "--card", "junk.card"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("junk.card"), "{}", ended.err);
    let ended = place.run(
        english,
        &[
            "pin",
            "change",
            "auth",
            "--card",
            "nowhere.card",
            "--pin-fd",
            "77",
        ],
    );
    assert_eq!(ended.code, 64, "{ended:?}");
    for wrong in [
        &["pin", "change"][..],
        &["pin", "change", "other"],
        &["pin"],
    ] {
        assert_eq!(place.run(english, wrong).code, 64);
    }
}
