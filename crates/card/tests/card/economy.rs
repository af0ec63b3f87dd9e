//! How many commands a signature takes, with and without short identifiers (`facts/card.md` §9).

use crate::script::{
    OK, PASSWORD_FILE, SELECT_ISSUER, SELECT_JPKI, Script, TRIES, VERIFY_PASSWORD, password,
};
use crate::{DIGEST_INFO, digest_info, signed};
use shirushi_card::{Card, Credential};

/// A certificate of two chunks and a bit, with the answers that carry it.
fn certificate() -> (Vec<u8>, [String; 3]) {
    let mut der = vec![0x30, 0x82, 0x02, 0x58];
    der.extend((0..600_u32).map(|n| n as u8));
    let chunk = |from: usize, to: usize| format!("{}9000", hex::encode(&der[from..to]));
    let chunks = [chunk(0, 256), chunk(256, 512), chunk(512, 604)];
    (der, chunks)
}

/// From the selection to the leaving, the certificate unknown before.
fn sign_cold(mut card: Card<Script>) -> usize {
    let credential = Credential::Signature;
    assert_eq!(card.tries(credential).unwrap(), 5);
    let verified = card
        .verify(credential, &password())
        .unwrap();
    let read = card
        .certificate(credential, Some(&verified))
        .unwrap();
    assert_eq!(read, certificate().0);
    card.sign_digest_info(credential, &verified, &digest_info())
        .unwrap();
    let script = card.leave().unwrap();
    script.finish();
    script.sent
}

#[test]
fn a_cold_signature_takes_eight_commands_and_those_that_read_the_certificate() {
    let (sign, signed) = (format!("802a008033{DIGEST_INFO}00"), signed());
    let (_, [first, second, third]) = certificate();
    let card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        (PASSWORD_FILE, OK),
        (TRIES, "63c5"),
        (VERIFY_PASSWORD, OK),
        ("00a4020c020001", OK),
        ("00b0000000", &first),
        ("00b0010000", &second),
        ("00b002005c", &third),
        ("00a4020c02001a", OK),
        (&sign, &signed),
        (SELECT_ISSUER, OK),
    ]))
    .unwrap();
    assert_eq!(card.token().label, "");
    assert_eq!(sign_cold(card), 8 + 3);
}

#[test]
fn short_identifiers_save_three() {
    let (sign, signed) = (format!("802a009a33{DIGEST_INFO}00"), signed());
    let (_, [first, second, third]) = certificate();
    let card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        ("0020009b", "63c5"),
        ("0020009b06414243313233", OK),
        ("00b0810000", &first),
        ("00b0010000", &second),
        ("00b002005c", &third),
        (&sign, &signed),
        (SELECT_ISSUER, OK),
    ]))
    .unwrap();
    assert_eq!(sign_cold(card.with_short_identifiers()), 5 + 3);
}

#[test]
fn a_card_without_short_identifiers_is_asked_by_selection_from_its_first_no_on() {
    let (sign, signed) = (format!("802a008033{DIGEST_INFO}00"), signed());
    let (_, [first, second, third]) = certificate();
    for no in ["6a86", "6a82", "6a88", "6986", "6b00"] {
        let card = Card::select(Script::new(&[
            (SELECT_JPKI, OK),
            ("0020009b", no),
            (PASSWORD_FILE, OK),
            (TRIES, "63c5"),
            (VERIFY_PASSWORD, OK),
            ("00a4020c020001", OK),
            ("00b0000000", &first),
            ("00b0010000", &second),
            ("00b002005c", &third),
            ("00a4020c02001a", OK),
            (&sign, &signed),
            (SELECT_ISSUER, OK),
        ]))
        .unwrap();
        assert_eq!(sign_cold(card.with_short_identifiers()), 9 + 3);
    }
}

#[test]
fn a_key_that_has_no_short_identifier_is_selected() {
    let (short, long) = (
        format!("802a009a33{DIGEST_INFO}00"),
        format!("802a008033{DIGEST_INFO}00"),
    );
    let signed = signed();
    let mut card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        ("0020009b", "63c5"),
        ("0020009b06414243313233", OK),
        (&short, "6a86"),
        ("00a4020c02001a", OK),
        (&long, &signed),
    ]))
    .unwrap()
    .with_short_identifiers();
    let credential = Credential::Signature;
    let verified = card
        .verify(credential, &password())
        .unwrap();
    card.sign_digest_info(credential, &verified, &digest_info())
        .unwrap();
    card.into_inner().finish();
}
