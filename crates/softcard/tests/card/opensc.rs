//! OpenSC's own commands, in its own order, as recorded in `facts/opensc-apdu-trace.md`.

use crate::{openssl, support::*};
use shirushi_softcard::{Atr, SoftCard, Variant};

const SHA256_INFO: &str = "3031300D060960864801650304020105000420";

/// §3.1: the probes of twenty-nine other drivers, and what they must not get.
const PROBES: [(&str, &str); 14] = [
    ("00A40400 07 627601FF000000", "6A82"),
    ("00A40400 06 A00000000101", "6A82"),
    ("00A40400 0B E82B0601040181C31F0201 00", "6A82"),
    ("00A4040C 0F D23300000045737445494420763335", "6A82"),
    ("00CADF30 05", "6A88"),
    ("00CB3FFF 03 5C017E 08", "6D00"),
    ("00A40400 09 A00000030800001000 00", "6A82"),
    ("00A40400 09 A00000030800001000 00", "6A82"),
    ("00A4040C 07 A000000116DB00 00", "6A82"),
    ("00A4040C 07 A0000000791000 00", "6A82"),
    ("00A4040C 07 A0000000790100 00", "6A82"),
    ("00A40400 0C F276A288BCFBA69D34F31001", "6A82"),
    ("00A40400 09 A00000039742544659 00", "6A82"),
    ("00A40400 06 D27600012401 00", "6A82"),
];

/// §3.2.
const BIND: [(&str, &str); 5] = [
    (SELECT_JPKI, "9000"),
    ("00A4020C 02 0018", "9000"),
    ("00200080", "63C3"),
    ("00A4020C 02 001B", "9000"),
    ("00200080", "63C5"),
];

/// §3.3: four bytes, the length from them, then blocks of 256 and an exact rest.
fn read_as_opensc(card: &mut SoftCard, identifier: u16) -> Vec<u8> {
    assert_eq!(send(card, &format!("00A4020C02{identifier:04X}")), "9000");
    let head = card.answer(&bytes("00B00000 04"));
    assert_eq!(head[4..], [0x90, 0x00]);
    let length = usize::from(u16::from_be_bytes([head[2], head[3]])) + 4;
    let mut file = Vec::new();
    while file.len() < length {
        let [high, low] = (file.len() as u16).to_be_bytes();
        let wanted = (length - file.len()).min(256);
        let answer = card.answer(&[0x00, 0xB0, high, low, wanted as u8]);
        let (data, status) = answer.split_at(wanted);
        assert_eq!(status, [0x90, 0x00]);
        file.extend_from_slice(data);
    }
    file
}

fn sign_as_opensc(card: &mut SoftCard, message: &[u8]) -> Vec<u8> {
    let digest = hex::encode(shirushi_crypto::sha256(message));
    let mut answer = card.answer(&bytes(&format!("802A0080 33 {SHA256_INFO}{digest} 00")));
    assert_eq!(answer.split_off(256), [0x90, 0x00]);
    answer
}

#[test]
fn a_whole_session_of_opensc_works_on_every_interface() {
    for atr in [Atr::Contact, Atr::Contactless] {
        let mut card = personalised_as(Variant {
            atr,
            ..Variant::default()
        });
        exchange(&mut card, &PROBES);
        for last in 1..=0x0F {
            let probe = format!("00A4040C 07 A00000007901{last:02X} 00");
            assert_eq!(send(&mut card, &probe), "6A82");
        }
        exchange(&mut card, &[(SELECT_JPKI, "9000")]);
        exchange(&mut card, &BIND);

        let authentication = read_as_opensc(&mut card, 0x000A);
        exchange(
            &mut card,
            &[("00A4020C 02 0001", "9000"), ("00B00000 04", "6982")],
        );
        assert_eq!(read_as_opensc(&mut card, 0x000A), authentication);
        let authority = read_as_opensc(&mut card, 0x000B);
        assert_eq!(authority, openssl::authority().certificate);
        assert_eq!(read_as_opensc(&mut card, 0x0002), authority);

        // §3.4, §3.5, and the random numbers of `pkcs11-tool --test`.
        exchange(
            &mut card,
            &[
                ("00A4020C 02 0018", "9000"),
                ("00200080", "63C3"),
                ("00200080 04 34383239", "9000"),
                ("00A4020C 02 0017", "9000"),
            ],
        );
        let signature = sign_as_opensc(&mut card, b"filing");
        assert!(openssl::verifies(
            &authentication,
            b"filing",
            &signature,
            &[]
        ));
        let challenge = card.answer(&bytes("00840000 0A"));
        assert_eq!((challenge.len(), &challenge[10..]), (12, &[0x90, 0x00][..]));

        // The signature key: login, then once more before the signature, for it is "always authenticate".
        for _ in 0..2 {
            exchange(
                &mut card,
                &[
                    ("00A4020C 02 001B", "9000"),
                    ("00200080", "63C5"),
                    ("00200080 0A 53484952555348493751", "9000"),
                ],
            );
        }
        let certificate = read_as_opensc(&mut card, 0x0001);
        exchange(&mut card, &[("00A4020C 02 001A", "9000")]);
        for _ in 0..2 {
            let signature = sign_as_opensc(&mut card, b"filing");
            assert!(openssl::verifies(&certificate, b"filing", &signature, &[]));
        }
        // §5: a changed PIN through `opensc-tool -s`.
        exchange(
            &mut card,
            &[
                (SELECT_JPKI, "9000"),
                ("00A4020C 02 0018", "9000"),
                ("00200080 04 34383239", "9000"),
                ("00240180 04 34333231", "9000"),
                ("00200080 04 34333231", "9000"),
            ],
        );
    }
}

#[test]
fn opensc_binds_to_a_card_with_a_blocked_pin_and_uses_the_other_key() {
    let (mut card, _) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 001B", "9000"),
            ("00200080 06 414141414141", "63C4"),
            ("00200080 06 414141414141", "63C3"),
            ("00200080 06 414141414141", "63C2"),
            ("00200080 06 414141414141", "63C1"),
            ("00200080 06 414141414141", "63C0"),
            ("00200080 06 414141414141", "6984"),
        ],
    );
    exchange(&mut card, &BIND[..4]);
    exchange(
        &mut card,
        &[
            ("00200080", "63C0"),
            ("00A4020C 02 0018", "9000"),
            ("00200080 04 34383239", "9000"),
            ("00A4020C 02 0017", "9000"),
        ],
    );
    sign_as_opensc(&mut card, b"filing");
}

#[test]
fn myna_reads_the_token_first_and_a_certificate_from_its_seventh_byte() {
    let (mut card, _) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 0006", "9000"),
            (
                "00B00000 20",
                "4A504B4941504943 43544F4B454E3220 2020202020202020 2020202020202020 9000",
            ),
            ("00A4020C 02 000A", "9000"),
        ],
    );
    let head = card.answer(&bytes("00B00000 07"));
    let mut certificate = head[..7].to_vec();
    let length = shirushi_apdu::ber::first_object_length(&certificate).unwrap();
    while certificate.len() < length {
        let [high, low] = (certificate.len() as u16).to_be_bytes();
        let le = (length - certificate.len()).min(256) as u8;
        let answer = card.answer(&[0x00, 0xB0, high, low, le]);
        certificate.extend_from_slice(&answer[..answer.len() - 2]);
    }
    assert_eq!(certificate, read_certificate(&mut card, 0x000A));
}
