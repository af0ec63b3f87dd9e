//! What is answered whatever came before: E1–E3, E6–E8, E10, E12.

use crate::{openssl, support::*};
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_softcard::{Atr, CardKind, Manufacture, SoftCard, SoftCardError, Variant};
use std::sync::Arc;

#[test]
fn e1_the_answer_to_reset_is_that_of_the_contact_card_or_of_the_contactless() {
    let (card, _) = blank(Variant::default());
    assert_eq!(hex::encode_upper(card.atr()), "3BE000FF8131FE4514");
    let (card, _) = blank(Variant {
        atr: Atr::Contactless,
        ..Variant::default()
    });
    assert_eq!(hex::encode_upper(card.atr()), "3B888001000005E0B381A1007F");
    for atr in [Atr::Contact, Atr::ContactWithHistory, Atr::Contactless] {
        let check = atr.bytes()[1..]
            .iter()
            .fold(0, |sum, b| sum ^ b);
        assert_eq!(check, 0, "TCK of {atr:?} (ISO/IEC 7816-3 §8.2.5)");
    }
}

#[test]
fn e2_foreign_applications_instructions_and_classes_are_refused() {
    let (mut card, _) = blank(Variant::default());
    exchange(
        &mut card,
        &[
            ("00A4040C 07 A0000003080000", "6A82"),
            ("00A4040C 0A D3921000310001010403", "6A82"),
            ("00A4040C 0B D39200002601000000 0100", "6A82"),
            ("00A4040C 0B D392F000260100000001 00", "6A82"), // longer than the JPKI AID
            ("00A4040C 05 D392F00026", "9000"),              // a prefix
            ("00A4020C 02 0006", "9000"),                    // …of the JPKI application
            ("00A4040C 07 D3921000310001", "9000"),
            ("00A40400 0A D392F000260100000001 00", "9000"),
            ("00A4040C", "6700"),
            ("00CB3FFF 03 5C017E 08", "6D00"),
            ("00D00000 01 00", "6D00"),
            ("80 99 00 00", "6D00"),
            ("A0A40000 02 3F00", "6E00"),
            ("FF CA 00 00 00", "6E00"),
            ("10A4040C 0A D392F000260100000001", "6E00"),
            ("01B00000 10", "6881"),
            ("0CB00000 10", "6882"),
            ("08B00000 10", "69FC"),
            ("00A4040C 0A D392", "6700"), // Lc without its data
            ("00A4", "6700"),
            ("", "6700"),
        ],
    );
}

#[test]
fn e3_a_file_is_selected_by_p1_02_and_p2_0c_and_two_bytes_only() {
    let (mut card, _) = blank(Variant::default());
    exchange(
        &mut card,
        &[
            ("00A4020C 02 0018", "6A82"), // at the level of the MF there are no files
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 0018", "9000"),
            ("00A4000C 02 0018", "6A86"),
            ("00A4090C 02 0018", "6A86"),
            ("00A40000", "6A86"),
            ("00A40200 02 0018", "6A86"),
            ("00A4020C 01 18", "6700"),
            ("00A4020C 03 000018", "6700"),
            ("00A4020C", "6700"),
            ("00A4020C 02 3F00", "6A82"),
            ("00A4020C 02 0003", "6A82"),
            ("00A4020C 02 0118", "6A82"),
            ("00200080", "63C0"), // all that changed nothing: 0018 is current still
        ],
    );
}

