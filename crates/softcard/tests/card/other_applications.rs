//! The applications beside JPKI (`facts/card.md` §13–§15).

use crate::support::*;
use shirushi_apdu::ber;
use shirushi_softcard::{Atr, SoftCard, Variant};

/// EF 0001: the invented number and two bytes of filler.
const NUMBER_FILE: &str = "FF100C 313233343536373839303133 FFFF 9000";
/// 照合番号B: 昭和55年2月17日, 2035, 2285.
const NUMBER_B: &str = "55021720352285";

fn text_card() -> SoftCard {
    let (mut card, _) = blank(Variant::default());
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    card
}

#[test]
fn the_pin_opens_both_files_number_a_the_number_and_number_b_the_four_items() {
    for (p2, value, number, items) in [
        (0x91, TEXT_PIN, true, true),
        (0x94, INDIVIDUAL_NUMBER, true, false),
        (0x95, NUMBER_B, false, true),
    ] {
        let mut card = text_card();
        assert!(!opens(&mut card, "0001"));
        assert!(!opens(&mut card, "0002"));
        assert_eq!(verify(&mut card, p2, value), "9000");
        assert_eq!(opens(&mut card, "0001"), number, "P2 = {p2:02X}");
        assert_eq!(opens(&mut card, "0002"), items, "P2 = {p2:02X}");
    }
}

#[test]
fn the_text_application_counts_its_own_tries() {
    let mut card = text_card();
    for (p2, most) in [(0x91, 3_u8), (0x94, 10), (0x95, 10)] {
        assert_eq!(
            send(&mut card, &format!("002000{p2:02X}")),
            format!("63C{most:X}")
        );
        for left in (0..most).rev() {
            assert_eq!(verify(&mut card, p2, "0000"), format!("63C{left:X}"));
        }
        assert_eq!(verify(&mut card, p2, "0000"), "6984");
    }
    exchange(
        &mut card,
        &[
            ("00200092", "63C0"), // blocked on every card
            ("00200092 04 30303030", "6984"),
            ("00200093", "6985"),
        ],
    );
}

#[test]
fn the_number_and_the_four_items_have_their_form() {
    let mut card = text_card();
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "9000");
    exchange(
        &mut card,
        &[
            ("00A4020C 02 0001", "9000"),
            ("00B00000 11", NUMBER_FILE),
            ("00A4020C 02 0002", "9000"),
        ],
    );
    let file = read_physical(&mut card);
    let (name, address) = (holder().name, holder().address);
    let content = ber::find(&file, 0xFF20).unwrap();
    assert_eq!(ber::find(content, 0xDF22).unwrap(), name.as_bytes());
    assert_eq!(ber::find(content, 0xDF23).unwrap(), address.as_bytes());
    assert_eq!(ber::find(content, 0xDF24).unwrap(), b"19800217");
    assert_eq!(ber::find(content, 0xDF25).unwrap(), b"2");
    // Each offset counts from the start of the file and points to its item.
    let table = ber::find(content, 0xDF21).unwrap();
    for (entry, tag) in table
        .chunks(2)
        .zip([0xDF22, 0xDF23, 0xDF24, 0xDF25])
    {
        let at = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
        let item = ber::Reader::new(&file[at..])
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(item.tag, tag);
    }
    assert_eq!(file[..5], [0xFF, 0x20, content.len() as u8, 0xDF, 0x21]);
    assert_eq!(table[..2], [0x00, 0x0E]);
}

#[test]
fn long_items_move_the_offsets() {
    let mut manufacture = manufacture(Variant::default());
    let text = manufacture.text.as_mut().unwrap();
    text.address = "架空県見本市本町".repeat(40);
    let address = text.address.clone();
    let disk = std::sync::Arc::new(MemoryDisk::default());
    let random = std::sync::Arc::new(shirushi_crypto::SystemRandom);
    let mut card = SoftCard::make(disk, manufacture, random).unwrap();
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "9000");
    assert_eq!(send(&mut card, "00A4020C 02 0002"), "9000");
    let file = read_physical(&mut card);
    let table = ber::find(ber::find(&file, 0xFF20).unwrap(), 0xDF21).unwrap();
    let at = usize::from(u16::from_be_bytes([table[2], table[3]]));
    let item = ber::Reader::new(&file[at..])
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(item.value, address.as_bytes());
}

#[test]
fn the_basic_information_writes_a_length_that_is_not_minimal() {
    let mut card = text_card();
    assert_eq!(send(&mut card, "00A4020C 02 0005"), "9000");
    let file = read_physical(&mut card);
    assert_eq!(file[..5], [0xFF, 0x40, 0x82, 0x00, 0x9F]);
    // Filled up: who reads 256 bytes gets 256.
    assert_eq!(file.len(), 256);
    assert!(
        file[5 + 0x9F..]
            .iter()
            .all(|byte| *byte == 0xFF)
    );
    let content = ber::find(&file, 0xFF40).unwrap();
    assert_eq!(
        ber::find(content, 0xDF41).unwrap(),
        [0x01, 0x03, 0x0E, 0x01]
    );
    assert_eq!(
        ber::find(content, 0xDF43)
            .unwrap()
            .len(),
        128
    );
}

