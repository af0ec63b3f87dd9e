//! Every signature scheme with both keys, judged by `openssl` under the certificate read from the card (`facts/card.md` §12).

use crate::{openssl, support::*};
use shirushi_crypto::{DigestAlgorithm, sha256};
use shirushi_softcard::SoftCard;

const MESSAGE: &[u8] = b"an invented filing";
/// DER of the DigestInfo up to the digest, by digest (RFC 8017 §9.2, note 1).
const SHA1: &str = "3021300906052B0E03021A05000414";
const SHA256: &str = "3031300D060960864801650304020105000420";
const SHA384: &str = "3041300D060960864801650304020205000430";
const SHA512: &str = "3051300D060960864801650304020305000440";

/// P2 of COMPUTE SIGNATURE and EF of the certificate, of both keys.
const KEYS: [(u8, u16); 2] = [(0x97, 0x000A), (0x9A, 0x0001)];

fn ready() -> SoftCard {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    card
}

fn sign(card: &mut SoftCard, p1: u8, p2: u8, data: &[u8]) -> Vec<u8> {
    let command = [&[0x80, 0x2A, p1, p2, data.len() as u8], data, &[0x00]].concat();
    let mut answer = card.answer(&command);
    assert_eq!(answer.split_off(256), [0x90, 0x00], "P1 = {p1:02X}");
    answer
}

/// Signs with both keys and hands certificate and signature to `judge`.
fn with_both_keys(p1: u8, data: &[u8], judge: impl Fn(&[u8], &[u8])) {
    let mut card = ready();
    for (p2, identifier) in KEYS {
        let signature = sign(&mut card, p1, p2, data);
        judge(&read_certificate(&mut card, identifier), &signature);
    }
}

#[test]
fn p1_00_signs_a_digest_info_of_every_digest() {
    for (prefix, digest) in [
        (SHA1, DigestAlgorithm::Sha1),
        (SHA256, DigestAlgorithm::Sha256),
        (SHA384, DigestAlgorithm::Sha384),
        (SHA512, DigestAlgorithm::Sha512),
    ] {
        let info = [bytes(prefix), digest.digest(MESSAGE)].concat();
        with_both_keys(0x00, &info, |certificate, signature| {
            assert_eq!(openssl::recovers(certificate, signature), info);
            if digest == DigestAlgorithm::Sha256 {
                assert!(openssl::verifies(certificate, MESSAGE, signature, &[]));
                assert!(!openssl::verifies(certificate, b"another", signature, &[]));
            }
        });
    }
}

#[test]
fn p1_00_signs_whatever_it_is_given() {
    for data in [b"sixraw".as_slice(), &[0x00], &[0xFF; 245]] {
        with_both_keys(0x00, data, |certificate, signature| {
            assert_eq!(openssl::recovers(certificate, signature), data);
        });
    }
}

#[test]
fn p1_01_signs_the_bare_digest_of_a_message() {
    with_both_keys(0x01, MESSAGE, |certificate, signature| {
        assert_eq!(openssl::recovers(certificate, signature), sha256(MESSAGE));
    });
}

#[test]
fn p1_02_wraps_a_digest() {
    with_both_keys(0x02, &sha256(MESSAGE), |certificate, signature| {
        assert!(openssl::verifies(certificate, MESSAGE, signature, &[]));
    });
}

#[test]
fn p1_03_digests_and_wraps_a_message() {
    for message in [MESSAGE, &[0x5A; 255]] {
        with_both_keys(0x03, message, |certificate, signature| {
            assert!(openssl::verifies(certificate, message, signature, &[]));
        });
    }
}

#[test]
fn p1_04_and_05_sign_by_pss_with_a_random_salt_of_32_bytes() {
    let pss = [
        "-sigopt",
        "rsa_padding_mode:pss",
        "-sigopt",
        "rsa_pss_saltlen:32",
    ];
    for (p1, data) in [(0x04, sha256(MESSAGE).as_slice()), (0x05, MESSAGE)] {
        with_both_keys(p1, data, |certificate, signature| {
            assert!(openssl::verifies(certificate, MESSAGE, signature, &pss));
            assert!(!openssl::verifies(certificate, MESSAGE, signature, &[]));
        });
        let mut card = ready();
        let first = sign(&mut card, p1, 0x97, data);
        assert_ne!(sign(&mut card, p1, 0x97, data), first);
    }
}

#[test]
fn the_keys_are_two() {
    let mut card = ready();
    let certificate = read_certificate(&mut card, 0x0001);
    let signature = sign(&mut card, 0x03, 0x97, MESSAGE);
    assert!(!openssl::verifies(&certificate, MESSAGE, &signature, &[]));
}

#[test]
fn one_verification_serves_several_signatures() {
    let mut card = ready();
    let first = sign(&mut card, 0x03, 0x9A, MESSAGE);
    assert_eq!(sign(&mut card, 0x03, 0x9A, MESSAGE), first);
}
