//! The signature key: its password for each signature, and for no other.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN, verifies},
    cards::{FIRST, PASSWORD, PIN},
    tray::Tray,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_pkcs11::{Fault, Settings, SignatureLogin};

#[test]
fn each_signature_takes_the_password() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    let key = bench.key(session);
    let public = bench.public_key(session);
    for message in [&b"one"[..], b"two"] {
        bench
            .module
            .sign_init(session, SHA256, key)
            .unwrap();
        bench
            .login_for_this(session, PASSWORD)
            .unwrap();
        let signature = bench.finish(session, message).unwrap();
        assert!(verifies(&public, message, &signature));
    }
    bench
        .module
        .sign_init(session, SHA256, key)
        .unwrap();
    bench.tray.log();
    assert_eq!(
        bench.finish(session, b"three"),
        Err(Fault::UserNotLoggedIn),
        "neither the login nor the password before is good for it"
    );
    assert!(bench.tray.log().is_empty(), "the card was not asked");
}

#[test]
fn the_password_is_good_for_its_session_only() {
    let bench = Bench::new();
    let (first, second) = (bench.user(SIGN), bench.session(SIGN));
    let key = bench.key(first);
    for session in [first, second] {
        bench
            .module
            .sign_init(session, SHA256, key)
            .unwrap();
    }
    bench
        .login_for_this(first, PASSWORD)
        .unwrap();
    assert_eq!(bench.finish(second, b"x"), Err(Fault::UserNotLoggedIn));
}

#[test]
fn a_wrong_password_costs_a_try_and_may_be_given_again() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    bench.begin(session);
    assert_eq!(
        bench.login_for_this(session, "WRONG1"),
        Err(Fault::PinIncorrect)
    );
    assert_eq!(bench.tray.tries(Credential::Signature), 4);
    assert_eq!(
        bench.login_for_this(session, "wrong"),
        Err(Fault::PinOfWrongForm)
    );
    assert_eq!(bench.tray.tries(Credential::Signature), 4);
    bench
        .login_for_this(session, PASSWORD)
        .unwrap();
    bench.finish(session, b"x").unwrap();
    assert_eq!(bench.tray.tries(Credential::Signature), 5);
}

#[test]
fn one_try_left_ends_the_operation_and_the_login() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    bench.begin(session);
    for wrong in ["WRONG1", "WRONG2", "WRONG3", "WRONG4"] {
        assert_eq!(
            bench.login_for_this(session, wrong),
            Err(Fault::PinIncorrect)
        );
    }
    assert_eq!(bench.login_for_this(session, PASSWORD), Err(Fault::LastTry));
    assert_eq!(bench.tray.tries(Credential::Signature), 1);
    assert_eq!(
        bench.finish(session, b"x"),
        Err(Fault::OperationNotInitialized)
    );
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
}

#[test]
fn a_context_needs_an_operation() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    bench.tray.log();
    assert_eq!(
        bench.login_for_this(session, PASSWORD),
        Err(Fault::OperationNotInitialized)
    );
    assert!(bench.tray.log().is_empty());
}

#[test]
fn a_logout_elsewhere_ends_the_permission() {
    let bench = Bench::new();
    let (first, second) = (bench.user(SIGN), bench.session(SIGN));
    let key = bench.key(first);
    bench
        .module
        .sign_init(first, SHA256, key)
        .unwrap();
    bench
        .login_for_this(first, PASSWORD)
        .unwrap();
    bench.module.logout(second).unwrap();
    assert_eq!(
        bench.finish(first, b"x"),
        Err(Fault::OperationNotInitialized)
    );
}

#[test]
fn the_authentication_key_takes_its_pin_once() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    for _ in 0..3 {
        bench.sign(session, b"x").unwrap();
    }
    // A program that gives it each time is not refused.
    bench.begin(session);
    bench
        .login_for_this(session, PIN)
        .unwrap();
    bench.finish(session, b"x").unwrap();
}

#[test]
fn a_login_is_good_for_one_signature_where_that_is_set() {
    let settings = Settings {
        signature_login: SignatureLogin::SignOnce,
        ..Settings::default()
    };
    let bench = Bench::over(Tray::with(FIRST), settings);
    let session = bench.user(SIGN);
    let asks = bench
        .module
        .attribute(session, bench.key(session), CKA_ALWAYS_AUTHENTICATE);
    assert_eq!(
        asks,
        Ok(vec![CK_FALSE]),
        "OpenSSL's engine would ask at the terminal"
    );
    let signature = bench.sign(session, b"one").unwrap();
    assert!(verifies(&bench.public_key(session), b"one", &signature));
    bench.tray.log();
    assert_eq!(bench.sign(session, b"two"), Err(Fault::UserNotLoggedIn));
    assert_eq!(bench.tray.verifications(), 0);
}

/// The password of the log-in, given again, is verified once: by the card, with the signature.
#[test]
fn the_password_of_the_login_is_verified_with_the_signature() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    bench.begin(session);
    bench.tray.log();
    bench
        .login_for_this(session, PASSWORD)
        .unwrap();
    assert!(bench.tray.log().is_empty(), "the card was not asked yet");
    bench.finish(session, b"x").unwrap();
    assert_eq!(bench.tray.verifications(), 1);
}

/// It is what was typed for this signature: a wrong try of another program's does not make it wrong, and the last try is left.
#[test]
fn a_password_given_again_is_as_one_just_typed() {
    for (wrong, outcome) in [(1, Ok(5)), (4, Err(Fault::UserNotLoggedIn))] {
        let bench = Bench::new();
        let session = bench.user(SIGN);
        bench.begin(session);
        for _ in 0..wrong {
            bench
                .tray
                .try_elsewhere(Credential::Signature, "WRONG1");
        }
        bench
            .login_for_this(session, PASSWORD)
            .unwrap();
        bench.tray.log();
        let signed = bench.finish(session, b"x");
        let sent = bench.tray.verifications();
        match outcome {
            Ok(tries) => {
                signed.unwrap();
                assert_eq!(bench.tray.tries(Credential::Signature), tries);
                assert_eq!(sent, 1);
            }
            Err(fault) => {
                assert_eq!(signed, Err(fault));
                assert_eq!(bench.tray.tries(Credential::Signature), 1);
                assert_eq!(sent, 0);
            }
        }
    }
}

#[test]
fn a_password_that_was_changed_elsewhere_costs_one_try_and_the_login() {
    let bench = Bench::new();
    let session = bench.user(SIGN);
    bench.begin(session);
    bench
        .tray
        .change_elsewhere(Credential::Signature, PASSWORD, "OTHER2");
    bench
        .login_for_this(session, PASSWORD)
        .unwrap();
    assert_eq!(bench.finish(session, b"x"), Err(Fault::UserNotLoggedIn));
    assert_eq!(bench.tray.tries(Credential::Signature), 4);
    assert_eq!(
        bench.login_for_this(session, PASSWORD),
        Err(Fault::OperationNotInitialized)
    );
    bench.login(session, "OTHER2").unwrap();
    // The new one is the one that is recognised now.
    bench.tray.log();
    bench
        .module
        .sign_init(session, SHA256, bench.key(session))
        .unwrap();
    bench
        .login_for_this(session, "OTHER2")
        .unwrap();
    bench.finish(session, b"x").unwrap();
    assert_eq!(bench.tray.verifications(), 1);
}
