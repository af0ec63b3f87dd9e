//! Sequences of commands to a personalised software card (`shirushi_softcard`).

use shirushi_apdu::{JPKI_AID, select};
use shirushi_card::{Card, Credential};
use shirushi_crypto::Random;
use shirushi_softcard::{Disk, SoftCard};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

/// An invented card with both certificates, and no PIN entered wrongly.
const CARD: &[u8] = include_bytes!("../../../fuzz/fixtures/card");
/// Its PINs. Who sends one may use the card.
const PINS: [&[u8]; 4] = [b"4829", b"SHIRUSHI7Q", b"7713", b"123456789013"];
/// Most commands of one input.
const MOST: usize = 64;

/// However commands follow each other, each is answered with two bytes at least; the card's file is whole at the end; and no try of a
/// PIN comes back to who does not know it.
pub fn check(bytes: &[u8]) {
    let disk = Arc::new(MemoryDisk(Mutex::new(CARD.to_vec())));
    let mut card = open(disk.clone());
    let before = tries(&mut card);
    card.reset();
    let mut is_known = false;
    for command in commands(bytes).take(MOST) {
        if command.is_empty() {
            card.reset();
            continue;
        }
        is_known |= PINS.iter().any(|pin| {
            command
                .windows(pin.len())
                .any(|part| part == *pin)
        });
        let answer = card.answer(command);
        assert!(answer.len() >= 2, "{} bytes", answer.len());
    }
    // After a power cut, from its file.
    let after = tries(&mut open(disk));
    for (before, after) in before.into_iter().zip(after) {
        assert!(
            is_known || after <= before,
            "{after} tries, {before} before"
        );
    }
}

/// Each begins with its length; `FF` says that two bytes of length follow. An empty one stands for a reset.
fn commands(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = match bytes {
            [0xFF, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [length, rest @ ..] => (usize::from(*length), rest),
            [] => return None,
        };
        let (command, rest) = rest.split_at(length.min(rest.len()));
        bytes = rest;
        Some(command)
    })
}

fn open(disk: Arc<MemoryDisk>) -> SoftCard {
    SoftCard::open(disk, Arc::new(Counting(AtomicU8::new(0))))
        .unwrap_or_else(|error| panic!("the card's file is damaged: {error}"))
}

fn tries(card: &mut SoftCard) -> [u8; 2] {
    card.reset();
    // A card may swallow the first command after a reset.
    card.answer(&select::application(&JPKI_AID).to_bytes());
    let mut opened = Card::open(&mut *card).unwrap_or_else(|error| panic!("{error}"));
    [Credential::Signature, Credential::Authentication].map(|credential| {
        opened
            .tries(credential)
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

/// A card's memory without a file.
struct MemoryDisk(Mutex<Vec<u8>>);

impl Disk for MemoryDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let bytes = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Some(bytes.clone()))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}

/// The same bytes in every run.
#[derive(Debug)]
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}
