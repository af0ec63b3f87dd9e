//! 券面事項確認AP (`facts/card.md` §14), and the signed files of the text application (§13):
//!
//! * The birth date opens the record of age, 照合番号B the face, 照合番号A the face and the number; each is counted by itself.
//! * The files have the lengths and objects that were seen on a card, and the digests of what they speak of.
//! * A card's file of before these applications were there opens, and gets them.

use crate::support::*;
use shirushi_apdu::ber;
use shirushi_crypto::{SystemRandom, sha256};
use shirushi_softcard::{SoftCard, Variant};
use std::sync::Arc;

const BIRTH: &str = "550217";
const NUMBER_B: &str = "55021720352285";

fn surface_card() -> SoftCard {
    let (mut card, _) = blank(Variant::default());
    assert_eq!(send(&mut card, SELECT_SURFACE), "9000");
    card
}

fn file(card: &mut SoftCard, identifier: &str) -> Vec<u8> {
    assert_eq!(
        send(card, &format!("00A4020C02{identifier}")),
        "9000",
        "{identifier}"
    );
    read_physical(card)
}

#[test]
fn each_reference_opens_its_files_and_no_others() {
    let files = ["0001", "0002", "0003", "0004", "0005", "0006"];
    for (p2, value, opened) in [
        (None, "", "0003 0004"),
        (Some(0x91), BIRTH, "0001 0003 0004"),
        (Some(0x92), NUMBER_B, "0002 0003 0004 0006"),
        (Some(0x93), INDIVIDUAL_NUMBER, "0002 0003 0004 0005 0006"),
    ] {
        let mut card = surface_card();
        if let Some(p2) = p2 {
            assert_eq!(verify(&mut card, p2, value), "9000");
        }
        let found: Vec<_> = files
            .into_iter()
            .filter(|file| opens(&mut card, file))
            .collect();
        assert_eq!(found.join(" "), opened, "{p2:02X?}");
    }
}

#[test]
fn each_reference_is_counted_by_itself_and_is_printed_on_the_card() {
    let mut card = surface_card();
    for p2 in [0x91, 0x92, 0x93] {
        assert_eq!(send(&mut card, &format!("002000{p2:02X}")), "63CA");
        assert_eq!(verify(&mut card, p2, "0000"), "63C9");
    }
    assert_eq!(verify(&mut card, 0x93, INDIVIDUAL_NUMBER), "9000");
    exchange(
        &mut card,
        &[
            ("00240193 0C 393939393939393939393939", "6985"),
            ("00200092", "63C9"),
            // The text application has counted nothing of it.
            (SELECT_TEXT, "9000"),
            ("00200094", "63CA"),
            ("00200095", "63CA"),
        ],
    );
}

