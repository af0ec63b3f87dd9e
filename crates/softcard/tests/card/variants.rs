//! Cards that are not the usual one: other kinds, the next generation, and one that is played for a while.

use crate::{openssl, support::*};
use shirushi_apdu::{Command, select};
use shirushi_crypto::{DigestAlgorithm, SystemRandom};
use shirushi_softcard::{
    Atr, Blocked, CardKind, Generation, Schemes, SoftCard, SoftCardError, Variant,
};
use std::sync::Arc;

fn next() -> Variant {
    Variant {
        generation: Generation::Next,
        ..Variant::default()
    }
}

/// Label and model in EF 0006.
fn token(card: &mut SoftCard) -> (String, String) {
    send(card, SELECT_JPKI);
    let file = bytes(&send(card, "00B08600 A0"));
    let text = |range: std::ops::Range<usize>| {
        String::from_utf8(file[range].to_vec())
            .unwrap()
            .trim_end()
            .to_owned()
    };
    (text(0..32), text(64..80))
}

#[test]
fn each_kind_has_its_label() {
    let (mut card, _) = personalised();
    for (kind, label) in [
        (CardKind::IndividualNumberCard, "JPKIAPICCTOKEN2"),
        (CardKind::ResidentRegisterCard, "JPKIAPICCTOKEN"),
        (CardKind::AndroidToken, "JPKIAPGPSETOKEN"),
    ] {
        card.vary(kind, Variant::default())
            .unwrap();
        assert_eq!(token(&mut card).0, label);
        assert_eq!(card.kind(), kind);
    }
}

#[test]
fn an_androids_certificate_needs_its_pin_and_there_is_no_text() {
    let (mut card, _) = personalised();
    send(&mut card, SELECT_JPKI);
    let certificate = read_certificate(&mut card, 0x000A);
    card.vary(CardKind::AndroidToken, Variant::default())
        .unwrap();
    exchange(
        &mut card,
        &[
            (SELECT_TEXT, "6A82"),
            (SELECT_COMMON, "6A82"),
            (SELECT_BASIC_REGISTER, "6A82"),
            (SELECT_JPKI, "9000"),
            ("00B08A00 04", "6982"), // certificate
            ("00B08100 04", "6982"),
        ],
    );
    // Its authority's is free.
    assert!(!read_certificate(&mut card, 0x000B).is_empty());
    // The other PIN does not open it.
    assert_eq!(verify(&mut card, 0x9B, SIGNATURE_PASSWORD), "9000");
    assert_eq!(send(&mut card, "00B08A00 04"), "6982");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "9000");
    assert_eq!(read_certificate(&mut card, 0x000A), certificate);
}

#[test]
fn the_next_generation_signs_sha384_digests_on_p384() {
    const MESSAGE: &[u8] = b"an invented filing";
    let mut card = personalised_as(next());
    assert_eq!(token(&mut card).1, "SOFTCARD NEXT?");
    let digest = DigestAlgorithm::Sha384.digest(MESSAGE);
    for (pin, key, identifier) in [(0x98, 0x97, 0x000A), (0x9B, 0x9A, 0x0001)] {
        send(&mut card, SELECT_JPKI);
        let sign = |p1, data: &[u8], le: usize| {
            Command::new(0x80, 0x2A, p1, key)
                .data(data)
                .ne(le)
                .to_bytes()
        };
        assert_eq!(card.answer(&sign(0, &digest, 256)), [0x69, 0x82]);
        let value = match pin {
            0x98 => AUTHENTICATION_PIN,
            _ => SIGNATURE_PASSWORD,
        };
        assert_eq!(verify(&mut card, pin, value), "9000");
        let mut signature = card.answer(&sign(0, &digest, 256));
        assert_eq!(signature.split_off(signature.len() - 2), [0x90, 0x00]);
        let certificate = read_certificate(&mut card, identifier);
        let sha384 = &["-sha384"];
        assert!(openssl::verifies(&certificate, MESSAGE, &signature, sha384));
        assert!(!openssl::verifies(
            &certificate,
            b"another",
            &signature,
            sha384
        ));
        // Room for the longest signature is enough, less is not, whatever this one's length.
        assert!(
            card.answer(&sign(0, &digest, 104))
                .ends_with(&[0x90, 0x00])
        );
        assert_eq!(card.answer(&sign(0, &digest, 103)), [0x67, 0x00]);
        // No other length, and no scheme of RSA.
        assert_eq!(card.answer(&sign(0, &digest[1..], 256)), [0x69, 0x85]);
        assert_eq!(card.answer(&sign(0, &[0x30; 67], 256)), [0x69, 0x85]);
        for p1 in 1..=5 {
            assert_eq!(card.answer(&sign(p1, &digest, 256)), [0x6A, 0x86]);
        }
    }
}

#[test]
fn keys_stay_what_they_are_when_the_generation_changes() {
    let (mut card, _) = personalised();
    card.vary(CardKind::IndividualNumberCard, next())
        .unwrap();
    send(&mut card, SELECT_JPKI);
    verify(&mut card, 0x98, AUTHENTICATION_PIN);
    assert_eq!(send(&mut card, "802A0097 05 3031323334 00").len(), 516);
}

