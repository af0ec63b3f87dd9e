//! Slots, tokens and what their flags say.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN},
    cards::{FIRST, PIN},
    tray::{Stranger, Tray},
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_pkcs11::{
    Fault, Keys, LastTry, Module, Settings, Tokens, User, mechanism_info, mechanisms,
};
use std::{sync::Arc, time::Duration};

#[test]
fn a_reader_is_two_slots_with_two_tokens() {
    let bench = Bench::new();
    assert_eq!(bench.module.slots(true, false), [AUTH, SIGN]);
    assert_eq!(bench.module.slots(true, true), [AUTH, SIGN]);
    let slot = bench.module.slot_info(AUTH).unwrap();
    assert_eq!(slot.description, "reader 0");
    assert_eq!(
        slot.flags,
        CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | CKF_TOKEN_PRESENT
    );

    let usual = CKF_RNG
        | CKF_WRITE_PROTECTED
        | CKF_LOGIN_REQUIRED
        | CKF_TOKEN_INITIALIZED
        | CKF_USER_PIN_INITIALIZED;
    let auth = bench.module.token_info(AUTH).unwrap();
    assert_eq!(auth.label, "JPKI User Authentication");
    assert_eq!((auth.flags, auth.pin_length), (usual, (4, 4)));
    let sign = bench.module.token_info(SIGN).unwrap();
    assert_eq!(sign.label, "JPKI Digital Signature");
    assert_eq!((sign.flags, sign.pin_length), (usual, (6, 16)));
    assert_eq!(auth.serial, sign.serial);
    assert!(!auth.serial.is_empty());
    assert_ne!(auth.hardware, (0, 0), "the card has versions");
    assert!(auth.hardware.0 < 10 && auth.hardware.1 < 10, "in digits");
    assert_eq!(bench.tray.verifications(), 0, "nothing of this takes a try");
}

#[test]
fn a_token_is_hidden_whole() {
    for (tokens, shown, hidden) in [
        (Tokens::Authentication, AUTH, SIGN),
        (Tokens::Signature, SIGN, AUTH),
    ] {
        let bench = Bench::with_tokens(tokens);
        assert_eq!(bench.module.slots(true, false), [shown]);
        assert!(bench.module.token_info(shown).is_ok());
        let refused = Fault::SlotIdInvalid;
        assert_eq!(bench.module.slot_info(hidden), Err(refused));
        assert_eq!(bench.module.token_info(hidden), Err(refused));
        assert_eq!(bench.module.mechanisms(hidden), Err(refused));
        assert_eq!(
            bench
                .module
                .open_session(hidden, CKF_SERIAL_SESSION),
            Err(refused)
        );
    }
}

#[test]
fn flags_follow_the_counters_on_the_card() {
    let bench = Bench::telling_counts_of(Tray::with(FIRST), Settings::default(), Duration::ZERO);
    let flags = || bench.told_tries(AUTH);
    assert_eq!(flags(), 0);
    for expected in [
        CKF_USER_PIN_COUNT_LOW,
        CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
        CKF_USER_PIN_LOCKED,
    ] {
        bench
            .tray
            .try_elsewhere(Credential::Authentication, "0000");
        assert_eq!(flags(), expected);
        assert_eq!(flags(), expected, "looking changes nothing");
    }
    let sign = bench
        .module
        .token_info(SIGN)
        .unwrap()
        .flags;
    assert_eq!(
        sign & CKF_USER_PIN_LOCKED,
        0,
        "the other token's PIN is another"
    );
}