#[test]
fn e6_certificates_are_read_to_the_end_of_their_filler_and_the_signature_one_after_its_password() {
    let (mut card, _) = personalised();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00B00000 04", "6986"),
            ("00A4020C 02 0001", "9000"),
            ("00B00000 04", "6982"),
            ("00B07FFF 04", "6982"), // not even its length
            ("00B08100 04", "6982"),
        ],
    );
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    for identifier in ["0001", "0002", "000A", "000B"] {
        assert_eq!(send(&mut card, &format!("00A4020C02{identifier}")), "9000");
        let file = read_physical(&mut card);
        let length = usize::from(u16::from_be_bytes([file[2], file[3]])) + 4;
        assert_eq!(file[..2], [0x30, 0x82], "EF {identifier}");
        assert_eq!(file.len(), length + 300, "EF {identifier}");
        assert!(
            file[length..]
                .iter()
                .all(|b| *b == 0xFF)
        );

        let read = |card: &mut SoftCard, offset: usize, le: &str| {
            send(card, &format!("00B0{offset:04X}{le}"))
        };
        let end = file.len();
        assert_eq!(read(&mut card, end, "01"), "6B00");
        assert_eq!(read(&mut card, end + 1, "00"), "6B00");
        assert_eq!(read(&mut card, end - 1, "01"), "FF9000");
        assert_eq!(read(&mut card, end - 2, "00"), "FFFF9000");
        // An extended Le reads it all at once (PYM, AND).
        let whole = card.answer(&bytes("00B00000 000000"));
        assert_eq!(whole[..end], file);
        assert_eq!(whole[end..], [0x90, 0x00]);
        assert_eq!(
            card.answer(&bytes("00B00000 000400"))
                .len(),
            1024 + 2
        );
    }
    exchange(
        &mut card,
        &[
            ("00A4020C 02 0018", "9000"),
            ("00B00000 04", "6981"), // a PIN
            ("00A4020C 02 0017", "9000"),
            ("00B00000 04", "6981"), // a key
            ("00A4020C 02 0009", "9000"),
            ("00B00000 04", "6982"),
            ("00A4020C 02 000A", "9000"),
            ("00B00000", "6700"),
            ("00B00000 01 00 04", "6700"),
            ("00B20104 00", "6981"), // not of records
        ],
    );
    let mut card = personalised_as(Variant {
        filler: 0,
        ..Variant::default()
    });
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    let certificate = read_certificate(&mut card, 0x000A);
    assert_eq!(read_physical(&mut card), certificate);
}

#[test]
fn e7_a_signature_needs_its_pin_and_takes_1_to_245_bytes() {
    let (mut card, _) = personalised();
    let sign = |card: &mut SoftCard, length: usize| {
        send(
            card,
            &format!("802A0080{length:02X}{}00", "5A".repeat(length)),
        )
    };
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("802A0080 01 5A 00", "6986"),
            ("00A4020C 02 0017", "9000"),
            ("802A0080 01 5A 00", "6982"),
            ("802A0680 01 5A 00", "6A86"),
            ("802A0000 01 5A 00", "6A86"),
        ],
    );
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    assert_eq!(send(&mut card, "00A4020C 02 0017"), "9000");
    assert_eq!(sign(&mut card, 51), "6982"); // the other PIN does not count
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    for identifier in ["0017", "001A"] {
        assert_eq!(send(&mut card, &format!("00A4020C02{identifier}")), "9000");
        for length in [1, 6, 35, 51, 83, 245] {
            let answer = sign(&mut card, length);
            assert_eq!(answer.len(), 2 * 258, "{length} bytes");
            assert!(answer.ends_with("9000"));
        }
        assert_eq!(sign(&mut card, 246), "6985");
        assert_eq!(sign(&mut card, 255), "6985");
    }
    exchange(
        &mut card,
        &[
            ("802A0080 00", "6700"),
            ("802A0080 01 5A", "6700"),
            ("802A0080 01 5A FF", "6700"),
            ("002A0080 01 5A 00", "6D00"),
            ("802A0280 01 5A 00", "6985"),
            ("802A0480 01 5A 00", "6985"),
            ("00A4020C 02 0018", "9000"),
            ("802A0080 01 5A 00", "6985"),
        ],
    );
}

