//! E14 of `facts/card.md` §19: no PIN and no 個人番号 where people look.

use crate::support::*;
use shirushi_softcard::{SoftCard, Variant};

const SECRETS: [&str; 5] = [
    AUTHENTICATION_PIN,
    SIGNATURE_PASSWORD,
    TEXT_PIN,
    INDIVIDUAL_NUMBER,
    "55021720352285", // 照合番号B
];

#[test]
fn e14_debug_output_shows_no_pin_and_no_individual_number() {
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    let refused = SoftCard::make(
        MemoryDisk::holding(Vec::new()),
        manufacture(Variant::default()),
        std::sync::Arc::new(shirushi_crypto::SystemRandom),
    );
    let shown = [
        format!("{card:?} {card:#?}"),
        format!("{:?}", manufacture(Variant::default())),
        format!("{refused:?}"),
    ];
    for text in shown {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
            assert!(!text.contains(&as_list(secret)), "{secret} in {text}");
        }
    }
}

#[test]
fn the_file_holds_no_pin_in_any_form_but_its_hash() {
    let (_, disk) = personalised();
    let file = String::from_utf8(disk.bytes()).unwrap();
    for secret in [
        AUTHENTICATION_PIN,
        SIGNATURE_PASSWORD,
        TEXT_PIN,
        "55021720352285",
    ] {
        let hexadecimal = hex::encode(secret);
        assert!(!file.contains(&hexadecimal), "{secret} as hexadecimal");
        assert!(!file.contains(&as_list(secret)), "{secret} as a list");
        assert!(!file.contains(&format!("\"{secret}\"")), "{secret} as text");
    }
    assert!(!file.contains(SIGNATURE_PASSWORD));
    // The card must give this one out, so it has it; but not as twelve digits that a search would find.
    assert!(!file.contains(INDIVIDUAL_NUMBER));
    assert!(file.contains(&hex::encode(INDIVIDUAL_NUMBER)));
}

#[test]
fn equal_pins_have_different_hashes() {
    let (_, one) = blank(Variant::default());
    let (_, other) = blank(Variant::default());
    let tags = |disk: &MemoryDisk| -> Vec<String> {
        let file = String::from_utf8(disk.bytes()).unwrap();
        file.split("\"tag\":\"")
            .skip(1)
            .map(|rest| rest[..64].to_owned())
            .collect()
    };
    let mut all = [tags(&one), tags(&other)].concat();
    let count = all.len();
    assert_eq!(count, 16);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

/// The bytes as Rust and JSON write a list.
fn as_list(secret: &str) -> String {
    let numbers: Vec<String> = secret
        .bytes()
        .map(|b| b.to_string())
        .collect();
    numbers.join(", ")
}
