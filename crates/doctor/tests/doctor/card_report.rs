//! The report of a card: what is sent for it, and what stands in it.

use crate::home::{AUTHENTICATION_PIN, Home, INDIVIDUAL_NUMBER, SIGNATURE_PASSWORD, TEXT_PIN};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, CardError, Credential, Pin};
use shirushi_doctor::card_report;
use shirushi_profile::Certificate;
use shirushi_softcard::{Blocked, CardKind, SoftCard, Variant};

/// Where the commands that may be sent are told, between two marks.
const PAGES: [&str; 2] = [
    include_str!("../../../../docs/real-card.md"),
    include_str!("../../../../docs/real-card.ja.md"),
];
/// Files that hold a name, a number, an address or a birth date: application, file.
const PERSONAL: [(u8, u16); 6] = [(8, 1), (8, 2), (2, 1), (2, 2), (2, 3), (2, 5)];

/// A card, and what was sent to it.
struct Wire<'c> {
    card: &'c mut SoftCard,
    sent: Vec<Vec<u8>>,
    /// What it has given out, behind what it was asked for.
    given: Vec<u8>,
}

impl<'c> Wire<'c> {
    fn to(card: &'c mut SoftCard) -> Self {
        Self {
            card,
            sent: Vec::new(),
            given: Vec::new(),
        }
    }
}

impl Transmit for Wire<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.sent.push(command.to_vec());
        let answer = self.card.transmit(command)?;
        if command[1] == 0xB0 {
            self.given
                .extend_from_slice(&answer[..answer.len() - 2]);
        }
        Ok(answer)
    }
}

fn tries(card: &mut SoftCard) -> [u8; 2] {
    let mut card = Card::open(card).unwrap();
    Credential::ALL.map(|credential| card.tries(credential).unwrap())
}

/// The patterns of docs/real-card.md: `..` stands for any byte.
fn allowed(page: &str) -> Vec<String> {
    let (_, rest) = page
        .split_once("<!-- commands -->")
        .unwrap();
    let (list, _) = rest
        .split_once("<!-- /commands -->")
        .unwrap();
    list.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`'))
        .map(|(pattern, _)| pattern.replace(' ', ""))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

fn fits(pattern: &str, command: &[u8]) -> bool {
    let command = hex(command);
    pattern.len() == command.len()
        && pattern
            .chars()
            .zip(command.chars())
            .all(|(wanted, is)| wanted == '.' || wanted == is)
}

/// The bytes of a card's secrets and of its holder, of which none may stand in the report or have been read.
fn personal(home: &Home) -> Vec<Vec<u8>> {
    let mut personal: Vec<Vec<u8>> = [
        "印　花子",
        "花子",
        "東京都",
        "朱肉",
        "19850301",
        "13998",
        INDIVIDUAL_NUMBER,
        // The card's number, and so the token's serial.
        "0000000020610077",
        SIGNATURE_PASSWORD,
        AUTHENTICATION_PIN,
        TEXT_PIN,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for certificate in [&home.signature, &home.authentication] {
        personal.extend(pieces(certificate));
    }
    personal
}

/// A certificate in pieces of eight bytes, but for its first.
fn pieces(certificate: &Certificate) -> Vec<Vec<u8>> {
    certificate
        .der()
        .chunks_exact(8)
        .skip(1)
        // Runs of one byte stand in filler as well.
        .filter(|piece| {
            piece
                .iter()
                .any(|byte| *byte != piece[0])
        })
        .map(<[u8]>::to_vec)
        .collect()
}

fn holds(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn the_report_holds_nothing_personal_and_sends_what_is_written_down() {
    let mut home = Home::new();
    let personal = personal(&home);
    let mut card = std::mem::replace(&mut home.card, crate::home::blank());
    // Some tries are gone, which are to stay so.
    for wrong in ["0000", "0001"] {
        let mut open = Card::open(&mut card).unwrap();
        let pin = Pin::authentication(wrong).unwrap();
        open.verify(Credential::Authentication, &pin)
            .unwrap_err();
    }
    card.power_off();
    card.power_on();
    let before = tries(&mut card);
    assert_eq!(before, [5, 1]);

    let mut wire = Wire::to(&mut card);
    let report = card_report(&mut wire, Some(&[0x3B, 0x88, 0x80]), "shirushi test").unwrap();
    let Wire { sent, given, .. } = wire;
    let differing = report.differing();
    let text = report.text();
    assert_eq!(
        differing, 0,
        "the software card is what it is compared with: {text}"
    );
    for needle in &personal {
        assert!(
            !holds(&given, needle),
            "read: {}",
            String::from_utf8_lossy(needle)
        );
        assert!(
            !holds(text.as_bytes(), needle),
            "told: {}",
            String::from_utf8_lossy(needle)
        );
        let hex = hex(needle);
        assert!(needle.len() < 8 || !text.contains(&hex), "told: {hex}");
    }
    // It tells what it is for.
    for told in [
        "3B8880",
        "JPKIAPICCTOKEN2",
        "00200080 → 63C1",
        "00A4020C020001 → 9000",
        "00B0000004 → 6982",
        // The contact ATR, as the card itself tells it: without its first byte.
        "E000FF8131FE4514",
        "P1=04",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }

    for page in PAGES {
        let allowed = allowed(page);
        assert!(allowed.len() > 5, "{allowed:?}");
        for command in &sent {
            assert!(
                allowed
                    .iter()
                    .any(|pattern| fits(pattern, command)),
                "not in the list: {command:02X?}"
            );
        }
        for pattern in &allowed {
            assert!(
                sent.iter()
                    .any(|command| fits(pattern, command)),
                "never sent: {pattern}"
            );
        }
    }
    nothing_personal_is_read(&sent);
    assert_eq!(tries(&mut card), before);
}

/// Of personal files the SELECT is all there is.
fn nothing_personal_is_read(sent: &[Vec<u8>]) {
    let (mut application, mut file) = (0, 0);
    for command in sent {
        match command.as_slice() {
            [0x00, 0xA4, 0x04, _, _, 0xD3, 0x92, 0x10, .., last] => application = *last,
            [0x00, 0xA4, 0x04, ..] => application = 0,
            [0x00, 0xA4, 0x02, _, _, high, low] => file = u16::from_be_bytes([*high, *low]),
            [0x00, 0xB0, ..] => {
                assert!(
                    !PERSONAL.contains(&(application, file)),
                    "{application} {file}"
                );
            }
            _ => (),
        }
    }
}

#[test]
fn what_is_otherwise_is_marked() {
    let mut home = Home::new();
    let variant = Variant {
        first_command_6f00: true,
        blocked_status: Blocked::Status6983,
        ..Variant::default()
    };
    home.card
        .vary(CardKind::IndividualNumberCard, variant)
        .unwrap();
    home.card.power_off();
    home.card.power_on();
    let report = card_report(&mut home.card, None, "shirushi test").unwrap();
    assert_eq!(report.differing(), 1);
    let text = report.text();
    let marked: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("! "))
        .collect();
    assert_eq!(marked.len(), 1, "{text}");
    assert!(marked[0].ends_with("→ 6F00 (9000)"), "{marked:?}");
}

#[test]
fn another_kind_of_card_is_asked_nothing_further() {
    struct Other(usize);
    impl Transmit for Other {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransmitError> {
            self.0 += 1;
            Ok(vec![0x6A, 0x82])
        }
    }
    let mut other = Other(0);
    let error = card_report(&mut other, None, "shirushi test").err();
    assert!(
        matches!(error, Some(CardError::NoJpkiApplication { .. })),
        "{error:?}"
    );
    assert_eq!(other.0, 1);
}
