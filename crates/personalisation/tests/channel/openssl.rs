//! Everything that is derived, recomputed from Amendment D with OpenSSL's CMAC and AES alone.

use crate::bench::{NUMBER, Reader, keys};
use shirushi_apdu::Command;
use shirushi_personalisation::{Answer, HostSession, PersonalisationCommand, Stage, TransactionId};
use std::io::Write;
use std::process::{Command as Process, Stdio};

const HOST_CHALLENGE: [u8; 8] = *b"hostchal";
const CARD_CHALLENGE: [u8; 8] = *b"cardchal";

/// * the card's keys come from the master key and its number
/// * a card made of OpenSSL alone passes the host's check, and passes the host
/// * it deciphers what the host writes into it
/// * its answer, enciphered and under R-MAC, is read
#[test]
fn a_card_made_of_openssl_is_a_card() {
    let master = [0x42; 16];
    let own = |label: &[u8; 12]| derive(&master, label, 128, NUMBER.as_bytes());
    let (enc, mac) = (own(b"shirushi-enc"), own(b"shirushi-mac"));
    assert_eq!(
        keys(NUMBER).to_secret().expose(),
        [enc.clone(), mac.clone()].concat()
    );

    let context = [HOST_CHALLENGE, CARD_CHALLENGE].concat();
    let label = |constant: u8| {
        let mut label = [0; 12];
        label[11] = constant;
        label
    };
    let session_enc = derive(&enc, &label(4), 128, &context);
    let session_mac = derive(&mac, &label(6), 128, &context);
    let session_response_mac = derive(&mac, &label(7), 128, &context);
    let cryptogram = |constant| derive(&session_mac, &label(constant), 64, &context)[..8].to_vec();

    let (mut host, opening) = HostSession::start(keys(NUMBER), HOST_CHALLENGE);
    assert_eq!(hex::encode(&opening[0]), "00a4040c07a0000001510000");
    assert_eq!(hex::encode(&opening[1]), "8050000008686f73746368616c00");
    let mut greeting = vec![0; 10];
    greeting.extend_from_slice(&[0x01, 0x03, 0x60]);
    greeting.extend_from_slice(&CARD_CHALLENGE);
    greeting.extend_from_slice(&cryptogram(0));
    greeting.extend_from_slice(&[0x90, 0x00]);
    let commands = host
        .authenticate(&[vec![0x90, 0x00], greeting])
        .unwrap();

    // EXTERNAL AUTHENTICATE: header, Lc with the MAC, cryptogram; chained from zeros.
    let mut authenticate = vec![0x84, 0x82, 0x33, 0x00, 0x10];
    authenticate.extend(cryptogram(1));
    let chaining = cmac(&session_mac, &[&[0; 16], authenticate.as_slice()].concat());
    assert_eq!(commands[0], [&authenticate, &chaining[..8]].concat());
    // Status: no data; chained from the whole CMAC before.
    let status = [0x84, 0xF2, 0x00, 0x00, 0x08];
    let chaining = cmac(&session_mac, &[chaining.as_slice(), &status].concat());
    assert_eq!(commands[1], [&status, &chaining[..8], &[0]].concat());

    // Its answer: enciphered under the number of the command with the highest bit set.
    let answer = |number: u8, chaining: &[u8]| {
        let data = cbc(
            "-e",
            &session_enc,
            &block(&session_enc, 0x80, number),
            &filled("c00141c30100c400"),
        );
        let input = [chaining, &data, &[0x90, 0x00]].concat();
        let mac = cmac(&session_response_mac, &input);
        [data.as_slice(), &mac[..8], &[0x90, 0x00]].concat()
    };
    let status = host
        .status(&[vec![0x90, 0x00], answer(1, &chaining)])
        .unwrap();
    assert_eq!(
        (status.card_number.as_str(), status.stage),
        ("A", Stage::Idle)
    );

    let again = host
        .wrap(&PersonalisationCommand::Status)
        .unwrap();
    let command = Command::parse(&again[0]).unwrap();
    let header = [0x84, 0xF2, 0, 0, 8];
    let chaining = cmac(&session_mac, &[chaining.as_slice(), &header].concat());
    assert_eq!(command.data, chaining[..8]);
    let answered = host.take_answer(&PersonalisationCommand::Status, &[answer(2, &chaining)]);
    assert_eq!(answered, Ok(Answer::Status(status)));

    // The third command has data.
    let transaction = TransactionId::new([0x77; 16]);
    let activate = PersonalisationCommand::Activate { transaction };
    let sent = host.wrap(&activate).unwrap();
    let command = Command::parse(&sent[0]).unwrap();
    let (data, mac) = command.data.split_at(32);
    let header = [0x84, 0xEA, 0, 0, 40];
    let chaining = cmac(&session_mac, &[chaining.as_slice(), &header, data].concat());
    assert_eq!(mac, &chaining[..8]);
    let plain = cbc("-d", &session_enc, &block(&session_enc, 0x00, 3), data);
    assert_eq!(plain, filled(&"77".repeat(16)));
    // Nothing to encipher in an empty answer.
    let mac = cmac(
        &session_response_mac,
        &[chaining.as_slice(), &[0x90, 0x00]].concat(),
    );
    let answered = host.take_answer(&activate, &[[&mac[..8], &[0x90, 0x00]].concat()]);
    assert_eq!(answered, Ok(Answer::Done));
}

