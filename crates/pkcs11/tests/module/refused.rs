//! A PIN that was refused is not sent again, whatever loops.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN},
    cards::{FIRST, PASSWORD, PIN},
    tray::Tray,
};
use cryptoki_sys::{CKR_FUNCTION_CANCELED, CKR_PIN_INCORRECT};
use shirushi_card::Credential;
use shirushi_pkcs11::{Fault, LastTry, Settings};
use std::sync::Arc;

const AUTHENTICATION: Credential = Credential::Authentication;
const SIGNATURE: Credential = Credential::Signature;

#[test]
fn the_same_wrong_pin_costs_one_try() {
    let bench = Bench::new();
    for (slot, wrong, credential, left) in [
        (AUTH, "0000", AUTHENTICATION, 2),
        (SIGN, "WRONG1", SIGNATURE, 4),
    ] {
        let session = bench.session(slot);
        assert_eq!(bench.login(session, wrong), Err(Fault::PinIncorrect));
        bench.tray.log();
        for _ in 0..1000 {
            assert_eq!(bench.login(session, wrong), Err(Fault::PinRefusedBefore));
        }
        assert_eq!(bench.tray.verifications(), 0);
        assert_eq!(bench.tray.tries(credential), left);
    }
    // What asks again after the one is ended by the other.
    assert_eq!(Fault::PinIncorrect.rv(), CKR_PIN_INCORRECT);
    assert_eq!(Fault::PinRefusedBefore.rv(), CKR_FUNCTION_CANCELED);
}

#[test]
fn what_has_no_form_is_told_so_once() {
    let bench = Bench::new();
    for slot in [AUTH, SIGN] {
        let session = bench.session(slot);
        for pin in ["", "x", "123456789012345678901234567890"] {
            assert_eq!(bench.login(session, pin), Err(Fault::PinOfWrongForm));
            assert_eq!(bench.login(session, pin), Err(Fault::PinRefusedBefore));
            assert_eq!(bench.login(session, pin), Err(Fault::PinRefusedBefore));
        }
    }
    assert_eq!(bench.tray.verifications(), 0);
}

#[test]
fn all_ways_of_giving_a_pin_count_as_one() {
    let bench = Bench::new();
    let session = bench.writing_session(SIGN);
    assert_eq!(bench.login(session, "WRONG1"), Err(Fault::PinIncorrect));
    // In small letters, in another session, to change it, and for one signature.
    assert_eq!(bench.login(session, "wrong1"), Err(Fault::PinRefusedBefore));
    let another = bench.session(SIGN);
    assert_eq!(bench.login(another, "Wrong1"), Err(Fault::PinRefusedBefore));
    let changed = bench
        .module
        .set_pin(session, b"WRONG1", b"NEWONE1");
    assert_eq!(changed, Err(Fault::PinRefusedBefore));
    assert_eq!(bench.tray.tries(SIGNATURE), 4);

    bench.login(session, PASSWORD).unwrap();
    bench
        .module
        .sign_init(session, SHA256, bench.key(session))
        .unwrap();
    assert_eq!(
        bench.login_for_this(session, "WRONG1"),
        Err(Fault::PinIncorrect),
        "the right one has made it forgotten"
    );
    assert_eq!(
        bench.login_for_this(session, "WRONG1"),
        Err(Fault::PinRefusedBefore)
    );
    assert_eq!(bench.tray.tries(SIGNATURE), 4);
    // The operation waits for the right one.
    bench
        .login_for_this(session, PASSWORD)
        .unwrap();
    bench.finish(session, b"x").unwrap();
    assert_eq!(bench.tray.tries(SIGNATURE), 5);
}

#[test]
fn it_is_remembered_over_finalisation_and_not_over_the_cards_removal() {
    let learned = Arc::default();
    let tray = Tray::with(FIRST);
    for expected in [Fault::PinIncorrect, Fault::PinRefusedBefore] {
        let bench = Bench::again(tray.clone(), Settings::default(), Arc::clone(&learned));
        let session = bench.session(AUTH);
        assert_eq!(bench.login(session, "0000"), Err(expected));
        bench.module.finish();
    }
    assert_eq!(tray.tries(AUTHENTICATION), 2);
    tray.eject();
    tray.insert(FIRST);
    let bench = Bench::again(tray.clone(), Settings::default(), learned);
    let session = bench.session(AUTH);
    assert_eq!(bench.login(session, "0000"), Err(Fault::PinIncorrect));
    assert_eq!(tray.tries(AUTHENTICATION), 1);
}

#[test]
fn a_pin_that_was_set_elsewhere_meanwhile_is_right() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    assert_eq!(bench.login(session, "7777"), Err(Fault::PinIncorrect));
    bench
        .tray
        .change_elsewhere(AUTHENTICATION, PIN, "7777");
    bench.login(session, "7777").unwrap();
    assert_eq!(bench.tray.tries(AUTHENTICATION), 3);
}

#[test]
fn a_remembered_pin_that_is_no_longer_right_is_not_sent_again_when_it_is_typed() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    bench
        .tray
        .change_elsewhere(AUTHENTICATION, PIN, "7777");
    bench
        .module
        .sign_init(session, SHA256, key)
        .unwrap();
    assert_eq!(bench.finish(session, b"x"), Err(Fault::UserNotLoggedIn));
    assert_eq!(bench.login(session, PIN), Err(Fault::PinRefusedBefore));
    assert_eq!(bench.tray.tries(AUTHENTICATION), 2);
}

#[test]
fn the_last_try_is_not_spent_on_it_where_that_is_allowed() {
    let settings = Settings {
        last_try: LastTry::Allowed,
        ..Settings::default()
    };
    let bench = Bench::over(Tray::with(FIRST), settings);
    let session = bench.session(AUTH);
    for wrong in ["0000", "0001"] {
        assert_eq!(bench.login(session, wrong), Err(Fault::PinIncorrect));
    }
    for wrong in ["0001", "0000"] {
        assert_eq!(bench.login(session, wrong), Err(Fault::PinRefusedBefore));
    }
    assert_eq!(bench.tray.tries(AUTHENTICATION), 1);
}
