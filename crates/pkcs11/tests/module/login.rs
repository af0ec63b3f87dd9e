//! Log-in, tries, and a remembered PIN that costs none.

use crate::{
    bench::{AUTH, Bench, SIGN, verifies},
    cards::{FIRST, PASSWORD, PIN},
    tray::{Fault as Cut, Tray},
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_pkcs11::{Fault, Settings, User};

const AUTHENTICATION: Credential = Credential::Authentication;
/// EF of the authentication key, and of the signature key.
const KEYS: [u8; 2] = [0x17, 0x1A];

#[test]
fn a_login_counts_for_all_sessions_of_the_token_and_no_other() {
    let bench = Bench::new();
    let (first, second, sign) = (
        bench.session(AUTH),
        bench.writing_session(AUTH),
        bench.session(SIGN),
    );
    let state = |session| {
        bench
            .module
            .session_info(session)
            .unwrap()
            .state
            .number()
    };
    bench.login(first, PIN).unwrap();
    assert_eq!(state(first), CKS_RO_USER_FUNCTIONS);
    assert_eq!(state(second), CKS_RW_USER_FUNCTIONS);
    assert_eq!(state(sign), CKS_RO_PUBLIC_SESSION);
    assert_eq!(bench.login(second, PIN), Err(Fault::UserAlreadyLoggedIn));
    bench.module.logout(second).unwrap();
    assert_eq!(state(first), CKS_RO_PUBLIC_SESSION);
    assert_eq!(bench.module.logout(first), Err(Fault::UserNotLoggedIn));
}

#[test]
fn the_card_is_left_after_each_operation() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench.sign(session, b"x").unwrap();
    bench.user(SIGN);
    for key in KEYS {
        assert!(!bench.tray.is_left_open(key));
    }
}

#[test]
fn a_signature_is_the_keys_and_takes_one_connection() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    bench
        .module
        .sign_init(session, crate::bench::SHA256, key)
        .unwrap();
    bench.tray.log();
    let signature = bench
        .finish(session, b"message")
        .unwrap();
    let commands = bench.tray.log();
    assert!(commands.len() <= 9, "{} commands", commands.len());
    let public = bench.public_key(session);
    assert!(verifies(&public, b"message", &signature));
    assert!(!verifies(&public, b"other", &signature));
}

#[test]
fn a_wrong_pin_costs_one_try_and_the_right_one_restores_them() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    assert_eq!(bench.login(session, "0000"), Err(Fault::PinIncorrect));
    assert_eq!(bench.tray.tries(AUTHENTICATION), 2);
    bench.login(session, PIN).unwrap();
    assert_eq!(bench.tray.tries(AUTHENTICATION), 3);
}

#[test]
fn a_pin_of_a_wrong_form_never_reaches_the_card() {
    let bench = Bench::new();
    let (auth, sign) = (bench.session(AUTH), bench.session(SIGN));
    for pin in ["", "123", "12345", "12a4", "１２３４", PASSWORD] {
        assert_eq!(bench.login(auth, pin), Err(Fault::PinOfWrongForm), "{pin}");
    }
    for pin in [
        "",
        "AB12",
        "shirushi",
        "ABCDEFGH",
        "12345678",
        "ABCDEFGHIJKLMNOP7",
        PIN,
    ] {
        assert_eq!(bench.login(sign, pin), Err(Fault::PinOfWrongForm), "{pin}");
    }
    let not_text = bench
        .module
        .login(auth, User::Normal, &[0xFF; 4]);
    assert_eq!(not_text, Err(Fault::PinOfWrongForm));
    assert_eq!(Fault::PinOfWrongForm.rv(), CKR_PIN_INCORRECT);
    assert_eq!(bench.tray.verifications(), 0);
    assert_eq!(bench.tray.tries(AUTHENTICATION), 3);
    assert_eq!(bench.tray.tries(Credential::Signature), 5);
}

#[test]
fn the_last_try_is_refused_and_left() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    for wrong in ["0000", "0001"] {
        assert_eq!(bench.login(session, wrong), Err(Fault::PinIncorrect));
    }
    bench.tray.log();
    for pin in ["0000", PIN] {
        assert_eq!(bench.login(session, pin), Err(Fault::LastTry));
    }
    assert_eq!(bench.tray.verifications(), 0);
    assert_eq!(bench.tray.tries(AUTHENTICATION), 1);
    // Elsewhere the person confirms, and everything is as before.
    bench
        .tray
        .try_elsewhere(AUTHENTICATION, PIN);
    bench.login(session, PIN).unwrap();
}