#[test]
fn e8_short_identifiers_select_in_read_verify_and_sign() {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(send(&mut card, "00200080"), "63C3"); // 0018 is current now
    let by_reference = send(&mut card, "802A0097 01 5A 00");
    assert_eq!(send(&mut card, "802A0080 01 5A 00"), by_reference);
    assert!(by_reference.ends_with("9000"));
    assert_eq!(send(&mut card, "802A009A 01 5A 00"), "6982");
    let certificate = read_certificate(&mut card, 0x000A);
    let first = send(&mut card, "00B08A00 10");
    assert_eq!(
        first,
        format!("{}9000", hex::encode_upper(&certificate[..16]))
    );
    let rest = send(&mut card, "00B08A10 10");
    assert_eq!(
        rest,
        format!("{}9000", hex::encode_upper(&certificate[16..32]))
    );
    exchange(
        &mut card,
        &[
            ("00B08600 0F", "4A504B4941504943 43544F4B454E32 9000"),
            ("00B00000 0F", "4A504B4941504943 43544F4B454E32 9000"), // 0006 is current now
            ("00B0E600 0F", "6A86"),
            ("00B08300 0F", "6A82"),
            ("00B08000 0F", "6A82"),
            ("802A0083 01 5A 00", "6A82"),
            ("802A009F 01 5A 00", "6A86"),
            (
                "00B00000 000020",
                "4A504B4941504943 43544F4B454E3220 20202020202020202020202020202020 9000",
            ),
        ],
    );
}

#[test]
fn e10_the_token_information_has_160_bytes_and_the_availability_three() {
    let (mut card, _) = personalised();
    let expected = "4A504B4941504943 43544F4B454E3220 2020202020202020 2020202020202020
        5348495255534849 2020202020202020 2020202020202020 2020202020202020
        534F465443415244 2020202020202020 3030303030303030 3230363130303432
        0000040D 00000001 00000000 00000001 00000000 00000010 00000006
        FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 3033 3031 39393939393939393939393939393939 9000";
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 0006", "9000"),
            ("00B00000 00", expected),
            ("00B000A0 01", "6B00"),
            ("00A4020C 02 0008", "9000"),
            ("00B00000 00", "8F8F00 9000"),
        ],
    );
    let (mut card, _) = blank(Variant::default());
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00B08800 00", "000000 9000"),
            ("00A4020C 02 0001", "6A82"),
            ("00A4020C 02 0002", "6A82"),
            ("00A4020C 02 000A", "6A82"),
            ("00B08A00 00", "6A82"),
            ("00A4020C 02 001B", "9000"), // OpenSC refuses a card without it
            ("00200080", "63C0"),
            ("00200080 04 31323334", "6984"),
        ],
    );
    let manufacture = Manufacture {
        kind: CardKind::ResidentRegisterCard,
        text: None,
        ..manufacture(Variant::default())
    };
    let disk = Arc::new(MemoryDisk::default());
    let mut card = SoftCard::make(disk, manufacture, Arc::new(SystemRandom)).unwrap();
    exchange(
        &mut card,
        &[
            (SELECT_TEXT, "6A82"),
            (SELECT_JPKI, "9000"),
            ("00B08600 10", "4A504B4941504943 43544F4B454E2020 9000"),
        ],
    );
}

#[test]
fn e12_nothing_on_the_card_passes_for_the_real_service_or_a_real_person() {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    let certificate = read_certificate(&mut card, 0x000A);
    assert!(certificate.len() >= 256);
    let subject = openssl::subject(&certificate);
    assert!(subject.contains("O = JPKI-SANDBOX"), "{subject}");

    let mut manufacture = manufacture(Variant::default());
    let text = manufacture.text.as_mut().unwrap();
    text.individual_number = Secret::from(b"123456789018".as_slice());
    let disk = Arc::new(MemoryDisk::default());
    let refused = SoftCard::make(disk.clone(), manufacture, Arc::new(SystemRandom));
    assert!(matches!(refused, Err(SoftCardError::CouldBeReal)));
    assert_eq!(disk.replaced(), 0);
}
