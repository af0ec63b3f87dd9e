//! Ten thousand commands that are almost right.
//!
//! * No command makes the card panic; each is answered with two bytes at least.
//! * The tries left of a PIN grow by the right PIN only.
//! * Nothing but a right PIN opens a key or the signature certificate.

use crate::support::*;
use shirushi_apdu::Command;
use shirushi_softcard::SoftCard;
use std::{collections::BTreeMap, sync::Arc};

const COMMANDS: usize = 10_000;
/// Commands to one card before a fresh one comes, so that not all of them meet blocked PINs.
const TO_ONE_CARD: usize = 250;

/// What a correct client sends, by application; every command of the card is among it.
const SEEDS: [(&str, &[&str]); 5] = [
    (
        SELECT_JPKI,
        &[
            SELECT_JPKI,
            "00A4020C 02 0001",
            "00A4020C 02 0006",
            "00A4020C 02 000A",
            "00A4020C 02 0017",
            "00A4020C 02 0018",
            "00A4020C 02 001A",
            "00A4020C 02 001B",
            "00200080",
            "00200080 00",
            "00200080 04 34383239",
            "00200098 04 34383239",
            "00200098 04 39393939",
            "0020009B 0A 53484952555348493751",
            "0020009B 06 414141414141",
            "00240180 04 34383239",
            "00240198 04 30313233",
            "00B00000 00",
            "00B00000 04",
            "00B00100 000400",
            "00B08A00 10",
            "802A0097 01 AA 00",
            "802A009A 01 AA 00",
            "802A0297 20 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 00",
            "80240098 04 31323334",
            "00840000 0A",
        ],
    ),
    (
        SELECT_TEXT,
        &[
            SELECT_TEXT,
            "00A4020C 02 0001",
            "00A4020C 02 0002",
            "00200091 04 37373133",
            "00200091 04 39393939",
            "00200094 04 39393939",
            "00240191 04 37373133",
            "00B00000 00",
            "00B08500 000000",
        ],
    ),
    (
        SELECT_COMMON,
        &[
            "00B2010C 00",
            "00B20115 00",
            "0020009C 04 37373133",
            "8032009C 04 31323334",
        ],
    ),
    (
        SELECT_BASIC_REGISTER,
        &["00B20114 00", "0020009C 04 39393939"],
    ),
    (
        SELECT_ISSUER,
        &[
            "00CA5F51 00",
            "80500000 08 0001020304050607 00",
            "84820000 10 00010203040506070001020304050607",
            "84F20000 08 0001020304050607 00",
        ],
    ),
];

/// PINs by what their queries are called: application, P2.
const PINS: [(&str, u8); 7] = [
    (SELECT_JPKI, 0x98),
    (SELECT_JPKI, 0x9B),
    (SELECT_TEXT, 0x91),
    (SELECT_TEXT, 0x94),
    (SELECT_TEXT, 0x95),
    (SELECT_COMMON, 0x9C),
    (SELECT_BASIC_REGISTER, 0x9C),
];

/// A generator of the same numbers in every run (xorshift, 64 bits).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// A command that is almost one of the table, and its application: most often the JPKI application, where the table is longest.
fn near_miss(numbers: &mut Numbers) -> (&'static str, Vec<u8>) {
    let (application, seeds) = match numbers.below(2) {
        0 => SEEDS[0],
        _ => SEEDS[numbers.below(SEEDS.len())],
    };
    let seed = seeds[numbers.below(seeds.len())];
    (application, mutate(&bytes(seed), numbers))
}

/// Changes one thing, knowing what an APDU is made of; often leaves the lengths right.
fn mutate(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut command = seed.to_vec();
    match numbers.below(16) {
        0 => command[0] = [0x00, 0x80, 0x84, 0x08, 0x0C, 0x01, 0x10, 0xFF][numbers.below(8)],
        1 => command[1] = numbers.byte(),
        2 => command[2] = numbers.byte(),
        3 => command[3] = numbers.byte(),
        4 => command[3] ^= 1 << numbers.below(8),
        5 if command.len() > 5 => {
            let at = 5 + numbers.below(command.len() - 5);
            command[at] = numbers.byte();
        }
        6 => {
            // Other data of a right length, short or extended.
            let length = [1, 4, 6, 16, 17, 32, 245, 246, 255, 256, 300][numbers.below(11)];
            command.truncate(4);
            match u8::try_from(length) {
                Ok(length) => command.push(length),
                Err(_) => command.extend_from_slice(&[0, 1, (length - 256) as u8]),
            }
            command.extend((0..length).map(|_| b'0' + numbers.byte() % 10));
        }
        7 => {
            command.truncate(4);
            match numbers.below(3) {
                0 => {}
                1 => command.push(numbers.byte()),
                _ => command.extend_from_slice(&[0, numbers.byte(), numbers.byte()]),
            }
        }
        8 => command.truncate(numbers.below(command.len() + 1)),
        9 => command.push(numbers.byte()),
        10 => {
            let at = numbers.below(command.len());
            command.insert(at, numbers.byte());
        }
        _ => {} // as it is: sequences of right commands matter too
    }
    command
}

