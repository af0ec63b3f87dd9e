//! What is sent to a card, byte by byte (`facts/card.md` §9, §16), and what its answers mean.
#![allow(clippy::unwrap_used)]

mod certificates;
mod economy;
mod pins;
mod script;
mod text;

use script::{
    OK, PASSWORD_FILE, READ_TOKEN, SELECT_ISSUER, SELECT_JPKI, Script, TRIES, VERIFY_PASSWORD,
    open, open_with_password, open_with_pin, password, rule, token,
};
use shirushi_apdu::{StatusWord, TransmitError};
use shirushi_card::{Card, CardError, Credential, TokenKind};

/// DigestInfo of a SHA-256 digest of zeros, 51 bytes (RFC 8017 §9.2).
const DIGEST_INFO: &str = "3031300d0609608648016503040201050004200000000000000000000000000000000000000000000000000000000000000000";

fn digest_info() -> Vec<u8> {
    hex::decode(DIGEST_INFO).unwrap()
}

fn signed() -> String {
    format!("{}9000", "5a".repeat(256))
}

/// From nothing to a signature and out again, the tries shown before one is spent: eight commands.
#[test]
fn a_signature_takes_eight_commands() {
    let (sign, signed) = (format!("802a008033{DIGEST_INFO}00"), signed());
    let mut card = open(&[
        (PASSWORD_FILE, OK),
        (TRIES, "63c5"),
        (VERIFY_PASSWORD, OK),
        ("00a4020c02001a", OK),
        (&sign, &signed),
        (SELECT_ISSUER, OK),
    ]);
    let credential = Credential::Signature;
    assert_eq!(card.tries(credential).unwrap(), 5);
    let verified = card
        .verify(credential, &password())
        .unwrap();
    let signature = card
        .sign_digest_info(credential, &verified, &digest_info())
        .unwrap();
    assert_eq!(signature, [0x5A; 256]);
    let script = card.leave().unwrap();
    script.finish();
    assert_eq!(script.sent, 8);
}

#[test]
fn one_pin_serves_several_signatures() {
    let (sign, signed) = (format!("802a008033{DIGEST_INFO}00"), signed());
    let (mut card, verified) =
        open_with_pin(&[("00a4020c020017", OK), (&sign, &signed), (&sign, &signed)]);
    for _ in 0..2 {
        card.sign_digest_info(Credential::Authentication, &verified, &digest_info())
            .unwrap();
    }
    card.into_inner().finish();
}

#[test]
fn a_key_is_not_used_on_the_other_keys_pin() {
    let (mut card, password) = open_with_password(&[]);
    let error = card
        .sign_digest_info(Credential::Authentication, &password, &digest_info())
        .unwrap_err();
    assert!(matches!(
        error,
        CardError::NotVerified {
            credential: Credential::Authentication
        }
    ));
    let (mut card, pin) = open_with_pin(&[]);
    let error = card
        .sign_digest_info(Credential::Signature, &pin, &digest_info())
        .unwrap_err();
    assert_eq!(rule(&error), "card/signature-needs-password");
}

#[test]
fn a_card_that_has_forgotten_the_pin_says_so() {
    let sign = format!("802a008033{DIGEST_INFO}00");
    let (mut card, verified) = open_with_password(&[("00a4020c02001a", OK), (&sign, "6982")]);
    let error = card
        .sign_digest_info(Credential::Signature, &verified, &digest_info())
        .unwrap_err();
    assert_eq!(rule(&error), "card/signature-needs-password");
}

#[test]
fn what_the_key_cannot_pad_is_not_sent() {
    let (mut card, verified) = open_with_password(&[]);
    for length in [0, 246] {
        let error = card
            .sign_digest_info(Credential::Signature, &verified, &vec![0; length])
            .unwrap_err();
        assert!(
            matches!(error, CardError::DigestInfoLength { length: l, most: 245 } if l == length)
        );
    }
}

#[test]
fn a_signature_in_pieces_is_collected() {
    let sign = format!("802a008033{DIGEST_INFO}00");
    let (first, second) = (
        format!("{}6180", "11".repeat(128)),
        format!("{}9000", "22".repeat(128)),
    );
    let (mut card, verified) = open_with_password(&[
        ("00a4020c02001a", OK),
        (&sign, "6100"),
        ("00c0000000", &first),
        ("00c0000080", &second),
    ]);
    let signature = card
        .sign_digest_info(Credential::Signature, &verified, &digest_info())
        .unwrap();
    assert_eq!(signature, [[0x11; 128], [0x22; 128]].concat());
}

#[test]
fn an_endless_collection_is_ended() {
    let sign = format!("802a008033{DIGEST_INFO}00");
    let (mut card, verified) = open_with_password(&[
        ("00a4020c02001a", OK),
        (&sign, "6110"),
        ("00c0000010", "6110"),
    ]);
    let error = card
        .sign_digest_info(Credential::Signature, &verified, &digest_info())
        .unwrap_err();
    assert!(matches!(error, CardError::Malformed { instruction: 0x2A }));
    // One byte at a time: no more than the command asked for.
    let mut steps = vec![("00a4020c02001a", OK), (sign.as_str(), "6101")];
    steps.extend([("00c0000001", "556101"); 257]);
    let (mut card, verified) = open_with_password(&steps);
    let error = card
        .sign_digest_info(Credential::Signature, &verified, &digest_info())
        .unwrap_err();
    assert!(matches!(error, CardError::Malformed { instruction: 0x2A }));
    card.into_inner().finish();
}

