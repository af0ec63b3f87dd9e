//! A card, and what it must be like after everything that happened to it.

use crate::{
    citizen::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD},
    city::city,
    draws::Draws,
};
use shirushi_apdu::{Command, JPKI_AID, TEXT_AID, select};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{Disk, SoftCard};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// Which PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Authentication,
    Signature,
    Text,
}

impl Which {
    pub(crate) const ALL: [Self; 3] = [Self::Authentication, Self::Signature, Self::Text];

    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Authentication => "auth",
            Self::Signature => "sign",
            Self::Text => "text",
        }
    }

    fn most(self) -> u8 {
        match self {
            Self::Signature => 5,
            _ => 3,
        }
    }
}

/// What the card should hold of a PIN.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) value: String,
    pub(crate) tries: u8,
}

/// A card's file with its model.
#[derive(Debug)]
pub(crate) struct Modelled {
    pub(crate) path: PathBuf,
    held: [Held; 3],
}

impl Modelled {
    /// A fresh copy of the card of 印　太郎.
    pub(crate) fn new(path: PathBuf) -> Self {
        fs::copy(city().card(), &path).unwrap();
        let held = |which: Which, value: &str| Held {
            value: value.to_owned(),
            tries: which.most(),
        };
        Self {
            path,
            held: [
                held(Which::Authentication, AUTHENTICATION_PIN),
                held(Which::Signature, SIGNATURE_PASSWORD),
                held(Which::Text, "1234"),
            ],
        }
    }

    /// A copy of which somebody has spent some tries, or all.
    pub(crate) fn worn(path: PathBuf, draws: &mut Draws) -> Self {
        let mut card = Self::new(path);
        let mut reading = Reading::of(&card.path);
        for which in Which::ALL {
            if !draws.once_in(3) {
                continue;
            }
            let wrong = match which {
                Which::Signature => "WR0NGWR0NG",
                _ => "0000",
            };
            for _ in 0..=draws.below(usize::from(which.most())) {
                reading.verify(which, wrong.as_bytes());
                card.present(which, wrong);
            }
        }
        fs::write(&card.path, reading.bytes()).unwrap();
        card
    }

    /// The card's number.
    pub(crate) fn number(&self) -> String {
        Reading::of(&self.path)
            .0
            .card_number()
            .to_owned()
    }

    pub(crate) fn held(&self, which: Which) -> &Held {
        &self.held[which as usize]
    }

    /// The model: `typed` is presented to the card, which counts.
    pub(crate) fn present(&mut self, which: Which, typed: &str) -> bool {
        let held = &mut self.held[which as usize];
        if held.tries == 0 {
            return false;
        }
        // No value has small letters.
        let is_right = held.value == typed.to_ascii_uppercase();
        held.tries = if is_right {
            which.most()
        } else {
            held.tries - 1
        };
        is_right
    }

    /// The model: another value is set.
    pub(crate) fn set(&mut self, which: Which, value: &str) {
        self.held[which as usize].value = value.to_ascii_uppercase();
    }

    /// The file against the model: tries, and the PIN itself where there is a try for it.
    pub(crate) fn require_as_modelled(&self, story: &str) {
        let mut card = Reading::of(&self.path);
        for which in Which::ALL {
            let held = self.held(which);
            assert_eq!(card.tries(which), held.tries, "{which:?} after {story}");
            if held.tries > 0 {
                let is_right = card.verify(which, held.value.as_bytes());
                assert_eq!(
                    is_right,
                    [0x90, 0x00],
                    "{which:?} is not {} after {story}",
                    held.value
                );
            }
        }
    }
}

/// A copy in memory, so that looking changes nothing.
struct Reading(SoftCard, Arc<Memory>);

struct Memory(Mutex<Vec<u8>>);

impl Disk for Memory {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(self.0.lock().unwrap().clone()))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        bytes.clone_into(&mut self.0.lock().unwrap());
        Ok(())
    }
}

impl Reading {
    fn of(path: &Path) -> Self {
        let memory = Arc::new(Memory(Mutex::new(fs::read(path).unwrap())));
        let disk: Arc<dyn Disk> = memory.clone();
        let mut card = SoftCard::open(disk, Arc::new(SystemRandom)).unwrap();
        card.power_on();
        Self(card, memory)
    }

    fn bytes(&self) -> Vec<u8> {
        self.1.0.lock().unwrap().clone()
    }

    fn tries(&mut self, which: Which) -> u8 {
        match self.verify(which, b"")[..] {
            [0x63, counted] => counted & 0x0F,
            ref other => panic!("{other:x?}"),
        }
    }

    fn verify(&mut self, which: Which, pin: &[u8]) -> Vec<u8> {
        let (application, file) = match which {
            Which::Authentication => (JPKI_AID, [0x00, 0x18]),
            Which::Signature => (JPKI_AID, [0x00, 0x1B]),
            Which::Text => (TEXT_AID, [0x00, 0x11]),
        };
        self.0
            .answer(&select::application(&application).to_bytes());
        self.0.answer(
            &Command::new(0x00, 0xA4, 0x02, 0x0C)
                .data(file)
                .to_bytes(),
        );
        self.0.answer(
            &Command::new(0x00, 0x20, 0x00, 0x80)
                .data(pin)
                .to_bytes(),
        )
    }
}