/// Tries left of every PIN, as a card that is opened on the same disk tells them.
fn all_tries(disk: &Arc<MemoryDisk>) -> [u8; 7] {
    let mut card = open(disk);
    PINS.map(|(application, p2)| {
        assert_eq!(send(&mut card, application), "9000");
        let status = send(&mut card, &format!("002000{p2:02X}"));
        u8::from_str_radix(&status[3..], 16).unwrap()
    })
}

#[test]
fn ten_thousand_mutated_commands_neither_break_nor_open_the_card() {
    let mut numbers = Numbers(0x5EED_0000_0000_0001);
    let mut parsed = 0;
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut sent = 0;
    while sent < COMMANDS {
        let (mut card, disk) = personalised();
        let mut tries = all_tries(&disk);
        let mut written = disk.replaced();
        let mut right = vec![
            AUTHENTICATION_PIN.as_bytes().to_vec(),
            SIGNATURE_PASSWORD.as_bytes().to_vec(),
            TEXT_PIN.as_bytes().to_vec(),
        ];
        let mut opened = false;
        for _ in 0..TO_ONE_CARD {
            let (application, command) = near_miss(&mut numbers);
            if numbers.below(4) == 0 {
                assert_eq!(send(&mut card, application), "9000");
            }
            sent += 1;
            let answer = card.answer(&command);
            assert!(answer.len() >= 2, "{command:02X?}");
            let status = hex::encode_upper(&answer[answer.len() - 2..]);
            let is_ok = status == "9000";
            *answers.entry(status).or_default() += 1;
            let Ok(command) = Command::parse(&command) else {
                assert_eq!(answer, [0x67, 0x00]);
                continue;
            };
            parsed += 1;
            let header = (command.class, command.instruction);
            let is_right = header == (0x00, 0x20) && is_ok && right.contains(&command.data);
            opened |= is_right;
            if header == (0x80, 0x2A) && is_ok {
                assert!(opened, "signed without a PIN: {command:?}");
            }
            if matches!(header, (0x00, 0x24) | (0x80, 0x32)) && is_ok {
                right.push(command.data.clone());
            }
            if disk.replaced() != written {
                written = disk.replaced();
                let now = all_tries(&disk);
                for (before, after) in tries.iter().zip(&now) {
                    assert!(
                        after <= before || is_right,
                        "{command:?}: {tries:?} to {now:?}"
                    );
                }
                tries = now;
            }
        }
    }
    assert!(
        parsed * 10 >= sent * 3,
        "{parsed} of {sent} passed the outer parse"
    );
    // The mutations reach what they are for.
    for status in [
        "9000", "63C2", "6982", "6984", "6985", "6986", "6A82", "6A86", "6B00", "6D00",
    ] {
        assert!(answers.contains_key(status), "{status} never: {answers:?}");
    }
    let (mut card, _) = personalised();
    assert_eq!(send(&mut card, SELECT_JPKI), "9000");
    must_stay_shut(&mut card, &mut numbers);
}

/// Without any VERIFY, no mutation reads the signature certificate or signs.
fn must_stay_shut(card: &mut SoftCard, numbers: &mut Numbers) {
    for _ in 0..2_000 {
        let (_, command) = near_miss(numbers);
        if command.get(1) == Some(&0x20) {
            continue;
        }
        let answer = card.answer(&command);
        assert!(answer.len() != 258 || command[1] != 0x2A, "{command:02X?}");
        assert_eq!(send(card, SELECT_JPKI), "9000");
        assert_eq!(send(card, "00B08100 04"), "6982");
    }
}