#[test]
fn each_application_changes_its_pin_in_its_own_way() {
    let mut card = text_card();
    assert_eq!(send(&mut card, "00240191 04 31323334"), "6982");
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "9000");
    assert_eq!(verify(&mut card, 0x94, INDIVIDUAL_NUMBER), "9000");
    exchange(
        &mut card,
        &[
            ("00240191 04 3132333A", "6A80"),
            ("00240191 04 31323334", "9000"),
            ("00240194 0C 393939393939393939393939", "6985"), // it is printed on the card
            ("80320091 04 31323334", "6D00"),
        ],
    );
    assert_eq!(verify(&mut card, 0x91, "1234"), "9000");
    for application in [SELECT_COMMON, SELECT_BASIC_REGISTER] {
        assert_eq!(send(&mut card, application), "9000");
        exchange(
            &mut card,
            &[
                ("00A4020C 02 001C", "9000"),
                ("00200080", "63C3"),
                ("80320080 04 31323334", "6982"),
            ],
        );
        assert_eq!(verify(&mut card, 0x80, TEXT_PIN), "9000");
        exchange(
            &mut card,
            &[
                ("00240180 04 31323334", "6D00"),
                ("80320180 04 31323334", "6A86"),
                ("80320080 04 31323334", "9000"),
                ("00200080 04 31323334", "9000"),
            ],
        );
    }
}

#[test]
fn records_are_read_one_by_one_or_from_one_on() {
    let (mut card, _) = blank(Variant::default());
    // Serial (15), municipality 99201, expiry 20350217.
    let record = "011C 303030303030303230363130303432 3939323031 3230333530323137 9000";
    let key = "FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF 9000";
    exchange(
        &mut card,
        &[
            (SELECT_COMMON, "9000"),
            ("00B20104 00", "6986"),
            ("00A4020C 02 0001", "9000"),
            ("00B20104 00", record),
            ("00B20105 00", record),
            ("00B20104 02", "011C 9000"),
            ("00B20204 00", "6A83"),
            ("00B20004 00", "6A83"),
            ("00B20102 00", "6A86"),
            ("00B20104", "6700"),
            ("00B00000 00", "6981"),
            ("00B20114 00", key), // EF 0002 by its short identifier
            ("00B20124 00", "6A82"),
            (SELECT_BASIC_REGISTER, "9000"),
            ("00B20114 00", key),
        ],
    );
}

#[test]
fn the_level_of_the_mf_answers_data_objects() {
    let (mut card, _) = blank(Variant {
        atr: Atr::Contactless,
        ..Variant::default()
    });
    exchange(
        &mut card,
        &[
            ("00CA5F51 00", "E000FF8131FE4514 9000"), // the contact interface's, always
            ("00CA00F0 00", "3939323031 9000"),
            ("00CA00F2 00", "3230333530323137 9000"),
            ("00CA00F2 04", "32303335 9000"),
            ("00CA00F2", "6700"),
            ("00CA0045 00", "30303030303030303230363130303432 9000"), // the card's number
            ("00CA00F8 00", "6700"),                                  // longer than a short answer
            ("00CA7F21 00", "6700"),
            ("00CA0044 00", "6A88"),
            (SELECT_JPKI, "9000"),
            ("00CA5F51 00", "E000FF8131FE4514 9000"), // in every application
            ("00CA00F0 00", "6A88"),
            (SELECT_ISSUER, "9000"),
            ("00CA5F51 00", "E000FF8131FE4514 9000"),
        ],
    );
}

/// The template of a certificate without its head: a list of what is in it, the body, the signature.
#[test]
fn the_certificates_of_the_mf_are_a_chain() {
    let (mut card, _) = blank(Variant::default());
    let mut chain = Vec::new();
    for tag in ["00F8", "7F21"] {
        let answer = card.answer(&bytes(&format!("00CA{tag} 00 0300")));
        let (object, status) = answer.split_at(answer.len() - 2);
        assert_eq!((object.len(), status), (575, &[0x90, 0x00][..]));
        assert_eq!(object[..12], bytes("4D0A 4210 5F2010 5F49820109"));
        let body = ber::find(&object[12..], 0x5F4E).unwrap();
        assert_eq!(body.len(), 297);
        assert_eq!(
            ber::find(&object[12..], 0x5F37)
                .unwrap()
                .len(),
            256
        );
        chain.push((body[..16].to_vec(), body[16..32].to_vec()));
    }
    assert_eq!(
        chain[0].1, chain[1].0,
        "the upper one certifies the lower one's issuer"
    );
    assert_eq!(
        card.answer(&bytes("00CA00F7 00")),
        [chain[1].0.as_slice(), &[0x90, 0x00]].concat()
    );
    let recognition = send(&mut card, "00CA0066 00");
    assert!(recognition.starts_with("732F06072A864886FC6B01"));
}

#[test]
fn odd_commands_get_their_odd_answers() {
    let (mut card, _) = blank(Variant::default());
    exchange(
        &mut card,
        &[
            ("80FC0000", "6700"),
            ("00880099 10 00112233445566778899AABBCCDDEEFF 00", "6985"),
            (SELECT_JPKI, "9000"),
            ("80FC0000", "6700"),
            ("80AE0000 01 00", "6982"),
            ("80A20000 01 00", "6A88"),
            ("84F20000 00", "6882"), // the issuer's channel is not for applications
            ("80F20000 00", "6D00"),
            ("00840000 0000 0A", "6985"), // extended
            ("00840000 000100", "6985"),
            ("00840000", "6700"),
            ("00840100 0A", "6A86"),
            (SELECT_COMMON, "9000"),
            ("80AE0000 01 00", "66F1"),
            ("00880099 10 00112233445566778899AABBCCDDEEFF 00", "6A88"),
            (SELECT_TEXT, "9000"),
            ("802A0000 01 00 10", "6700"), // no room for a signature
            ("802A0200 01 00 00", "6A86"),
            ("80AE0000 01 00", "66F1"),
        ],
    );
    assert_eq!(card.answer(&bytes("00840000 00")).len(), 256 + 2);
    let first = card.answer(&bytes("00840000 08"));
    assert_ne!(card.answer(&bytes("00840000 08")), first);
}