#[test]
fn the_token_tells_what_it_is() {
    let kinds = [
        ("JPKIAPICCTOKEN2", TokenKind::IndividualNumberCard),
        ("JPKIAPICCTOKEN", TokenKind::ResidentRegisterCard),
        ("JPKIAPGPSETOKEN", TokenKind::AndroidToken),
        ("JPKIAPIOSTOKEN", TokenKind::IphoneToken),
        ("SOMETHING", TokenKind::Other),
    ];
    for (label, kind) in kinds {
        let script = Script::new(&[(SELECT_JPKI, OK), (READ_TOKEN, &token(label))]);
        let card = Card::open(script).unwrap();
        assert_eq!(
            (card.token().label.as_str(), card.token().kind),
            (label, kind)
        );
        assert_eq!(card.token().model, "E16R01NJ");
        assert_eq!(card.token().serial, "0000000020500003");
    }
}

#[test]
fn a_token_file_without_short_identifier_or_shorter_or_missing_is_no_obstacle() {
    let selecting = ("00a4020c020006", OK);
    let label = format!("{}00009000", hex::encode("JPKIAPGPSETOKEN"));
    let steps = [
        (READ_TOKEN, "6a86"),
        selecting,
        ("00b00000a0", label.as_str()),
    ];
    let script = Script::new(&[[(SELECT_JPKI, OK)].as_slice(), &steps].concat());
    let card = Card::open(script).unwrap();
    assert_eq!(card.token().kind, TokenKind::AndroidToken);
    assert_eq!(card.token().serial, "");
    card.into_inner().finish();

    let missing = [
        (SELECT_JPKI, OK),
        (READ_TOKEN, "6a82"),
        ("00a4020c020006", "6a82"),
    ];
    let card = Card::open(Script::new(&missing)).unwrap();
    assert_eq!(card.token().kind, TokenKind::Other);
}

#[test]
fn another_kind_of_card_is_recognised() {
    let error = Card::open(Script::new(&[(SELECT_JPKI, "6a82")])).unwrap_err();
    assert!(matches!(
        error,
        CardError::NoJpkiApplication {
            status: StatusWord::FILE_NOT_FOUND
        }
    ));
}

#[test]
fn the_first_command_after_power_on_may_fail_once() {
    let token = token("JPKIAPICCTOKEN2");
    let script = Script::new(&[
        (SELECT_JPKI, "6f00"),
        (SELECT_JPKI, OK),
        (READ_TOKEN, &token),
    ]);
    Card::open(script)
        .unwrap()
        .into_inner()
        .finish();
    let script = Script::new(&[(SELECT_JPKI, "6f00"), (SELECT_JPKI, "6f00")]);
    assert!(matches!(
        Card::open(script).unwrap_err(),
        CardError::NoJpkiApplication {
            status: StatusWord::DIAGNOSIS
        }
    ));
}

#[test]
fn leaving_selects_another_application() {
    const SELECT_TEXT: &str = "00a4040c0ad3921000310001010408";
    let (card, _) = open_with_password(&[(SELECT_ISSUER, "6a82"), (SELECT_TEXT, OK)]);
    card.leave().unwrap().finish();
    let (card, _) = open_with_password(&[(SELECT_ISSUER, "6a82"), (SELECT_TEXT, "6a82")]);
    let error = card.leave().unwrap_err();
    assert!(matches!(error, CardError::Status { .. }));
    // A PIN that was refused, too: who knows what was verified before.
    let mut card = open(&[
        (PASSWORD_FILE, OK),
        (TRIES, "63c5"),
        (VERIFY_PASSWORD, "63c4"),
        (SELECT_ISSUER, OK),
    ]);
    card.verify(Credential::Signature, &password())
        .unwrap_err();
    card.leave().unwrap().finish();
}

#[test]
fn a_card_to_which_no_pin_was_sent_is_left_alone() {
    let mut card = open(&[(PASSWORD_FILE, OK), (TRIES, "63c5")]);
    card.tries(Credential::Signature)
        .unwrap();
    // Another program may have its PIN verified.
    card.leave().unwrap().finish();
}

#[test]
fn a_card_taken_out_is_told_apart_from_a_refusal() {
    let mut card = open(&[(PASSWORD_FILE, "gone")]);
    let error = card
        .tries(Credential::Signature)
        .unwrap_err();
    assert!(matches!(
        error,
        CardError::Transmit(TransmitError::CardGone)
    ));
    let mut card = open(&[(PASSWORD_FILE, "90")]);
    let error = card
        .tries(Credential::Signature)
        .unwrap_err();
    assert!(matches!(error, CardError::Malformed { instruction: 0xA4 }));
}