#[test]
fn the_tries_of_both_tokens_are_counted_with_the_first_look_and_told_for_a_while() {
    let tray = Tray::with(FIRST);
    let module = Module::new(Arc::new(tray.clone()), Settings::default(), Arc::default())
        .with_count_age(Duration::MAX);
    assert_eq!(module.slots(true, true), [AUTH, SIGN]);
    // SELECT, the token information, and a query for each PIN.
    assert_eq!(tray.log().len(), 4);
    for _ in 0..3 {
        for slot in [AUTH, SIGN] {
            let flags = module.token_info(slot).unwrap().flags;
            assert_eq!(flags & CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_INITIALIZED);
        }
    }
    assert_eq!(tray.log().len(), 0);
    // Before a PIN is sent they are counted on the card: another program has spent two.
    for _ in 0..2 {
        tray.try_elsewhere(Credential::Authentication, "0000");
    }
    let session = module
        .open_session(AUTH, CKF_SERIAL_SESSION)
        .unwrap();
    tray.log();
    let refused = module.login(session, User::Normal, PIN.as_bytes());
    assert_eq!(refused, Err(Fault::LastTry));
    assert_eq!(tray.verifications(), 0);
    // Who asks next is told what was counted for that.
    let flags = module.token_info(AUTH).unwrap().flags;
    assert_ne!(flags & CKF_USER_PIN_FINAL_TRY, 0);
}

/// However long a count is told, it ends with a PIN that this module sends: a program's next question is what it has cost.
#[test]
fn a_refused_pin_is_told_in_the_flags_at_once() {
    let settings = Settings {
        last_try: LastTry::Allowed,
        ..Settings::default()
    };
    let bench = Bench::telling_counts_of(Tray::with(FIRST), settings, Duration::MAX);
    let session = bench.writing_session(AUTH);
    assert_eq!(bench.told_tries(AUTH), 0);
    assert_eq!(bench.login(session, "0000"), Err(Fault::PinIncorrect));
    assert_eq!(bench.told_tries(AUTH), CKF_USER_PIN_COUNT_LOW);
    let changed = bench
        .module
        .set_pin(session, b"0001", b"7777");
    assert_eq!(changed, Err(Fault::PinIncorrect));
    assert_eq!(
        bench.told_tries(AUTH),
        CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY
    );
    // The right one gives all back.
    bench.login(session, PIN).unwrap();
    assert_eq!(bench.told_tries(AUTH), 0);
    // One that is remembered and no longer right costs one when something is to be signed.
    let key = bench.key(session);
    bench
        .tray
        .change_elsewhere(Credential::Authentication, PIN, "7777");
    bench
        .module
        .sign_init(session, SHA256, key)
        .unwrap();
    assert_eq!(bench.finish(session, b"x"), Err(Fault::UserNotLoggedIn));
    assert_eq!(bench.told_tries(AUTH), CKF_USER_PIN_COUNT_LOW);
    for (wrong, told) in [
        ("0000", CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY),
        ("0001", CKF_USER_PIN_LOCKED),
    ] {
        assert!(bench.login(session, wrong).is_err());
        assert_eq!(bench.told_tries(AUTH), told);
    }
    assert_eq!(
        bench.told_tries(SIGN),
        0,
        "the other token's PIN is another"
    );
}

#[test]
fn a_list_of_slots_grows_only_when_their_number_is_asked_for() {
    let bench = Bench::new();
    bench.tray.add_reader();
    assert_eq!(bench.module.slots(false, false), [AUTH, SIGN]);
    assert_eq!(bench.module.slots(true, false), [0, 1, 2, 3]);
    assert_eq!(bench.module.slots(true, true), [AUTH, SIGN]);
    bench
        .tray
        .insert_into(1, crate::cards::SECOND);
    assert_eq!(bench.module.slots(false, true), [0, 1, 2, 3]);
}

