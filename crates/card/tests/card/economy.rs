//! How many commands a signature takes.

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
