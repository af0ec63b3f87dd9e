//! Every command, on every kind of card that `card serve` plays.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::{CERTIFICATES, city},
    seat::Seat,
    trace::verify,
};
use serde_json::{Value, json};

/// The PIN of the text application on the sandbox's cards.
const TEXT_PIN: &str = "1234";
const OTHER_PIN: &str = "2580";
const OTHER_PASSWORD: &str = "KOKUIN2026";

/// All commands, on a card with everything in it: what they find does not depend on the kind of card.
fn everything_on(options: &[&str]) {
    let seat = Seat::new();
    let _card = seat.insert(options);
    assert_eq!(seat.tries(), [3, 5, 3], "{options:?}");
    change_pins(&seat);
    spend_tries(&seat);
    sign(&seat);
    certificates(&seat);
    assert_eq!(seat.tries(), [3, 5, 3], "{options:?}");
}

fn sign(seat: &Seat) {
    std::fs::write(seat.path("filing.xml"), "申告書").unwrap();
    let arguments = ["sign", "filing.xml", "-o", "signed"];
    seat.shirushi(&arguments, &[SIGNATURE_PASSWORD])
        .good();
    verify(seat);
    // What is there is not written over unasked, and the card is not troubled for it.
    let (again, passed) = seat.during(|| seat.shirushi(&arguments, &[SIGNATURE_PASSWORD]));
    again.bad(1, "--force");
    assert_eq!(passed, []);
}

/// There and back.
fn change_pins(seat: &Seat) {
    for (pin, old, new) in [
        ("auth", AUTHENTICATION_PIN, OTHER_PIN),
        ("sign", SIGNATURE_PASSWORD, OTHER_PASSWORD),
        ("text", TEXT_PIN, OTHER_PIN),
    ] {
        let change = |old, new| seat.shirushi(&["pin", "change", pin], &[old, new, new]);
        change(old, new).good();
        change(old, new).bad(4, "card/pin-right");
        change(new, old).good();
    }
}

/// A wrong PIN costs a try; what is no PIN costs none and is not sent; the right one gives all back.
fn spend_tries(seat: &Seat) {
    std::fs::write(seat.path("c"), "c").unwrap();
    let sign = |key: &str, pin: &str| {
        let arguments = ["sign", "c", "-o", "c.p7s", "--key", key, "--force"];
        seat.shirushi(&arguments, &[pin])
    };
    sign("auth", "0000").bad(4, "card/pin-right");
    sign("sign", "NOT0RIGHT").bad(4, "card/pin-right");
    assert_eq!(seat.tries(), [2, 4, 3]);
    for (key, pin) in [
        ("auth", "12345"),
        ("auth", "abcd"),
        ("sign", "SHORT"),
        ("sign", "ONLYLETTERS"),
        ("sign", "inshu4_kuroshiro7"),
    ] {
        let refused = sign(key, pin);
        refused.bad(1, "card/pin-form");
        assert!(!refused.errors.contains(pin), "{refused:?}");
    }
    assert_eq!(seat.tries(), [2, 4, 3]);
    sign("auth", AUTHENTICATION_PIN).good();
    // Small letters count as capitals.
    sign("sign", &SIGNATURE_PASSWORD.to_lowercase()).good();
}

fn certificates(seat: &Seat) {
    let shown = seat.shirushi(
        &["cert", "show", "--with-signature-certificate"],
        &[SIGNATURE_PASSWORD],
    );
    for text in ["JPKI-SANDBOX", "印　太郎", "東京都印市朱肉一丁目１番１号"] {
        assert!(shown.good().contains(text), "{shown:?}");
    }
    let items = seat.shirushi(&["cert", "items", "--json"], &[TEXT_PIN]);
    let items = items.json();
    assert_eq!(items["name"], "印　太郎", "{items}");

    for word in CERTIFICATES {
        let file = format!("{word}.der");
        let arguments = ["cert", "export", word, "-o", &file, "--der"];
        let pins: &[&str] = if word == "sign" {
            &[SIGNATURE_PASSWORD]
        } else {
            &[]
        };
        seat.shirushi(&arguments, pins).good();
        let exported = std::fs::read(seat.path(&file)).unwrap();
        assert!(exported == city().certificate(word), "{word}");
        std::fs::remove_file(seat.path(&file)).unwrap();
    }
    let checked = seat.shirushi(
        &["cert", "check", "--with-signature-certificate", "--json"],
        &[SIGNATURE_PASSWORD],
    );
    let checked = checked.json();
    let told = checked.to_string();
    assert_eq!(told.matches("\"good\"").count(), 2, "{told}");

    let trust = city().pem("sign-ca");
    let verify = |content: &str, further: &[&str]| {
        let arguments = [&["verify", "signed", "--content", content], further].concat();
        seat.shirushi(&arguments, &[]).code
    };
    let trusting = ["--online", "--trust", trust.to_str().unwrap()];
    assert_eq!(verify("filing.xml", &trusting), Some(0));
    assert_eq!(verify("c", &trusting), Some(1));
    assert_eq!(verify("filing.xml", &["--online"]), Some(2));
}

macro_rules! on {
    ($($name:ident: $($option:literal)*;)*) => {
        $(
            #[test]
            fn $name() {
                everything_on(&[$($option),*]);
            }
        )*
    };
}

on! {
    the_usual_card: ;
    another_product: "--interface" "contact-history";
    without_contacts: "--interface" "contactless" "--slow" "15" "--slow-sign" "300";
    tries_as_iso_says: "--empty-verify" "success" "--blocked" "6983";
    tries_of_a_strict_card: "--empty-verify" "blocked" "--blocked" "6984";
    a_card_that_forgets: "--reset" "clears" "--reselect" "clears";
    a_card_that_wakes_up_slowly: "--first-command-6f00";
    a_card_without_filler: "--filler" "0";
    a_card_with_much_filler: "--filler" "4096";
    a_card_at_t0: "--response-chaining";
    a_card_that_wants_exact_lengths: "--exact-le";
}

