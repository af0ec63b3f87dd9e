//! C_SetPIN.

use crate::{
    bench::{AUTH, Bench, SIGN},
    cards::{PASSWORD, PIN},
};
use shirushi_card::Credential;
use shirushi_pkcs11::Fault;

impl Bench {
    fn set_pin(
        &self,
        session: cryptoki_sys::CK_SESSION_HANDLE,
        old: &str,
        new: &str,
    ) -> Result<(), Fault> {
        self.module
            .set_pin(session, old.as_bytes(), new.as_bytes())
    }
}

#[test]
fn both_pins_are_changed() {
    for (slot, old, new) in [
        (AUTH, PIN, "7777"),
        (SIGN, PASSWORD, "ANOTHER1"),
        // Small letters are set as capitals.
        (SIGN, "shirushi7q", "another1"),
    ] {
        let bench = Bench::new();
        let session = bench.writing_session(slot);
        bench
            .set_pin(session, old, new)
            .unwrap();
        assert_eq!(bench.login(session, old), Err(Fault::PinIncorrect));
        bench.login(session, new).unwrap();
    }
}

#[test]
fn who_is_logged_in_stays_so_and_signs() {
    let bench = Bench::new();
    let session = bench.writing_session(AUTH);
    bench.login(session, PIN).unwrap();
    bench
        .set_pin(session, PIN, "7777")
        .unwrap();
    bench.sign(session, b"x").unwrap();
    assert_eq!(
        bench
            .tray
            .tries(Credential::Authentication),
        3
    );
}

#[test]
fn a_new_pin_of_a_wrong_form_never_reaches_the_card() {
    let bench = Bench::new();
    let auth = bench.writing_session(AUTH);
    let sign = bench.writing_session(SIGN);
    for (session, old, new, fault) in [
        (auth, PIN, "123", Fault::PinLenRange),
        (auth, PIN, "12345", Fault::PinLenRange),
        (auth, PIN, "12a4", Fault::PinInvalid),
        (sign, PASSWORD, "AB123", Fault::PinLenRange),
        (sign, PASSWORD, "ABCDEFGHIJKLMNOP7", Fault::PinLenRange),
        (sign, PASSWORD, "under_123", Fault::PinInvalid),
        (sign, PASSWORD, "ABCDEFGH", Fault::PinInvalid),
        (auth, "12", "7777", Fault::PinOfWrongForm),
    ] {
        assert_eq!(bench.set_pin(session, old, new), Err(fault), "{new}");
    }
    assert_eq!(bench.tray.verifications(), 0);
}

#[test]
fn a_wrong_old_pin_costs_a_try_and_the_last_is_left() {
    let bench = Bench::new();
    let session = bench.writing_session(AUTH);
    for wrong in ["0000", "0001"] {
        assert_eq!(
            bench.set_pin(session, wrong, "7777"),
            Err(Fault::PinIncorrect)
        );
    }
    assert_eq!(bench.set_pin(session, PIN, "7777"), Err(Fault::LastTry));
    assert_eq!(
        bench
            .tray
            .tries(Credential::Authentication),
        1
    );
}

#[test]
fn a_read_only_session_changes_nothing() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    assert_eq!(
        bench.set_pin(session, PIN, "7777"),
        Err(Fault::SessionReadOnly)
    );
    assert_eq!(bench.tray.verifications(), 0);
}
