//! Everything that is derived, recomputed from Amendment D with OpenSSL's CMAC alone.

use crate::bench::{NUMBER, keys};
use shirushi_apdu::Command;
use shirushi_personalisation::{Answer, HostSession, PersonalisationCommand, Stage};
use std::io::Write;
use std::process::{Command as Process, Stdio};

const HOST_CHALLENGE: [u8; 8] = *b"hostchal";
const CARD_CHALLENGE: [u8; 8] = *b"cardchal";

/// * the card's keys come from the master key and its number
/// * a card made of OpenSSL alone passes the host's check, and passes the host
/// * its answer under R-MAC is read
#[test]
fn a_card_made_of_openssl_is_a_card() {
    let master = [0x42; 16];
    let own = |label: &[u8; 12]| derive(&master, label, 128, NUMBER.as_bytes());
    let (enc, mac) = (own(b"shirushi-enc"), own(b"shirushi-mac"));
    assert_eq!(
        keys(NUMBER).to_secret().expose(),
        [enc, mac.clone()].concat()
    );

    let context = [HOST_CHALLENGE, CARD_CHALLENGE].concat();
    let label = |constant: u8| {
        let mut label = [0; 12];
        label[11] = constant;
        label
    };
    let session_mac = derive(&mac, &label(6), 128, &context);
    let session_response_mac = derive(&mac, &label(7), 128, &context);
    let cryptogram = |constant| derive(&session_mac, &label(constant), 64, &context)[..8].to_vec();

    let (mut host, opening) = HostSession::start(keys(NUMBER), HOST_CHALLENGE);
    assert_eq!(hex::encode(&opening[0]), "00a4040c07a0000001510000");
    assert_eq!(hex::encode(&opening[1]), "8050000008686f73746368616c00");
    let mut greeting = vec![0; 10];
    greeting.extend_from_slice(&[0x01, 0x03, 0x20]);
    greeting.extend_from_slice(&CARD_CHALLENGE);
    greeting.extend_from_slice(&cryptogram(0));
    greeting.extend_from_slice(&[0x90, 0x00]);
    let commands = host
        .authenticate(&[vec![0x90, 0x00], greeting])
        .unwrap();

    // EXTERNAL AUTHENTICATE: header, Lc with the MAC, cryptogram; chained from zeros.
    let mut authenticate = vec![0x84, 0x82, 0x11, 0x00, 0x10];
    authenticate.extend(cryptogram(1));
    let chaining = cmac(&session_mac, &[&[0; 16], authenticate.as_slice()].concat());
    assert_eq!(commands[0], [&authenticate, &chaining[..8]].concat());
    // Status: no data; chained from the whole CMAC before.
    let status = [0x84, 0xF2, 0x00, 0x00, 0x08];
    let chaining = cmac(&session_mac, &[chaining.as_slice(), &status].concat());
    assert_eq!(commands[1], [&status, &chaining[..8], &[0]].concat());

    let answer = |chaining: &[u8]| {
        let data = hex::decode("c00141c30100c400").unwrap();
        let input = [chaining, &data, &[0x90, 0x00]].concat();
        let mac = cmac(&session_response_mac, &input);
        [data.as_slice(), &mac[..8], &[0x90, 0x00]].concat()
    };
    let status = host
        .status(&[vec![0x90, 0x00], answer(&chaining)])
        .unwrap();
    assert_eq!(
        (status.card_number.as_str(), status.stage),
        ("A", Stage::Idle)
    );

    let again = host
        .wrap(&PersonalisationCommand::Status)
        .unwrap();
    let command = Command::parse(&again[0]).unwrap();
    let chaining = cmac(
        &session_mac,
        &[chaining.as_slice(), &[0x84, 0xF2, 0, 0, 8]].concat(),
    );
    assert_eq!(command.data, chaining[..8]);
    let answered = host.unwrap(&PersonalisationCommand::Status, &[answer(&chaining)]);
    assert_eq!(answered, Ok(Answer::Status(status)));
}

/// NIST SP 800-108 in counter mode, input ordered as Amendment D §4.1.5.
fn derive(key: &[u8], label: &[u8; 12], bits: u16, context: &[u8]) -> Vec<u8> {
    let length = bits.to_be_bytes();
    cmac(
        key,
        &[label.as_slice(), &[0], &length, &[1], context].concat(),
    )
}

fn cmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut openssl = Process::new("openssl")
        .args(["mac", "-cipher", "AES-128-CBC", "-macopt"])
        .arg(format!("hexkey:{}", hex::encode(key)))
        .args(["-in", "/dev/stdin", "CMAC"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    openssl
        .stdin
        .take()
        .unwrap()
        .write_all(message)
        .unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    hex::decode(
        String::from_utf8(output.stdout)
            .unwrap()
            .trim(),
    )
    .unwrap()
}
