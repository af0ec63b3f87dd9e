//! A software card's file (`shirushi_softcard::SoftCard::look`).

use shirushi_apdu::{Command, ISSUER_AID, JPKI_AID, TEXT_AID, select};
use shirushi_crypto::{SystemRandom, sha256};
use shirushi_softcard::SoftCard;
use std::sync::Arc;

/// What a file begins with; the SHA-256 of the rest and a line end follow.
const HEAD: &str = "shirushi-softcard 1 ";

/// A file is a card or is refused, with a right checksum as without; a card answers, whatever stands in its file.
pub fn check(bytes: &[u8]) {
    look(bytes.to_vec());
    // The checksum finds accidents: who writes a file writes the checksum too.
    let json = bytes
        .strip_suffix(b"\n")
        .unwrap_or(bytes);
    let digest = sha256(json)
        .map(|byte| format!("{byte:02x}"))
        .concat();
    look([HEAD.as_bytes(), digest.as_bytes(), b"\n", json, b"\n"].concat());
}

fn look(file: Vec<u8>) {
    let Ok(mut card) = SoftCard::look(file, Arc::new(SystemRandom)) else {
        return;
    };
    assert_eq!(card.card_number().len(), 16);
    assert!(!card.atr().is_empty());
    for aid in [&JPKI_AID[..], &TEXT_AID, &ISSUER_AID] {
        answered(&mut card, &select::application(aid));
        for file in 0x00..=0x1F {
            let mut select = Command::new(0x00, 0xA4, 0x02, 0x0C);
            select.data = vec![0x00, file];
            answered(&mut card, &select);
            answered(&mut card, &Command::new(0x00, 0xB0, 0x00, 0x00).ne(256));
            answered(&mut card, &Command::new(0x00, 0x20, 0x00, 0x80));
            answered(
                &mut card,
                &Command::new(0x00, 0x20, 0x00, 0x80).data(*b"0000"),
            );
        }
        answered(
            &mut card,
            &Command::new(0x80, 0x2A, 0x00, 0x80)
                .data([0; 51])
                .ne(256),
        );
        answered(&mut card, &Command::new(0x00, 0xCA, 0x5F, 0x51).ne(256));
    }
}

fn answered(card: &mut SoftCard, command: &Command) {
    assert!(card.answer(&command.to_bytes()).len() >= 2);
}