#[test]
fn a_pin_is_locked_whatever_the_card_says_to_it() {
    for options in [
        ["--blocked", "6984", "--empty-verify", "tries"],
        ["--blocked", "6983", "--empty-verify", "tries"],
        ["--blocked", "6984", "--empty-verify", "blocked"],
        ["--blocked", "6983", "--empty-verify", "success"],
    ] {
        let seat = Seat::new();
        let _card = seat.insert(&options);
        std::fs::write(seat.path("c"), "c").unwrap();
        let sign = ["sign", "c", "-o", "c.p7s", "--key", "auth"];
        for left in [2, 1] {
            seat.shirushi(&sign, &["0000"])
                .bad(4, "card/pin-right");
            assert_eq!(seat.tries()[0], left);
        }
        // The last try is not made unless it is meant.
        let (refused, passed) = seat.during(|| seat.shirushi(&sign, &["0000"]));
        refused.bad(6, "agent/last-try-confirmed");
        assert!(passed.iter().all(|e| {
            !e.command
                .starts_with(&[0x00, 0x20, 0x00, 0x80, 0x04])
        }));
        let meant = [&sign[..], &["--confirm-last-try"]].concat();
        seat.shirushi(&meant, &["0000"])
            .bad(5, "card/pin-tries");
        assert_eq!(seat.tries(), [0, 5, 3], "{options:?}");
        // Locked: nothing is sent any more, the right PIN neither.
        let (refused, passed) = seat.during(|| seat.shirushi(&meant, &[AUTHENTICATION_PIN]));
        refused.bad(5, "card/pin-tries");
        assert!(passed.iter().all(|e| {
            !e.command
                .starts_with(&[0x00, 0x20, 0x00, 0x80, 0x04])
        }));
        // The other key does not care.
        std::fs::write(seat.path("filing.xml"), "x").unwrap();
        seat.shirushi(
            &["sign", "filing.xml", "-o", "signed"],
            &[SIGNATURE_PASSWORD],
        )
        .good();
        verify(&seat);
    }
}

/// Nothing is issued to a card of the next generation, whose keys today's law does not know; everything is asked of it all the same.
#[test]
fn the_next_generation_s_card_is_empty_and_said_to_be() {
    let seat = Seat::new();
    let base = city().base.clone();
    let new = [
        "card",
        "new",
        "next.card",
        "--generation",
        "next",
        "--resident",
        "90000000055",
    ];
    seat.shirushi(&[&new[..], &["--city", &base]].concat(), &[])
        .good();
    let _card = seat.insert_card("next.card", &[]);
    assert_eq!(seat.tries(), [Value::Null, Value::Null, json!(3)]);
    let shown = seat.shirushi(&["cert", "show"], &[]);
    assert_eq!(shown.good().matches("  none").count(), 2, "{shown:?}");
    let items = seat.shirushi(&["cert", "items", "--json"], &[TEXT_PIN]);
    assert_eq!(items.json()["name"], "閏印　如月");
    std::fs::write(seat.path("c"), "c").unwrap();
    for (arguments, pin) in [
        (&["sign", "c"][..], SIGNATURE_PASSWORD),
        (&["sign", "c", "--key", "auth"], AUTHENTICATION_PIN),
        (&["pin", "change", "auth"], AUTHENTICATION_PIN),
        (
            &["login", &base.replace("127.0.0.1", "portal.localhost")],
            AUTHENTICATION_PIN,
        ),
        (&["cert", "export", "sign", "-o", "x"], SIGNATURE_PASSWORD),
        (&["cert", "revoke", "both", "--yes"], SIGNATURE_PASSWORD),
    ] {
        seat.shirushi(arguments, &[pin, OTHER_PIN])
            .bad(1, "certificate");
    }
}

#[test]
fn other_cards_are_told_for_what_they_are() {
    let seat = Seat::new();
    let card = seat.insert(&["--kind", "android"]);
    // A telephone has no text application.
    assert_eq!(seat.tries(), [json!(3), json!(5), Value::Null]);
    let telephone = seat.shirushi(&["cert", "show"], &[]);
    assert!(
        telephone
            .good()
            .contains("Android telephone"),
        "{telephone:?}"
    );
    assert!(
        telephone
            .answer
            .contains("cert export auth"),
        "{telephone:?}"
    );
    seat.shirushi(
        &["cert", "export", "auth", "-o", "auth.der", "--der"],
        &[AUTHENTICATION_PIN],
    )
    .good();
    assert!(std::fs::read(seat.path("auth.der")).unwrap() == city().certificate("auth"));
    let checked = seat.shirushi(&["cert", "check", "--json"], &[AUTHENTICATION_PIN]);
    let checked = checked.json();
    assert_eq!(checked[0]["kind"], "authentication");
    assert_eq!(checked[0]["status"], "good");
    seat.shirushi(&["cert", "check"], &["0000"])
        .bad(4, "card/pin-right");
    std::fs::write(seat.path("c"), "c").unwrap();
    let by_pin = ["sign", "c", "-o", "c.p7s", "--key", "auth"];
    seat.shirushi(&by_pin, &[AUTHENTICATION_PIN])
        .good();
    sign(&seat);
    card.pull();

    let card = seat.insert(&["--kind", "resident-register"]);
    let old = seat.shirushi(&["cert", "show"], &[]);
    assert!(
        old.good()
            .contains("resident register card"),
        "{old:?}"
    );
    card.pull();

    seat.shirushi(&["pin", "status"], &[])
        .bad(3, "no card in the reader");
}
