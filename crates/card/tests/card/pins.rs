//! PINs: their form, their tries, and what is never sent.

use crate::script::{
    AVAILABILITY, OK, PASSWORD, PASSWORD_FILE, PIN_FILE, TRIES, VERIFY_PASSWORD, VERIFY_PIN, open,
    open_with_password, password, pin, rule,
};
use shirushi_apdu::StatusWord;
use shirushi_card::{CardError, Credential, Pin};
use shirushi_rules::{Fact, Language};

#[test]
fn a_pin_has_its_form() {
    let passwords = ["ABC123", "A1B2C3D4E5F6G7H8", "0000A0", "abc123", "0000a0"];
    for text in passwords {
        assert!(Pin::signature(text).is_ok(), "{text}");
    }
    let wrong = [
        "",
        "ABC12",
        "A1B2C3D4E5F6G7H8I",
        "ABCDEF",
        "123456",
        "ＡＢＣ123",
        "abc12é",
        "ABC12３",
        "ABC 123",
        "ABC-123",
    ];
    for text in wrong {
        let refusal = Pin::signature(text).unwrap_err();
        assert_eq!(refusal.rule().id, "card/pin-form", "{text}");
    }
    assert!(Pin::authentication("0123").is_ok());
    for text in ["", "123", "12345", "12a4", "１２３４"] {
        let refusal = Pin::authentication(text).unwrap_err();
        assert_eq!(refusal.rule().id, "card/pin-form", "{text}");
    }
}

#[test]
fn a_wrong_form_is_refused_with_the_remedy() {
    let refusal = Pin::signature("abcdef").unwrap_err();
    let (ja, en) = (Language::Japanese, Language::English);
    assert!(
        refusal
            .reason(ja)
            .contains("小文字は大文字として")
    );
    assert!(
        refusal
            .reason(en)
            .contains("small letters count as capitals")
    );
    assert!(
        refusal
            .remedy(en)
            .contains("no try was spent")
    );
    assert!(!refusal.to_string().contains("abcdef"));
}

#[test]
fn debug_shows_no_pin() {
    let (card, verified) = open_with_password(&[]);
    let shown = format!("{:?} {:?} {card:?} {verified:?}", password(), pin());
    assert!(
        !shown.contains(PASSWORD) && !shown.contains("1234"),
        "{shown}"
    );
}

#[test]
fn the_tries_are_those_the_card_counts() {
    let answers = [
        ("63c5", 5),
        ("63c0", 0),
        ("6984", 0),
        ("6983", 0),
        // A verified PIN; no card was seen to say so.
        ("9000", 5),
    ];
    for (answer, tries) in answers {
        // Without tries the card is asked whether there is anything that the PIN is for.
        let asked: &[_] = match tries {
            0 => &[(AVAILABILITY, "8f8f009000")],
            _ => &[],
        };
        let script = [&[(PASSWORD_FILE, OK), (TRIES, answer)], asked].concat();
        let mut card = open(&script);
        assert_eq!(
            card.tries(Credential::Signature)
                .unwrap(),
            tries
        );
    }
    let mut card = open(&[(PIN_FILE, OK), (TRIES, "6700"), ("0020008000", "63c2")]);
    assert_eq!(
        card.tries(Credential::Authentication)
            .unwrap(),
        2
    );
    let mut card = open(&[(PIN_FILE, OK), (TRIES, "6300")]);
    let error = card
        .tries(Credential::Authentication)
        .unwrap_err();
    assert!(matches!(
        error,
        CardError::Status {
            status: StatusWord(0x6300),
            ..
        }
    ));
}

#[test]
fn a_pin_that_is_for_nothing_is_not_locked() {
    let asked = |credential: Credential, file, available| {
        let mut card = open(&[(file, OK), (TRIES, "63c0"), (AVAILABILITY, available)]);
        card.tries(credential)
    };
    let signature = |available| asked(Credential::Signature, PASSWORD_FILE, available);
    let authentication = |available| asked(Credential::Authentication, PIN_FILE, available);
    let is_absent =
        |tries: Result<u8, CardError>| matches!(tries, Err(CardError::NoCertificate { .. }));
    assert!(is_absent(signature("008f009000")));
    assert!(is_absent(authentication("8f00009000")));
    assert_eq!(signature("8f00009000").unwrap(), 0);
    assert_eq!(authentication("008f009000").unwrap(), 0);
    // A card that does not say, or not of this one.
    for silent in ["6a82", "6982", "9000"] {
        assert_eq!(signature(silent).unwrap(), 0);
        assert_eq!(authentication(silent).unwrap(), 0);
    }
}

#[test]
fn a_locked_pin_is_not_tried() {
    for answer in ["63c0", "6984", "6983"] {
        let mut card = open(&[(PIN_FILE, OK), (TRIES, answer)]);
        let error = card
            .verify(Credential::Authentication, &pin())
            .unwrap_err();
        assert_eq!(rule(&error), "card/pin-tries");
        card.into_inner().finish();
    }
}

