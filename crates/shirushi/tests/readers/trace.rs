//! What passes between reader and card for a signature (`facts/card.md` §16), counted beside OpenSC with its probing on.
//!
//! * With the certificate known: at most 8 commands. Without: 8 and one for each 256 bytes of the certificate.
//! * The tries are asked before a PIN is sent; afterwards another application is selected; nothing is sent twice.
//! * The authentication key never meets the signature password's file.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::city,
    said::{Said, ended},
    seat::Seat,
};
use shirushi_lab::Exchange;
use std::fmt::Write as _;

/// 公的個人認証AP
const JPKI: &str = "00a4040c0ad392f000260100000001";
/// The issuer's security domain: selecting it clears the PIN state.
const ELSEWHERE: &str = "00a4040c07a0000001510000";

/// The commands in hexadecimal; what they read, and what is signed, left out.
fn commands(passed: &[Exchange]) -> Vec<String> {
    passed
        .iter()
        .map(|exchange| {
            let text = hex::encode(&exchange.command);
            match &text[..4] {
                "00b0" => "read".to_owned(),
                "802a" => text[..8].to_owned(),
                _ => text,
            }
        })
        .collect()
}

fn password() -> String {
    let mut verify = format!("{:02x}", SIGNATURE_PASSWORD.len());
    for byte in SIGNATURE_PASSWORD.bytes() {
        write!(verify, "{byte:02x}").unwrap();
    }
    verify
}

fn sign(seat: &Seat, further: &[&str]) -> Said {
    let arguments = [&["sign", "filing.xml", "-o", "signed", "--force"], further].concat();
    seat.shirushi(&arguments, &[SIGNATURE_PASSWORD])
}

#[test]
fn a_signature_takes_no_command_more_than_it_must() {
    let seat = Seat::new();
    let _card = seat.insert(&[]);
    std::fs::write(seat.path("filing.xml"), "申告書").unwrap();

    let (signed, cold) = seat.during(|| sign(&seat, &[]));
    signed.good();
    verify(&seat);
    let length = city().certificate("sign").len();
    assert!(
        cold.len() <= 8 + length.div_ceil(256),
        "{} commands for a certificate of {length} bytes: {:?}",
        cold.len(),
        commands(&cold)
    );

    let pem = city().pem("sign");
    let (signed, known) = seat.during(|| sign(&seat, &["--certificate", pem.to_str().unwrap()]));
    signed.good();
    verify(&seat);
    assert_eq!(
        commands(&known),
        [
            JPKI,
            // Tries left.
            "00a4020c02001b",
            "00200080",
            &format!("00200080{}", password()),
            "00a4020c02001a",
            "802a0080",
            ELSEWHERE,
        ]
    );
    let mut reads = commands(&cold);
    reads.retain(|command| command != "read" && command != "00a4020c020001");
    assert_eq!(reads, commands(&known), "the same, but for the certificate");

    // OpenSC, with the drivers probing that stand before its own for this card.
    let (signed, by_opensc) = seat.during(|| {
        let mut tool = seat.lab.command_outside("pkcs11-tool");
        tool.current_dir(seat.lab.folder())
            .arg("--module=opensc-pkcs11.so")
            .args(["--token-label", "JPKI (Digital Signature PIN)"])
            .args(["--login", "--pin", SIGNATURE_PASSWORD])
            .args(["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "02"])
            .args(["--input-file", "filing.xml", "--output-file", "raw"]);
        ended(&mut tool, "")
    });
    signed.good();
    println!(
        "commands for a signature: {} with the certificate known, {} without, {} by OpenSC 0.23",
        known.len(),
        cold.len(),
        by_opensc.len()
    );
    assert!(by_opensc.len() > 2 * cold.len(), "{}", by_opensc.len());
}

/// OpenSSL agrees to what was signed.
pub(crate) fn verify(seat: &Seat) {
    let mut openssl = seat.lab.command_outside("openssl");
    openssl
        .current_dir(seat.lab.folder())
        .args(["cms", "-verify", "-inform", "DER", "-in", "signed"])
        .args([
            "-content",
            "filing.xml",
            "-purpose",
            "any",
            "-out",
            "/dev/null",
            "-CAfile",
        ])
        .arg(city().pem("sign-ca"));
    let told = ended(&mut openssl, "");
    assert!(
        told.errors
            .contains("CMS Verification successful"),
        "{told:?}"
    );
}

#[test]
fn the_authentication_key_never_meets_the_signature_password() {
    let seat = Seat::new();
    let _card = seat.insert(&[]);
    std::fs::write(seat.path("challenge"), "c").unwrap();
    let sign = [
        "sign",
        "challenge",
        "-o",
        "signed",
        "--key",
        "auth",
        "--with-ca",
    ];
    let (signed, passed) = seat.during(|| seat.shirushi(&sign, &[AUTHENTICATION_PIN]));
    signed.good();
    let of_password = passed.iter().find(|exchange| {
        exchange
            .command
            .ends_with(&[0x00, 0x1B])
            || exchange
                .command
                .starts_with(&[0x00, 0x20, 0x00, 0x9B])
    });
    assert_eq!(of_password, None);
}

#[test]
fn nothing_stays_verified_after_a_command() {
    let seat = Seat::new();
    let _card = seat.insert(&[]);
    std::fs::write(seat.path("filing.xml"), "x").unwrap();
    sign(&seat, &[]).good();
    // Another program that finds the card with power on.
    let mut tool = seat.lab.command_outside("opensc-tool");
    tool.args(["--card-driver", "default", "--reader", "0"]);
    for apdu in [JPKI, "00a4020c02001a", "802a00800461626364 00"] {
        tool.args(["--send-apdu", &apdu.replace(' ', "")]);
    }
    let told = ended(&mut tool, "");
    assert!(
        told.answer
            .contains("SW1=0x69, SW2=0x82"),
        "{told:?}"
    );
    assert_eq!(
        told.answer
            .matches("SW1=0x90, SW2=0x00")
            .count(),
        2,
        "{told:?}"
    );
}