#[test]
fn the_card_is_found_behind_what_lies_in_the_first_reader() {
    for stranger in [Stranger::Other, Stranger::Mute, Stranger::Held] {
        let tray = Tray::empty();
        tray.add_reader();
        tray.insert_stranger(0, stranger);
        tray.insert_into(1, FIRST);
        let bench = Bench::over(tray, Settings::default());
        assert_eq!(bench.module.slots(true, false), [0, 1, 2, 3]);
        assert_eq!(bench.module.slots(true, true), [2, 3]);
        // Programs ask again and again; what cannot be asked now is left alone for a while.
        bench.tray.connections();
        for _ in 0..3 {
            assert_eq!(bench.module.slots(true, true), [2, 3]);
            let info = bench.module.slot_info(0).unwrap();
            assert_eq!(info.flags & CKF_TOKEN_PRESENT, 0);
        }
        assert_eq!(bench.tray.connections(), 0);
        let session = bench
            .module
            .open_session(2, CKF_SERIAL_SESSION)
            .unwrap();
        bench.login(session, PIN).unwrap();
        bench.sign(session, b"content").unwrap();
        // Who means the other one is told why it cannot be had.
        let refused = match stranger {
            Stranger::Other => Fault::TokenNotRecognized,
            Stranger::Mute => Fault::Mute,
            Stranger::Held => Fault::Busy,
        };
        assert_eq!(
            bench
                .module
                .open_session(0, CKF_SERIAL_SESSION),
            Err(refused)
        );
    }
    // Alone, a card that cannot be asked is taken for ours.
    let tray = Tray::empty();
    tray.insert_stranger(0, Stranger::Held);
    let bench = Bench::over(tray, Settings::default());
    assert_eq!(bench.module.slots(true, true), [AUTH, SIGN]);
}

#[test]
fn only_readers_of_the_name_are_there() {
    let settings = |reader: &str| Settings {
        reader: Some(reader.to_owned()),
        ..Settings::default()
    };
    let bench = Bench::over(Tray::with(FIRST), settings("reader 0"));
    bench.tray.add_reader();
    assert_eq!(bench.module.slots(true, false), [0, 1]);
    let bench = Bench::over(Tray::with(FIRST), settings("another"));
    assert!(
        bench
            .module
            .slots(true, false)
            .is_empty()
    );
}

#[test]
fn an_empty_reader_has_slots_without_tokens() {
    let bench = Bench::over(Tray::empty(), Settings::default());
    assert_eq!(bench.module.slots(true, false), [AUTH, SIGN]);
    assert!(
        bench
            .module
            .slots(true, true)
            .is_empty()
    );
    assert_eq!(
        bench
            .module
            .slot_info(AUTH)
            .unwrap()
            .flags
            & CKF_TOKEN_PRESENT,
        0
    );
    assert_eq!(bench.module.token_info(AUTH), Err(Fault::TokenNotPresent));
    assert_eq!(
        bench
            .module
            .open_session(AUTH, CKF_SERIAL_SESSION),
        Err(Fault::TokenNotPresent)
    );
    assert_eq!(bench.module.slot_info(7), Err(Fault::SlotIdInvalid));
    bench.tray.insert(FIRST);
    assert_eq!(bench.module.slots(true, true), [AUTH, SIGN]);
    let session = bench.session(AUTH);
    bench.login(session, PIN).unwrap();
}

#[test]
fn mechanisms_are_those_that_the_card_has() {
    let bench = Bench::new();
    assert_eq!(
        bench.module.mechanisms(AUTH),
        Ok(mechanisms(Keys::Rsa, true))
    );
    let signing = bench
        .module
        .mechanism(SIGN, CKM_SHA256_RSA_PKCS)
        .unwrap();
    assert_eq!(signing.flags, CKF_HW | CKF_SIGN | CKF_VERIFY);
    assert_eq!((signing.min_key_size, signing.max_key_size), (2048, 2048));
    for mechanism in mechanisms(Keys::Rsa, true) {
        assert!(mechanism_info(mechanism, Keys::Rsa, true).is_ok());
    }
    for missing in [
        CKM_SHA384_RSA_PKCS_PSS,
        CKM_RSA_X_509,
        CKM_RSA_PKCS_KEY_PAIR_GEN,
    ] {
        assert_eq!(
            bench.module.mechanism(AUTH, missing),
            Err(Fault::MechanismInvalid)
        );
    }
}
