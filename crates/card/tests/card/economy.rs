//! How many commands a signature takes.

use crate::script::{
    OK, PASSWORD_FILE, SELECT_ISSUER, SELECT_JPKI, Script, TRIES, VERIFY_PASSWORD, password, rule,
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

/// Tries, password, certificate and key of the signature, each named by its short identifier.
const SHORT_TRIES: &str = "0020009b";
const SHORT_PASSWORD: &str = "0020009b06414243313233";
const SHORT_READ: &str = "00b0810000";

fn short_sign() -> String {
    format!("802a009a33{DIGEST_INFO}00")
}

#[test]
fn with_short_identifiers_it_takes_five_commands_and_those_that_read_the_certificate() {
    let (sign, signed) = (short_sign(), signed());
    let (_, [first, second, third]) = certificate();
    let card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        (SHORT_TRIES, "63c5"),
        (SHORT_PASSWORD, OK),
        (SHORT_READ, &first),
        ("00b0010000", &second),
        ("00b002005c", &third),
        (&sign, &signed),
        (SELECT_ISSUER, OK),
    ]))
    .unwrap();
    assert_eq!(sign_cold(card.with_short_identifiers()), 5 + 3);
}

/// The query spends nothing, so it is what is tried; the password follows only in the form that the card has understood.
#[test]
fn a_card_without_short_identifiers_is_asked_in_the_other_way() {
    let (long_sign, signed) = (format!("802a008033{DIGEST_INFO}00"), signed());
    let (_, [first, second, third]) = certificate();
    // What a verified PIN answers counts nothing, so it shows nothing.
    for unknown in ["6a86", "6a88", "6a82", "6b00", "6986", "9000"] {
        let card = Card::select(Script::new(&[
            (SELECT_JPKI, OK),
            (SHORT_TRIES, unknown),
            (PASSWORD_FILE, OK),
            (TRIES, "63c5"),
            (VERIFY_PASSWORD, OK),
            ("00a4020c020001", OK),
            ("00b0000000", &first),
            ("00b0010000", &second),
            ("00b002005c", &third),
            ("00a4020c02001a", OK),
            (&long_sign, &signed),
            (SELECT_ISSUER, OK),
        ]))
        .unwrap();
        assert_eq!(sign_cold(card.with_short_identifiers()), 9 + 3, "{unknown}");
    }
}

#[test]
fn a_card_that_knows_them_for_some_commands_is_asked_in_the_other_way_for_the_rest() {
    let (sign, long_sign, signed) = (short_sign(), format!("802a008033{DIGEST_INFO}00"), signed());
    let (_, [first, second, third]) = certificate();
    let card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        (SHORT_TRIES, "63c5"),
        (SHORT_PASSWORD, OK),
        (SHORT_READ, "6a86"),
        ("00a4020c020001", OK),
        ("00b0000000", &first),
        ("00b0010000", &second),
        ("00b002005c", &third),
        (&sign, "6a86"),
        ("00a4020c02001a", OK),
        (&long_sign, &signed),
        (SELECT_ISSUER, OK),
    ]))
    .unwrap();
    sign_cold(card.with_short_identifiers());
    // The certificate's file was read, and is not the current one.
    for status in ["6986", "6981"] {
        let card = Card::select(Script::new(&[
            (SELECT_JPKI, OK),
            (SHORT_TRIES, "63c5"),
            (SHORT_PASSWORD, OK),
            (SHORT_READ, &first),
            ("00b0010000", status),
            ("00a4020c020001", OK),
            ("00b0000000", &first),
            ("00b0010000", &second),
            ("00b002005c", &third),
            ("00a4020c02001a", OK),
            (&long_sign, &signed),
            (SELECT_ISSUER, OK),
        ]))
        .unwrap();
        sign_cold(card.with_short_identifiers());
    }
}

