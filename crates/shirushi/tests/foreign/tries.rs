//! Wrong PINs through OpenSC: each spends one try, and a blocked PIN stays blocked, in both variants of the card.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    desk::{Desk, library, tries},
    said::Said,
};
use shirushi_lab::exchanges;

const WRONG_PIN: &str = "0000";
const WRONG_PASSWORD: &str = "WRONG0";

#[test]
fn a_wrong_pin_spends_one_try_and_the_right_one_gives_all_back() {
    let desk = Desk::new();
    let _card = desk.insert(&[]);
    desk.write("content", "c");
    for (which, wrong, right, most) in [
        (0, WRONG_PIN, AUTHENTICATION_PIN, 3),
        (1, WRONG_PASSWORD, SIGNATURE_PASSWORD, 5),
    ] {
        for left in (1..most).rev() {
            assert_refused(&log_in(&desk, which, wrong), "CKR_PIN_INCORRECT (0xa0)");
            assert_eq!(tries(&desk)[which], left);
            let flag = if left == 1 {
                "final user PIN try"
            } else {
                "user PIN count low"
            };
            assert!(flags(&desk, which).contains(flag));
        }
        log_in(&desk, which, right).good();
        assert_eq!(tries(&desk)[which], most);
        assert_eq!(
            flags(&desk, which),
            "login required, token initialized, PIN initialized"
        );
    }
    // What OpenSC sees to be no PIN never reaches the card.
    let verified = verifications(&desk);
    for no_pin in ["123", "12345"] {
        assert_refused(&log_in(&desk, 0, no_pin), "CKR_PIN_LEN_RANGE (0xa2)");
    }
    assert_eq!(verifications(&desk), verified);
    assert_eq!(tries(&desk), [3, 5]);
}

#[test]
fn a_blocked_pin_answers_6984_or_6983_and_blocks_nothing_else() {
    for (status, said) in [
        ("6984", "CKR_GENERAL_ERROR (0x5)"),
        ("6983", "CKR_PIN_LOCKED (0xa4)"),
    ] {
        let desk = Desk::new();
        let card = desk.insert(&["--blocked", status]);
        desk.write("content", "c");
        for left in [2, 1, 0] {
            assert_refused(&log_in(&desk, 0, WRONG_PIN), "CKR_PIN_INCORRECT (0xa0)");
            assert_eq!(tries(&desk), [left, 5]);
        }
        for pin in [WRONG_PIN, AUTHENTICATION_PIN] {
            assert_refused(&log_in(&desk, 0, pin), said);
        }
        assert!(flags(&desk, 0).contains("user PIN locked"));
        // Without power nothing is forgotten.
        card.pull();
        let _card = desk.insert(&["--blocked", status]);
        assert_refused(&log_in(&desk, 0, AUTHENTICATION_PIN), said);
        assert_eq!(tries(&desk), [0, 5]);

        let arguments = [
            "--module",
            &library("opensc-pkcs11.so"),
            "--slot",
            "1",
            "--id",
            "02",
            "--login",
            "--pin",
            SIGNATURE_PASSWORD,
            "--sign",
            "--mechanism",
            "SHA256-RSA-PKCS",
            "--input-file",
            "content",
            "--output-file",
            "signature",
        ];
        desk.run("pkcs11-tool", &arguments)
            .good();
        desk.assert_signed("sign", "-sha256", "content", "signature");
    }
}

#[test]
fn a_card_that_answers_the_question_for_tries_as_iso_7816_would_is_none_for_opensc() {
    let desk = Desk::new();
    let card = desk.insert(&["--empty-verify", "blocked"]);
    for _ in 0..3 {
        assert_refused(&log_in(&desk, 0, WRONG_PIN), "CKR_PIN_INCORRECT (0xa0)");
    }
    let said = desk.run("pkcs15-tool", &["--list-pins"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.errors
            .contains("PKCS#15 binding failed: Unsupported card"),
        "{said:?}"
    );
    // The same card, asked for its tries as the real one answers.
    card.pull();
    let _card = desk.insert(&[]);
    assert_eq!(tries(&desk), [0, 5]);
}

fn log_in(desk: &Desk, slot: usize, pin: &str) -> Said {
    let slot = slot.to_string();
    let module = library("opensc-pkcs11.so");
    let arguments = [
        "--module", &module, "--slot", &slot, "--login", "--pin", pin, "-O",
    ];
    desk.run("pkcs11-tool", &arguments)
}

/// How often a PIN was presented to the card.
fn verifications(desk: &Desk) -> usize {
    let log = desk.lab.log();
    exchanges(&log)
        .iter()
        .filter(|exchange| {
            exchange
                .command
                .starts_with(&[0x00, 0x20])
                && exchange.command.len() > 5
        })
        .count()
}

/// The flags of a token.
fn flags(desk: &Desk, slot: usize) -> String {
    let said = desk.run(
        "pkcs11-tool",
        &["--module", &library("opensc-pkcs11.so"), "-L"],
    );
    let mut flags = said
        .good()
        .lines()
        .filter_map(|line| line.split_once("token flags        : "));
    flags.nth(slot).unwrap().1.to_owned()
}

fn assert_refused(said: &Said, why: &str) {
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.errors
            .contains(&format!("C_Login failed: rv = {why}")),
        "{said:?}"
    );
}