/// At each level that Amendment D names, an independent host:
/// * is let in, and its commands with and without data are carried out
/// * is answered as that level says: plain, under R-MAC, or enciphered
#[test]
fn a_host_made_of_openssl_is_let_in_at_every_level() {
    for level in [0x01, 0x03, 0x11, 0x13, 0x33] {
        let mut reader = Reader::new();
        let mut host = Host::open(&mut reader, level);
        let begin = [[0x11; 16].as_slice(), &[0x01]].concat();
        let answer = reader.send(&host.command([0x84, 0xE0, 0, 0], &begin));
        assert_eq!(host.read(&answer), b"", "level {level:02X}");
        assert!(reader.applet.pending.is_some());
        let answer = reader.send(&host.command([0x84, 0xF2, 0, 0], b""));
        let status = host.read(&answer);
        let number = [&[0xC0, 0x10], NUMBER.as_bytes()].concat();
        assert!(status.starts_with(&number), "level {level:02X}: {status:?}");
    }
}

/// A host that has nothing of ours.
struct Host {
    level: u8,
    enc: Vec<u8>,
    mac: Vec<u8>,
    response_mac: Vec<u8>,
    chaining: Vec<u8>,
    number: u8,
}

impl Host {
    fn open(reader: &mut Reader, level: u8) -> Self {
        let keys = keys(NUMBER).to_secret();
        let (enc, mac) = keys.expose().split_at(16);
        reader.send(&hex::decode("00a4040c07a0000001510000").unwrap());
        let initialize = [&[0x80, 0x50, 0, 0, 8], HOST_CHALLENGE.as_slice(), &[0]].concat();
        let greeting = reader.send(&initialize);
        assert_eq!(greeting[10..13], [0x01, 0x03, 0x60]);
        let context = [HOST_CHALLENGE.as_slice(), &greeting[13..21]].concat();
        let label = |constant: u8| {
            let mut label = [0; 12];
            label[11] = constant;
            label
        };
        let mut host = Self {
            level,
            enc: derive(enc, &label(4), 128, &context),
            mac: derive(mac, &label(6), 128, &context),
            response_mac: derive(mac, &label(7), 128, &context),
            chaining: vec![0; 16],
            number: 0,
        };
        let cryptogram = |constant| derive(&host.mac, &label(constant), 64, &context)[..8].to_vec();
        assert_eq!(greeting[21..29], cryptogram(0));
        let proof = cryptogram(1);
        let authenticate = host.sealed([0x84, 0x82, level, 0], &proof);
        assert_eq!(reader.send(&authenticate), [0x90, 0x00]);
        host
    }

    fn command(&mut self, header: [u8; 4], data: &[u8]) -> Vec<u8> {
        self.number += 1;
        if self.level & 0x02 == 0 || data.is_empty() {
            return self.sealed(header, data);
        }
        let iv = block(&self.enc, 0x00, self.number);
        let data = cbc("-e", &self.enc, &iv, &filled(&hex::encode(data)));
        self.sealed(header, &data)
    }

    fn sealed(&mut self, header: [u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len() + 8).unwrap();
        let message = [&header, [length].as_slice(), data].concat();
        self.chaining = cmac(&self.mac, &[&self.chaining, message.as_slice()].concat());
        [&message, &self.chaining[..8], &[0]].concat()
    }

    /// What an answer says, after everything that the level puts on it.
    fn read(&self, answer: &[u8]) -> Vec<u8> {
        let data = answer
            .strip_suffix(&[0x90, 0x00])
            .unwrap();
        if self.level & 0x10 == 0 {
            return data.to_vec();
        }
        let (data, mac) = data.split_at(data.len() - 8);
        let input = [&self.chaining, data, &[0x90, 0x00]].concat();
        assert_eq!(mac, &cmac(&self.response_mac, &input)[..8]);
        if self.level & 0x20 == 0 || data.is_empty() {
            return data.to_vec();
        }
        let iv = block(&self.enc, 0x80, self.number);
        let mut data = cbc("-d", &self.enc, &iv, data);
        while data.pop() == Some(0) {}
        data
    }
}

/// Data filled up to whole blocks: 80, then zeros.
fn filled(data: &str) -> Vec<u8> {
    let mut data = hex::decode(data).unwrap();
    data.push(0x80);
    while !data.len().is_multiple_of(16) {
        data.push(0);
    }
    data
}

/// The initial vector of the command of this number.
fn block(key: &[u8], first: u8, number: u8) -> Vec<u8> {
    let mut counter = [0; 16];
    (counter[0], counter[15]) = (first, number);
    openssl(
        &[
            "enc",
            "-e",
            "-aes-128-ecb",
            "-nopad",
            "-K",
            &hex::encode(key),
        ],
        &counter,
    )
}

fn cbc(direction: &str, key: &[u8], iv: &[u8], data: &[u8]) -> Vec<u8> {
    let (key, iv) = (hex::encode(key), hex::encode(iv));
    openssl(
        &[
            "enc",
            direction,
            "-aes-128-cbc",
            "-nopad",
            "-K",
            &key,
            "-iv",
            &iv,
        ],
        data,
    )
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
    let key = format!("hexkey:{}", hex::encode(key));
    let printed = openssl(
        &[
            "mac",
            "-cipher",
            "AES-128-CBC",
            "-macopt",
            &key,
            "-in",
            "/dev/stdin",
            "CMAC",
        ],
        message,
    );
    hex::decode(
        String::from_utf8(printed)
            .unwrap()
            .trim(),
    )
    .unwrap()
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut openssl = Process::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    openssl
        .stdin
        .take()
        .unwrap()
        .write_all(input)
        .unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}
