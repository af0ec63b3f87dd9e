//! Cards that come, go and are others.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN, verifies},
    cards::{FIRST, PASSWORD, PIN, SECOND},
    tray::Fault as Cut,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_pkcs11::Fault;

#[test]
fn a_card_taken_out_takes_its_sessions_with_it() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    bench.tray.eject();
    assert_eq!(
        bench.module.session_info(session),
        Err(Fault::DeviceRemoved)
    );
    assert_eq!(
        bench.module.session_info(session),
        Err(Fault::SessionHandleInvalid)
    );
    assert_eq!(
        bench
            .module
            .sign_init(session, SHA256, key),
        Err(Fault::SessionHandleInvalid)
    );
    assert!(
        bench
            .module
            .slots(true, true)
            .is_empty()
    );
    assert_eq!(bench.module.token_info(AUTH), Err(Fault::TokenNotPresent));
}

#[test]
fn the_same_card_put_in_again_is_logged_out() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let old = bench.key(session);
    bench.tray.eject();
    bench.tray.insert(FIRST);
    let session = bench.session(AUTH);
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
    bench.login(session, PIN).unwrap();
    let new = bench.key(session);
    assert_ne!(old, new, "a handle is never used again");
    assert_eq!(
        bench
            .module
            .sign_init(session, SHA256, old),
        Err(Fault::KeyHandleInvalid)
    );
}

#[test]
fn another_card_signs_nothing_that_was_begun_with_the_first() {
    for slot in [AUTH, SIGN] {
        let bench = Bench::new();
        let session = bench.user(slot);
        bench.begin(session);
        if slot == SIGN {
            bench
                .login_for_this(session, PASSWORD)
                .unwrap();
        }
        // Out and in between two calls: the module sees the second card only.
        bench.tray.eject();
        bench.tray.insert(SECOND);
        bench.tray.log();
        assert_eq!(bench.finish(session, b"x"), Err(Fault::DeviceRemoved));
        let sent = bench.tray.log();
        let has = |instruction| {
            sent.iter()
                .any(|command| command[1] == instruction)
        };
        assert!(!has(0x20) && !has(0x2A), "no PIN and nothing to sign");

        let session = bench.user(slot);
        let public = bench.public_key(session);
        bench.begin(session);
        if slot == SIGN {
            bench
                .login_for_this(session, PASSWORD)
                .unwrap();
        }
        let signature = bench.finish(session, b"y").unwrap();
        assert!(verifies(&public, b"y", &signature));
    }
}

#[test]
fn a_card_that_nobody_saw_change_is_known_by_what_it_says_of_itself() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench.begin(session);
    bench.tray.swap_unseen(SECOND);
    bench.tray.log();
    assert_eq!(bench.finish(session, b"x"), Err(Fault::DeviceRemoved));
    assert_eq!(
        bench.tray.verifications(),
        0,
        "the PIN is not the second card's"
    );
    assert_eq!(
        bench.finish(session, b"x"),
        Err(Fault::SessionHandleInvalid)
    );
    let session = bench.user(AUTH);
    bench.sign(session, b"x").unwrap();
}

#[test]
fn a_card_pulled_at_any_command_of_a_signature_gives_none() {
    for instruction in [0xA4, 0xB0, 0x20, 0x2A] {
        let bench = Bench::new();
        let session = bench.user(AUTH);
        bench.begin(session);
        bench.tray.at(instruction, Cut::Pull);
        assert_eq!(
            bench.finish(session, b"x"),
            Err(Fault::DeviceRemoved),
            "{instruction:X}"
        );
        assert_eq!(
            bench.finish(session, b"x"),
            Err(Fault::SessionHandleInvalid)
        );
        bench.tray.insert(FIRST);
        let tries = bench
            .tray
            .tries(Credential::Authentication);
        assert_eq!(tries, 3, "{instruction:X}");
        let session = bench.user(AUTH);
        bench.sign(session, b"x").unwrap();
    }
}

#[test]
fn a_card_pulled_while_its_certificates_are_read_is_read_anew() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    bench.tray.at(0xB0, Cut::Pull);
    assert_eq!(
        bench
            .module
            .find_init(session, &Vec::new()),
        Err(Fault::DeviceRemoved)
    );
    bench.tray.insert(FIRST);
    let session = bench.session(AUTH);
    assert_eq!(bench.find_by(session, &[]).len(), 3);
}

#[test]
fn two_readers_have_two_cards() {
    let bench = Bench::new();
    bench.tray.add_reader();
    bench.tray.insert_into(1, SECOND);
    assert_eq!(bench.module.slots(true, true), [0, 1, 2, 3]);
    let (first, second) = (bench.user(0), bench.session(2));
    assert!(
        bench
            .find(second, CKO_PRIVATE_KEY)
            .is_empty()
    );
    bench.login(second, PIN).unwrap();
    let keys = [first, second].map(|session| {
        let public = bench.public_key(session);
        let signature = bench.sign(session, b"x").unwrap();
        assert!(verifies(&public, b"x", &signature));
        public
    });
    assert_ne!(keys[0], keys[1]);
    bench.tray.eject();
    assert_eq!(bench.module.session_info(first), Err(Fault::DeviceRemoved));
    bench.sign(second, b"x").unwrap();
}
