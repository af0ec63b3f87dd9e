//! What reaches beyond the card: the log-in at the portal, and the holder's own revocation, which ends what every other test needs and
//! so has cards of its own.

use crate::{citizen::AUTHENTICATION_PIN, city::city, said::Said, seat::Seat};
use serde_json::Value;

/// The PINs of a card that is made ready.
const READY_PASSWORD: &str = "ABC123";
/// Residents of the sample (docs/personas.md) who may have both certificates.
const RESIDENTS: [&str; 3] = ["90000000080", "90000000039", "90000000047"];

/// Of the sample as well, and 14 years old.
const CHILD: &str = "90000000021";

fn portal() -> String {
    city()
        .base
        .replace("127.0.0.1", "portal.localhost")
}

/// Puts a new card of a resident into the seat's folder, with certificates in it.
fn make_ready(seat: &Seat, resident: &str, options: &[&str]) {
    let base = city().base.clone();
    let new = [
        "card",
        "new",
        "ready.card",
        "--ready",
        "--resident",
        resident,
        "--city",
        &base,
    ];
    seat.shirushi(&[&new[..], options].concat(), &[])
        .good();
}

fn revoke(seat: &Seat, what: &str) -> Said {
    seat.shirushi(&["cert", "revoke", what, "--yes"], &[READY_PASSWORD])
}

/// The state that the authority tells of each certificate.
fn states(seat: &Seat) -> String {
    let arguments = ["cert", "check", "--with-signature-certificate", "--json"];
    let checked = seat.shirushi(&arguments, &[READY_PASSWORD]);
    let all: Value =
        serde_json::from_str(&checked.answer).unwrap_or_else(|_| panic!("{checked:?}"));
    all.to_string()
}

fn count(states: &str, state: &str) -> usize {
    states
        .matches(&format!("\"{state}\""))
        .count()
}

#[test]
fn a_log_in_at_a_site_with_each_interface_of_the_card() {
    for options in [
        &["--interface", "contact"][..],
        &["--interface", "contactless", "--slow", "15"],
        &["--kind", "android"],
        &["--response-chaining"],
    ] {
        let seat = Seat::new();
        let _card = seat.insert(options);
        let portal = portal();
        let log_in = ["login", &portal, "--cookies", "jar"];
        let (done, passed) = seat.during(|| seat.shirushi(&log_in, &[AUTHENTICATION_PIN]));
        assert!(done.good().contains(&portal), "{options:?}: {done:?}");
        // The password's file is not touched.
        let touched = |e: &shirushi_lab::Exchange| e.command.ends_with(&[0x00, 0x1B]);
        assert!(!passed.iter().any(touched), "{options:?}");
        assert_eq!(seat.tries()[0], 3);
        // Others can go on with the session.
        let jar = std::fs::read_to_string(seat.path("jar")).unwrap();
        assert!(jar.contains("portal.localhost"), "{jar}");
    }
}

#[test]
fn a_log_in_while_the_card_is_pulled_spends_nothing() {
    let portal = portal();
    let log_in = ["login", &portal];
    let seat = Seat::new();
    let card = seat.insert(&[]);
    let (done, passed) = seat.during(|| seat.shirushi(&log_in, &[AUTHENTICATION_PIN]));
    done.good();
    card.pull();
    // With the last but one it is signed, and the card done with.
    for command in 1..passed.len() - 1 {
        let number = command.to_string();
        let card = seat.insert(&["--pull-after", &number, "--return-after", "3600000"]);
        let ended = seat.shirushi(&log_in, &[AUTHENTICATION_PIN]);
        drop(card);
        let _card = seat.insert(&[]);
        assert_eq!(ended.code, Some(3), "after {command}: {ended:?}");
        assert_eq!(seat.tries(), [3, 5, 3], "after {command}");
    }
}

#[test]
fn the_holder_ends_both_certificates_online() {
    let seat = Seat::new();
    make_ready(&seat, RESIDENTS[0], &["--interface", "contactless"]);
    let card = seat.insert_card("ready.card", &["--exact-le"]);
    assert_eq!(count(&states(&seat), "good"), 2);
    revoke(&seat, "both").good();
    let told = states(&seat);
    assert_eq!(
        (count(&told, "good"), count(&told, "revoked")),
        (0, 2),
        "{told}"
    );
    // With a dead certificate nothing more can be asked for, and the person is told before the password is spent on it.
    assert_eq!(revoke(&seat, "both").code, Some(1));
    card.pull();
}

#[test]
fn the_authentication_certificate_alone_can_be_ended() {
    let seat = Seat::new();
    make_ready(&seat, RESIDENTS[1], &[]);
    let _card = seat.insert_card("ready.card", &["--response-chaining"]);
    revoke(&seat, "auth").good();
    let told = states(&seat);
    assert_eq!(
        (count(&told, "good"), count(&told, "revoked")),
        (1, 1),
        "{told}"
    );
    revoke(&seat, "sign").good();
    let told = states(&seat);
    assert_eq!(
        (count(&told, "good"), count(&told, "revoked")),
        (0, 2),
        "{told}"
    );
}

#[test]
fn a_card_that_is_pulled_before_the_request_is_signed_ends_nothing() {
    let seat = Seat::new();
    make_ready(&seat, RESIDENTS[2], &[]);
    // How many commands it takes is known when it has been done once, and that ends everything: so from the first on, until it is
    // done. Each third one, for there are some fifty.
    for command in (1..100).step_by(3) {
        let number = command.to_string();
        let card = seat.insert_card(
            "ready.card",
            &["--pull-after", &number, "--return-after", "3600000"],
        );
        let ended = revoke(&seat, "both");
        drop(card);
        let _card = seat.insert_card("ready.card", &[]);
        let told = states(&seat);
        match ended.code {
            Some(3) => assert_eq!(count(&told, "good"), 2, "after {command}: {ended:?} {told}"),
            Some(0) => {
                assert_eq!(
                    count(&told, "revoked"),
                    2,
                    "after {command}: {ended:?} {told}"
                );
                assert!(command > 8, "{command}");
                return;
            }
            _ => panic!("after {command}: {ended:?}"),
        }
    }
    panic!("it never came to its end");
}

/// A child's card has no signature certificate: its password is not locked, there is none.
#[test]
fn what_a_child_s_card_has_not_is_not_called_locked() {
    let seat = Seat::new();
    make_ready(&seat, CHILD, &[]);
    let _card = seat.insert_card("ready.card", &[]);
    assert_eq!(
        seat.tries(),
        [serde_json::json!(3), Value::Null, serde_json::json!(3)]
    );
    std::fs::write(seat.path("letter"), "x").unwrap();
    seat.shirushi(&["sign", "letter"], &[READY_PASSWORD])
        .bad(1, "The certificate that is needed is not in this card.");
    seat.shirushi(&["login", &portal()], &["1234"])
        .good();
}
