//! Certificates: length from the object, free or behind a PIN.

use crate::script::{OK, open, open_with_password, open_with_pin, rule};
use shirushi_card::{CardError, Credential};

const SIGN_FILE: &str = "00a4020c020001";
const SIGN_CA_FILE: &str = "00a4020c020002";
const AUTH_FILE: &str = "00a4020c02000a";
const AUTH_CA_FILE: &str = "00a4020c02000b";
const FIRST: &str = "00b0000000";

/// A SEQUENCE of 600 bytes, 604 with its header.
fn certificate() -> Vec<u8> {
    let mut der = vec![0x30, 0x82, 0x02, 0x58];
    der.extend((0..600_u32).map(|n| n as u8));
    der
}

/// READ BINARY answers over the certificate, which filler follows.
fn answer(from: usize, to: usize) -> String {
    let mut file = certificate();
    file.resize(1024, 0xFF);
    format!("{}9000", hex::encode(&file[from..to]))
}

#[test]
fn a_certificate_is_read_in_short_commands_the_last_one_exact() {
    let files = [
        (Credential::Authentication, false, AUTH_FILE),
        (Credential::Authentication, true, AUTH_CA_FILE),
        (Credential::Signature, true, SIGN_CA_FILE),
    ];
    for (credential, ca, file) in files {
        let mut card = open(&[
            (file, OK),
            (FIRST, &answer(0, 256)),
            ("00b0010000", &answer(256, 512)),
            ("00b002005c", &answer(512, 604)),
        ]);
        let der = if ca {
            card.ca_certificate(credential)
        } else {
            card.certificate(credential, None)
        };
        assert_eq!(der.unwrap(), certificate());
        card.into_inner().finish();
    }
}

#[test]
fn a_certificate_shorter_than_a_chunk_is_cut_out_of_its_filler() {
    let mut card = open(&[(AUTH_FILE, OK), (FIRST, "300401020304ffffffffffff9000")]);
    let der = card.certificate(Credential::Authentication, None);
    assert_eq!(der.unwrap(), [0x30, 4, 1, 2, 3, 4]);
}

#[test]
fn a_length_that_is_not_minimal_is_read() {
    let mut card = open(&[(AUTH_FILE, OK), (FIRST, "3082000401020304ffff9000")]);
    let der = card.certificate(Credential::Authentication, None);
    assert_eq!(der.unwrap(), [0x30, 0x82, 0, 4, 1, 2, 3, 4]);
}

#[test]
fn a_card_that_gives_less_at_a_time_is_asked_on() {
    let mut card = open(&[
        (AUTH_FILE, OK),
        (FIRST, &answer(0, 200)),
        ("00b000c800", &answer(200, 400)),
        ("00b00190cc", "6c80"),
        ("00b0019080", &answer(400, 528)),
        ("00b002104c", &answer(528, 604)),
    ]);
    let der = card.certificate(Credential::Authentication, None);
    assert_eq!(der.unwrap(), certificate());
}

#[test]
fn a_file_that_ends_within_its_certificate_is_malformed() {
    let mut card = open(&[
        (AUTH_FILE, OK),
        (FIRST, &answer(0, 256)),
        ("00b0010000", "9000"),
    ]);
    let error = card
        .certificate(Credential::Authentication, None)
        .unwrap_err();
    assert!(matches!(error, CardError::Malformed { instruction: 0xB0 }));
    // A header that announces four gigabytes is not followed.
    let mut card = open(&[(AUTH_FILE, OK), (FIRST, "3084ffffffff019000")]);
    let error = card
        .certificate(Credential::Authentication, None)
        .unwrap_err();
    assert!(matches!(error, CardError::Malformed { instruction: 0xB0 }));
}

#[test]
fn a_missing_certificate_is_no_fault_of_the_card() {
    let absences: [&[(&str, &str)]; 4] = [
        &[(AUTH_FILE, "6a82")],
        &[(AUTH_FILE, OK), (FIRST, "ffffffffffff9000")],
        &[(AUTH_FILE, OK), (FIRST, "9000")],
        &[(AUTH_FILE, OK), (FIRST, "6b00")],
    ];
    for steps in absences {
        let error = open(steps)
            .certificate(Credential::Authentication, None)
            .unwrap_err();
        assert!(
            matches!(
                error,
                CardError::NoCertificate {
                    credential: Credential::Authentication
                }
            ),
            "{steps:?}: {error:?}"
        );
    }
}

/// * without the password nothing is sent
/// * the other PIN is not the password
/// * with it the certificate is read
/// * a card that wants it nevertheless is believed
#[test]
fn the_signature_certificate_needs_its_password() {
    let mut card = open(&[]);
    let error = card
        .certificate(Credential::Signature, None)
        .unwrap_err();
    assert_eq!(rule(&error), "card/certificate-needs-password");

    let (mut card, pin) = open_with_pin(&[]);
    let error = card
        .certificate(Credential::Signature, Some(&pin))
        .unwrap_err();
    assert_eq!(rule(&error), "card/certificate-needs-password");

    let (mut card, password) = open_with_password(&[
        (SIGN_FILE, OK),
        (FIRST, "300401020304ffff9000"),
        (FIRST, "6982"),
    ]);
    let der = card.certificate(Credential::Signature, Some(&password));
    assert_eq!(der.unwrap(), [0x30, 4, 1, 2, 3, 4]);
    let error = card
        .certificate(Credential::Signature, Some(&password))
        .unwrap_err();
    assert_eq!(rule(&error), "card/certificate-needs-password");
    card.into_inner().finish();
}

#[test]
fn a_telephone_wants_its_pin_for_the_authentication_certificate() {
    let mut card = open(&[(AUTH_FILE, OK), (FIRST, "6982")]);
    let error = card
        .certificate(Credential::Authentication, None)
        .unwrap_err();
    assert!(matches!(
        error,
        CardError::NotVerified {
            credential: Credential::Authentication
        }
    ));
}