#[test]
fn the_last_try_is_spent_where_that_is_allowed() {
    let bench = Bench::allowing_the_last_try();
    let session = bench.session(AUTH);
    for wrong in ["0000", "0001"] {
        assert_eq!(bench.login(session, wrong), Err(Fault::PinIncorrect));
    }
    assert_eq!(
        bench.login(session, "0001"),
        Err(Fault::PinRefusedBefore),
        "not for what was refused already"
    );
    assert_eq!(bench.login(session, "0002"), Err(Fault::PinLocked));
    bench.tray.log();
    assert_eq!(bench.login(session, PIN), Err(Fault::PinLocked));
    assert_eq!(bench.tray.verifications(), 0, "a blocked PIN is not sent");
}

#[test]
fn a_remembered_pin_is_not_sent_after_a_wrong_try_elsewhere() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench.sign(session, b"x").unwrap();
    bench
        .tray
        .try_elsewhere(AUTHENTICATION, "0000");
    bench.tray.log();
    assert_eq!(bench.sign(session, b"x"), Err(Fault::UserNotLoggedIn));
    assert_eq!(bench.tray.verifications(), 0);
    assert_eq!(bench.tray.tries(AUTHENTICATION), 2);
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty(),
        "logged out"
    );
    bench.login(session, PIN).unwrap();
    bench.sign(session, b"x").unwrap();
}

#[test]
fn a_remembered_pin_that_was_changed_elsewhere_costs_one_try_only() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench
        .tray
        .change_elsewhere(AUTHENTICATION, PIN, "7777");
    for _ in 0..3 {
        let refused = bench.module.sign_init(
            session,
            crate::bench::SHA256,
            bench
                .find(session, CKO_PRIVATE_KEY)
                .first()
                .copied()
                .unwrap_or_default(),
        );
        if refused.is_ok() {
            assert_eq!(bench.finish(session, b"x"), Err(Fault::UserNotLoggedIn));
        }
    }
    assert_eq!(bench.tray.tries(AUTHENTICATION), 2);
}

#[test]
fn a_connection_torn_in_a_login_is_a_card_taken_out() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    // At VERIFY: the tries were counted by one before it, so that it is the second with this INS.
    bench.tray.at(0x20, Cut::Pull);
    assert_eq!(bench.login(session, PIN), Err(Fault::DeviceRemoved));
    assert_eq!(bench.login(session, PIN), Err(Fault::SessionHandleInvalid));
}

#[test]
fn the_last_session_takes_the_login_with_it() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench
        .module
        .close_session(session)
        .unwrap();
    let session = bench.session(AUTH);
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
    bench.login(session, PIN).unwrap();
    let other = bench.session(AUTH);
    bench
        .module
        .close_session(session)
        .unwrap();
    assert_eq!(bench.find(other, CKO_PRIVATE_KEY).len(), 1, "one is left");
    bench
        .module
        .close_all_sessions(AUTH)
        .unwrap();
    let session = bench.session(AUTH);
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
}

#[test]
fn a_pin_that_the_card_does_not_count_is_none() {
    let tray = Tray::with(FIRST);
    tray.always_at(0x20, Cut::NotFound);
    let bench = Bench::over(tray, Settings::default());
    let session = bench.session(SIGN);
    bench.find_by(session, &[]);
    let flags = bench
        .module
        .token_info(SIGN)
        .unwrap()
        .flags;
    assert_eq!(flags & CKF_USER_PIN_INITIALIZED, 0);
    bench.tray.log();
    assert_eq!(
        bench.login(session, PASSWORD),
        Err(Fault::UserPinNotInitialized)
    );
    assert_eq!(bench.tray.verifications(), 0);
}

#[test]
fn there_is_no_security_officer() {
    assert_eq!(User::from_number(CKU_SO), Err(Fault::UserTypeInvalid));
    assert_eq!(User::from_number(9), Err(Fault::UserTypeInvalid));
    assert_eq!(User::from_number(CKU_USER), Ok(User::Normal));
}