#[test]
fn what_is_played_is_not_written() {
    let (mut card, disk) = personalised();
    let played = Variant {
        blocked_status: Blocked::Status6983,
        atr: Atr::Contactless,
        ..next()
    };
    send(&mut card, SELECT_JPKI);
    verify(&mut card, 0x98, AUTHENTICATION_PIN);
    card.vary(CardKind::AndroidToken, played.clone())
        .unwrap();
    assert_eq!(card.variant(), &played);
    assert_eq!(card.atr(), Atr::Contactless.bytes());
    // Power was cut.
    send(&mut card, SELECT_JPKI);
    assert_eq!(send(&mut card, "802A0097 05 3031323334 00"), "6982");
    for left in ["63C2", "63C1", "63C0", "6983"] {
        assert_eq!(verify(&mut card, 0x98, "9999"), left);
    }
    // Played again, differently: the disk still has what was made.
    card.vary(CardKind::ResidentRegisterCard, Variant::default())
        .unwrap();
    send(&mut card, SELECT_JPKI);
    assert_eq!(verify(&mut card, 0x98, "9999"), "6984");
    assert_eq!(verify(&mut card, 0x9B, "WRONG123"), "63C4");
    let mut again = open(&disk);
    assert_eq!(again.kind(), CardKind::IndividualNumberCard);
    assert_eq!(again.variant(), &Variant::default());
    send(&mut again, SELECT_JPKI);
    assert_eq!(send(&mut again, "00200098"), "63C0");
    assert_eq!(send(&mut again, "0020009B"), "63C4");

    let too_much = Variant {
        filler: 4097,
        ..Variant::default()
    };
    assert!(matches!(
        again.vary(CardKind::IndividualNumberCard, too_much.clone()),
        Err(SoftCardError::Filler { .. })
    ));
    assert!(matches!(
        again.settle(CardKind::IndividualNumberCard, too_much),
        Err(SoftCardError::Filler { .. })
    ));
}

#[test]
fn what_is_settled_is_written_or_nothing_is() {
    let (mut card, disk) = personalised();
    card.vary(CardKind::ResidentRegisterCard, Variant::default())
        .unwrap();
    disk.fail_at(0);
    assert!(matches!(
        card.settle(CardKind::AndroidToken, next()),
        Err(SoftCardError::Write { .. })
    ));
    assert_eq!(card.kind(), CardKind::ResidentRegisterCard);
    assert_eq!(open(&disk).kind(), CardKind::IndividualNumberCard);
    card.settle(CardKind::AndroidToken, next())
        .unwrap();
    let again = open(&disk);
    assert_eq!(
        (again.kind(), again.variant()),
        (CardKind::AndroidToken, &next())
    );
    // What is written later is of the settled card.
    send(&mut card, SELECT_JPKI);
    verify(&mut card, 0x98, "9999");
    assert_eq!(open(&disk).kind(), CardKind::AndroidToken);
}

#[test]
fn a_card_that_is_looked_at_shows_what_it_has_and_takes_nothing() {
    let (_, disk) = personalised();
    let mut card = SoftCard::look(disk.bytes(), Arc::new(SystemRandom)).unwrap();
    send(&mut card, SELECT_JPKI);
    assert_eq!(send(&mut card, "00B08800 03"), "8F8F009000");
    assert_eq!(verify(&mut card, 0x98, AUTHENTICATION_PIN), "6581");
    assert_eq!(send(&mut card, "00200098"), "63C3");
    assert!(SoftCard::look(b"no card".to_vec(), Arc::new(SystemRandom)).is_err());
}

#[test]
fn a_file_from_before_there_were_generations_opens() {
    let (_, disk) = blank(Variant::default());
    let file = String::from_utf8(disk.bytes()).unwrap();
    assert!(
        !file.contains("generation"),
        "today's card is written as it was"
    );
    let old = include_bytes!("fixtures/before-generations.card");
    let disk = MemoryDisk::holding(old.to_vec());
    let mut card = SoftCard::open(disk, Arc::new(SystemRandom)).unwrap();
    assert_eq!(card.variant().generation, Generation::Current);
    let select = select::application(&shirushi_apdu::JPKI_AID);
    assert_eq!(card.answer(&select.to_bytes()), [0x90, 0x00]);
}

#[test]
fn a_card_may_have_no_scheme_but_the_first() {
    let padded = Variant {
        schemes: Schemes::Padded,
        ..Variant::default()
    };
    let (mut card, _) = personalised();
    card.vary(CardKind::IndividualNumberCard, padded)
        .unwrap();
    send(&mut card, SELECT_JPKI);
    assert_eq!(send(&mut card, "00200098 04 34383239"), "9000");
    let digest = "00".repeat(32);
    for p1 in 1..=5 {
        let sign = format!("802A{p1:02X}97 20 {digest} 00");
        assert_eq!(send(&mut card, &sign), "6A86");
    }
    let signed = send(&mut card, &format!("802A0097 20 {digest} 00"));
    assert!(signed.ends_with("9000"), "{signed}");
}