#[test]
fn what_a_pin_is_wanted_for_is_not_asked_twice() {
    let (sign, credential) = (short_sign(), Credential::Signature);
    let mut card = Card::select(Script::new(&[
        (SELECT_JPKI, OK),
        (SHORT_TRIES, "63c5"),
        (SHORT_PASSWORD, OK),
        (SHORT_READ, "6982"),
        (&sign, "6982"),
        // A wrong one after that is told as ever.
        (SHORT_TRIES, "63c5"),
        (SHORT_PASSWORD, "63c4"),
    ]))
    .unwrap()
    .with_short_identifiers();
    let verified = card
        .verify(credential, &password())
        .unwrap();
    let read = card.certificate(credential, Some(&verified));
    assert_eq!(rule(&read.unwrap_err()), "card/certificate-needs-password");
    let signed = card.sign_digest_info(credential, &verified, &digest_info());
    assert_eq!(rule(&signed.unwrap_err()), "card/signature-needs-password");
    let wrong = card.verify(credential, &password());
    assert_eq!(rule(&wrong.unwrap_err()), "card/pin-right");
    card.into_inner().finish();
}

/// The card may not have the scheme: it is asked once, in the form that every card knows.
#[test]
fn a_signature_by_pss_is_asked_for_once() {
    let sign = format!("802a048020{}00", "00".repeat(32));
    let credential = Credential::Signature;
    for answer in [signed(), "6a86".to_owned()] {
        let mut card = Card::select(Script::new(&[
            (SELECT_JPKI, OK),
            (SHORT_TRIES, "63c5"),
            (SHORT_PASSWORD, OK),
            ("00a4020c02001a", OK),
            (&sign, &answer),
        ]))
        .unwrap()
        .with_short_identifiers();
        let verified = card
            .verify(credential, &password())
            .unwrap();
        let made = card.sign_pss_sha256(credential, &verified, &[0; 32]);
        assert_eq!(made.is_ok(), answer.ends_with("9000"));
        card.into_inner().finish();
    }
}

/// Token information of an invented token, as the file holds it.
fn token_file() -> String {
    let mut file = format!("{:<32}{:<32}{:<16}{:<16}", "JPKIAPICCTOKEN2", "1", "M", "7");
    file.push_str(&" ".repeat(160 - file.len()));
    format!("{}9000", hex::encode(file))
}

const READ_TOKEN: &str = "00b08600a0";

#[test]
fn a_card_that_was_left_selected_is_gone_on_with_by_one_command() {
    let file = token_file();
    let open = Script::new(&[(SELECT_JPKI, OK), (READ_TOKEN, &file)]);
    let known = Card::open(open)
        .unwrap()
        .token()
        .clone();
    let again = Script::new(&[(READ_TOKEN, &file), (PASSWORD_FILE, OK), (TRIES, "63c5")]);
    let mut card = Card::resume(again, &known).unwrap();
    assert_eq!(*card.token(), known);
    assert_eq!(
        card.tries(Credential::Signature)
            .unwrap(),
        5
    );
    assert!(!card.may_be_verified());
    card.into_inner().finish();

    // Something else is selected, or nothing; or it is another card's.
    let cut = format!("{}9000", &file[..64]);
    let other = file.replacen("37", "38", 1);
    for answer in ["6a82", "6986", "6d00", "6f00", "6982", "9000", &cut, &other] {
        let script = Script::new(&[(READ_TOKEN, answer), (SELECT_JPKI, OK), (READ_TOKEN, &file)]);
        let card = Card::resume(script, &known).unwrap();
        assert_eq!(*card.token(), known, "{answer}");
        card.into_inner().finish();
    }
}

#[test]
fn a_card_to_which_a_pin_was_sent_says_so() {
    for answer in [OK, "63c4"] {
        let mut card = Card::select(Script::new(&[
            (SELECT_JPKI, OK),
            (PASSWORD_FILE, OK),
            (TRIES, "63c5"),
            (VERIFY_PASSWORD, answer),
        ]))
        .unwrap();
        let _ = card.verify(Credential::Signature, &password());
        assert!(card.may_be_verified(), "{answer}");
    }
}