#[test]
fn a_wrong_pin_says_how_many_tries_are_left() {
    let mut card = open(&[
        (PIN_FILE, OK),
        (TRIES, "63c3"),
        (VERIFY_PIN, "63c2"),
        // The tries are asked for anew: the last answer was no query's.
        (TRIES, "63c2"),
        (VERIFY_PIN, "63c1"),
    ]);
    for left in [2, 1] {
        let error = card
            .verify(Credential::Authentication, &pin())
            .unwrap_err();
        assert_eq!(rule(&error), "card/pin-right");
        let CardError::Refused(refusal) = error else {
            panic!("not refused");
        };
        assert_eq!(refusal.report().facts["tries"], Fact::Number(left));
    }
    card.into_inner().finish();
}

#[test]
fn the_try_that_locks_the_pin_is_told_as_such() {
    for answer in ["63c0", "6984", "6983"] {
        let mut card = open(&[
            (PASSWORD_FILE, OK),
            (TRIES, "63c1"),
            (VERIFY_PASSWORD, answer),
        ]);
        let error = card
            .verify(Credential::Signature, &password())
            .unwrap_err();
        assert_eq!(rule(&error), "card/pin-tries", "{answer}");
    }
}

#[test]
fn a_pin_is_never_sent_to_the_other_pins_counter() {
    let mut card = open(&[]);
    let error = card
        .verify(Credential::Authentication, &password())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-form");
    let error = card
        .verify(Credential::Signature, &pin())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-form");
    let error = card
        .set_initial_pin(Credential::Signature, &pin())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-form");
}

#[test]
fn tries_of_one_pin_do_not_stand_for_the_other() {
    let mut card = open(&[
        (PIN_FILE, OK),
        (TRIES, "63c3"),
        (PASSWORD_FILE, OK),
        (TRIES, "63c0"),
    ]);
    assert_eq!(
        card.tries(Credential::Authentication)
            .unwrap(),
        3
    );
    let error = card
        .verify(Credential::Signature, &password())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-tries");
}

/// Between the question and the PIN something else was sent: the count is old.
#[test]
fn tries_counted_some_commands_ago_are_counted_again() {
    let mut card = open(&[
        (PIN_FILE, OK),
        (TRIES, "63c3"),
        ("00a4020c02000b", OK),
        ("00b0000000", "3003010203ffff9000"),
        (PIN_FILE, OK),
        (TRIES, "63c0"),
    ]);
    let credential = Credential::Authentication;
    assert_eq!(card.tries(credential).unwrap(), 3);
    card.ca_certificate(credential).unwrap();
    let error = card
        .verify(credential, &pin())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-tries");
    card.into_inner().finish();
}

#[test]
fn a_pin_is_changed_after_the_old_one() {
    let new = Pin::signature("XYZ987").unwrap();
    let change = "002401800658595a393837";
    let (mut card, verified) = open_with_password(&[(change, OK)]);
    card.change_pin(Credential::Signature, &verified, &new)
        .unwrap();
    card.into_inner().finish();

    let change_with = |answer| {
        let (mut card, verified) = open_with_password(&[(change, answer)]);
        card.change_pin(Credential::Signature, &verified, &new)
            .unwrap_err()
    };
    assert!(matches!(change_with("6982"), CardError::NotVerified { .. }));
    assert_eq!(rule(&change_with("6a80")), "card/pin-form");
    assert!(matches!(
        change_with("6985"),
        CardError::Status {
            instruction: 0x24,
            status: StatusWord::CONDITIONS
        }
    ));

    let (mut card, verified) = open_with_password(&[]);
    let error = card
        .change_pin(Credential::Authentication, &verified, &pin())
        .unwrap_err();
    assert!(matches!(error, CardError::NotVerified { .. }));
    let error = card
        .change_pin(Credential::Signature, &verified, &pin())
        .unwrap_err();
    assert_eq!(rule(&error), "card/pin-form");
}

#[test]
fn initial_pins_are_set_without_an_old_one() {
    let mut card = open(&[
        ("8024009b06414243313233", OK),
        ("802400980431323334", OK),
        ("802400980431323334", "6985"),
    ]);
    card.set_initial_pin(Credential::Signature, &password())
        .unwrap();
    card.set_initial_pin(Credential::Authentication, &pin())
        .unwrap();
    let error = card
        .set_initial_pin(Credential::Authentication, &pin())
        .unwrap_err();
    assert!(matches!(
        error,
        CardError::Status {
            instruction: 0x24,
            status: StatusWord::CONDITIONS
        }
    ));
    card.into_inner().finish();
}

#[test]
fn a_card_without_the_file_of_a_pin_has_no_such_pin() {
    let mut card = open(&[(PASSWORD_FILE, "6a82"), (PASSWORD_FILE, "6a82")]);
    let is_nothing = |error| {
        matches!(
            error,
            CardError::NoCertificate {
                credential: Credential::Signature
            }
        )
    };
    assert!(is_nothing(
        card.tries(Credential::Signature)
            .unwrap_err()
    ));
    let refused = card.verify(Credential::Signature, &password());
    assert!(is_nothing(refused.unwrap_err()));
    card.into_inner().finish();
}