#[test]
fn the_face_has_its_objects_in_their_places() {
    let mut card = surface_card();
    assert_eq!(verify(&mut card, 0x91, BIRTH), "9000");
    assert_eq!(verify(&mut card, 0x93, INDIVIDUAL_NUMBER), "9000");
    let age = file(&mut card, "0001");
    assert_eq!(age.len(), 547);
    let content = ber::find(&age, 0xFF10).unwrap();
    assert_eq!(ber::find(content, 0xDF11).unwrap(), b"19800217");
    let information = file(&mut card, "0003");
    assert_eq!(information.len(), 320);
    let municipality = ber::find(ber::find(&information, 0xFF30).unwrap(), 0xDF34);
    assert_eq!(municipality.unwrap(), b"99201");
    assert_eq!(file(&mut card, "0004").len(), 568);

    let face = file(&mut card, "0002");
    let content = ber::find(&face, 0xFF20).unwrap();
    let object = |tag| ber::find(content, tag).unwrap();
    assert_eq!(
        (object(0xDF22), object(0xDF23)),
        (&b"19800217"[..], &b"2"[..])
    );
    assert_eq!(object(0xDF29), b"20350217");
    // Each offset counts from the start of the file and points to its object.
    let table = object(0xDF21);
    assert_eq!(table.len(), 2 * 9);
    for (entry, tag) in table.chunks(2).zip(0xDF22..) {
        let at = usize::from(u16::from_be_bytes([entry[0], entry[1]]));
        let found = ber::Reader::new(&face[at..])
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(found.tag, tag);
    }
    let number = file(&mut card, "0005");
    let picture = ber::find(ber::find(&number, 0xFF40).unwrap(), 0xDF41).unwrap();
    // 72 by 12 dots of one bit, as on the card that was looked at.
    assert_eq!(picture[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(picture[16..25], [0, 0, 0, 72, 0, 0, 0, 12, 1]);
    for (tag, head) in [(0xDF25, 1), (0xDF26, 1), (0xDF2A, 1), (0xDF27, 4)] {
        assert!(
            [&b"PNG"[..], b"jP  "]
                .contains(&&object(tag)[head..head + if head == 1 { 3 } else { 4 }])
        );
    }
}

#[test]
fn the_text_applications_digests_are_of_its_files() {
    let (mut card, _) = blank(Variant::default());
    assert_eq!(send(&mut card, SELECT_TEXT), "9000");
    assert_eq!(file(&mut card, "0004").len(), 568);
    for closed in ["0003", "0007"] {
        assert!(!opens(&mut card, closed));
    }
    assert_eq!(verify(&mut card, 0x91, TEXT_PIN), "9000");
    let integrity = file(&mut card, "0003");
    assert_eq!(integrity.len(), 336);
    let content = ber::find(&integrity, 0xFF30).unwrap();
    let number = file(&mut card, "0001");
    assert_eq!(ber::find(content, 0xDF31).unwrap(), sha256(&number));
    let items = file(&mut card, "0002");
    let items = ber::find(&items, 0xFF20).unwrap();
    let behind_table = &items[3 + 8..];
    assert_eq!(ber::find(content, 0xDF32).unwrap(), sha256(behind_table));
    assert_eq!(file(&mut card, "0007").len(), 536);
    // 内部認証: a challenge is signed without any PIN, and with one key in both applications.
    let challenge = format!("802A0000 33 {} 00", "5A".repeat(51));
    let signed = send(&mut card, &challenge);
    assert_eq!(signed.len(), 2 * (256 + 2));
    assert_eq!(send(&mut card, SELECT_SURFACE), "9000");
    assert_eq!(send(&mut card, &challenge), signed);
}

/// Made by the program of commit 23e6c59, for the sandbox's resident 90000000014, with certificates and the PINs 1234 and ABC123.
#[test]
fn a_cards_file_of_before_opens_and_gets_the_applications() {
    let before = include_bytes!("files/card-of-version-1");
    assert!(before.starts_with(b"shirushi-softcard 1 "));
    let disk = MemoryDisk::holding(before.to_vec());
    let mut card = SoftCard::open(disk.clone(), Arc::new(SystemRandom)).unwrap();
    exchange(
        &mut card,
        &[
            (SELECT_JPKI, "9000"),
            ("00200098", "63C3"),
            ("00200098 04 31323334", "9000"),
            ("0020009B 06 414243313233", "9000"),
            (SELECT_TEXT, "9000"),
            ("00200091 04 31323334", "9000"),
        ],
    );
    let number = file(&mut card, "0001");
    let number = String::from_utf8(
        ber::find(&number, 0xFF10)
            .unwrap()
            .to_vec(),
    )
    .unwrap();
    assert_eq!(send(&mut card, SELECT_SURFACE), "9000");
    assert_eq!(verify(&mut card, 0x93, "000000000000"), "63C9");
    assert_eq!(verify(&mut card, 0x93, &number), "9000");
    assert_eq!(verify(&mut card, 0x91, "550217"), "9000");
    assert!(opens(&mut card, "0002") && opens(&mut card, "0005"));
    drop(card);
    // What was counted is on the disk, in a file of today's version, and the keys are as they were.
    assert!(
        disk.bytes()
            .starts_with(b"shirushi-softcard 2 ")
    );
    let mut card = open(&disk);
    exchange(
        &mut card,
        &[
            (SELECT_SURFACE, "9000"),
            ("00200092", "63CA"),
            (SELECT_JPKI, "9000"),
        ],
    );
    let certificate = |file: &[u8]| {
        let text = String::from_utf8(file.to_vec()).unwrap();
        text.split("\"certificate\":\"")
            .nth(1)
            .map(|rest| rest[..200].to_owned())
            .unwrap()
    };
    assert_eq!(certificate(&disk.bytes()), certificate(before));
}
