//! Power fails at any step of any command.
//!
//! What must hold then, whatever subset of the unforced changes is lost:
//! * the file opens;
//! * it is a state the card had been told to take, and not an older one than the last command answered left;
//! * a retry counter is never higher than the tries spent before permit, and the try of the command that was cut counts as
//!   spent once its comparison could have been made;
//! * keys, certificates and PINs are all of one personalisation, and the new one is either whole or not there.

use crate::{
    openssl,
    simulation::{RecordingFolder, Step, images},
    support::*,
};
use shirushi_crypto::SystemRandom;
use shirushi_personalisation::{Kind, TransactionId};
use shirushi_softcard::{Disk, Folder, FolderDisk, SoftCard, Variant};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::Arc,
};

const FILE: &str = "card";

/// A card on a folder that remembers, and where in its steps each VERIFY began and ended.
struct Life {
    folder: RecordingFolder,
    card: SoftCard,
    verifications: Vec<Spent>,
}

/// A VERIFY: its steps, and the tries of the authentication PIN before and after it.
struct Spent {
    first: usize,
    end: usize,
    before: u8,
    after: u8,
}

impl Life {
    fn begin() -> Self {
        let folder = RecordingFolder::default();
        let disk = Arc::new(FolderDisk::new(folder.clone(), FILE));
        let card = SoftCard::make(
            disk,
            manufacture(Variant::default()),
            Arc::new(SystemRandom),
        );
        Self {
            folder,
            card: card.unwrap(),
            verifications: Vec::new(),
        }
    }

    /// VERIFY in the JPKI application, remembered.
    fn verify(&mut self, p2: u8, pin: &str) -> String {
        let before = tries(&mut self.card);
        let first = self.folder.count();
        let answer = verify(&mut self.card, p2, pin);
        let end = self.folder.count();
        let after = tries(&mut self.card);
        self.verifications.push(Spent {
            first,
            end,
            before,
            after,
        });
        answer
    }
}

/// Tries left of the authentication PIN; the JPKI application is selected.
fn tries(card: &mut SoftCard) -> u8 {
    let status = send(card, "00200098");
    u8::from_str_radix(&status[3..], 16).unwrap()
}

fn opened(image: &[u8]) -> SoftCard {
    let card = SoftCard::open(MemoryDisk::holding(image.to_vec()), Arc::new(SystemRandom));
    card.expect("whatever a power cut leaves opens")
}

#[test]
fn a_retry_counter_never_comes_back() {
    let mut life = Life::begin();
    personalise(&mut life.card, &FIRST);
    assert_eq!(send(&mut life.card, SELECT_JPKI), "9000");
    for (pin, answer) in [
        ("9999", "63C2"),
        ("9998", "63C1"),
        (AUTHENTICATION_PIN, "9000"),
        ("9997", "63C2"),
        ("9996", "63C1"),
        ("9995", "63C0"),
        (AUTHENTICATION_PIN, "6984"),
    ] {
        assert_eq!(life.verify(0x98, pin), answer);
    }
    let steps = life.folder.steps();
    for command in &life.verifications {
        let mut seen = BTreeSet::new();
        for cut in command.first..=command.end {
            for image in images(&steps[..cut], FILE) {
                let mut card = opened(&image.expect("the file is there"));
                assert_eq!(send(&mut card, SELECT_JPKI), "9000");
                let left = tries(&mut card);
                if cut == command.end {
                    assert_eq!(left, command.after, "after the answer, step {cut}");
                }
                seen.insert(left);
            }
        }
        // A right PIN too has its try spent before it is compared; nothing else is ever seen.
        let spent = command.before.saturating_sub(1);
        assert_eq!(seen, [command.before, spent, command.after].into());
    }
}

#[test]
fn a_changed_pin_is_the_old_one_or_the_new_one() {
    let mut life = Life::begin();
    personalise(&mut life.card, &FIRST);
    assert_eq!(send(&mut life.card, SELECT_JPKI), "9000");
    assert_eq!(life.verify(0x98, AUTHENTICATION_PIN), "9000");
    let first = life.folder.count();
    assert_eq!(send(&mut life.card, "00240180 04 31323334"), "9000");
    let steps = life.folder.steps();
    let (mut old, mut new) = (0, 0);
    for cut in first..=steps.len() {
        for image in images(&steps[..cut], FILE) {
            let mut card = opened(&image.unwrap());
            assert_eq!(send(&mut card, SELECT_JPKI), "9000");
            let answers = (
                verify(&mut card, 0x98, "1234"),
                verify(&mut card, 0x98, AUTHENTICATION_PIN),
            );
            match (answers.0.as_str(), answers.1.as_str()) {
                ("9000", "63C2") => new += 1,
                ("63C2", "9000") => old += 1,
                other => panic!("{other:?} at step {cut}"),
            }
            if cut == steps.len() {
                assert_eq!(answers.0, "9000", "after the answer");
            }
        }
    }
    assert!(old > 0 && new > 0, "{old} old, {new} new");
}

#[test]
fn keys_certificates_and_pins_are_those_of_one_personalisation() {
    let second = Visit {
        transaction: [0x22; 16],
        kinds: &Kind::ALL,
        signature_password: "SECOND2026",
        authentication_pin: "1357",
    };
    let mut life = Life::begin();
    let blank = life.folder.count();
    let first_written = personalise(&mut life.card, &FIRST);
    let between = life.folder.count();
    let second_written = personalise(&mut life.card, &second);
    let steps = life.folder.steps();

    // Many steps leave the same bytes; each is judged once.
    let mut generations: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for cut in blank..=steps.len() {
        for image in images(&steps[..cut], FILE) {
            let image = image.expect("the file is there");
            let generation = *generations
                .entry(image)
                .or_insert_with_key(|image| {
                    let mut card = opened(image);
                    let completed = open_channel(&mut card).status.completed;
                    let generation = match completed.map(|id| *id.as_bytes()) {
                        None => 0,
                        Some([0x11, ..]) => 1,
                        Some(_) => 2,
                    };
                    match generation {
                        0 => must_be_blank(&mut card),
                        1 => must_be_of(&mut card, &FIRST, &first_written),
                        _ => must_be_of(&mut card, &second, &second_written),
                    }
                    generation
                });
            match cut {
                _ if cut < between => assert!(generation <= 1),
                _ if cut == between => assert_eq!(generation, 1, "after the first activation"),
                _ if cut < steps.len() => assert!(generation >= 1, "it goes back at step {cut}"),
                _ => assert_eq!(generation, 2, "after the second activation"),
            }
        }
    }
    let count = |wanted| {
        generations
            .values()
            .filter(|g| **g == wanted)
            .count()
    };
    assert!(count(0) > 10 && count(1) > 10 && count(2) == 1);
}

fn must_be_blank(card: &mut SoftCard) {
    exchange(
        card,
        &[
            (SELECT_JPKI, "9000"),
            ("00A4020C 02 000A", "6A82"),
            ("00A4020C 02 0001", "6A82"),
            ("00200098", "63C0"),
            ("0020009B", "63C0"),
        ],
    );
}

/// Both PINs open, both certificates are those written, and both keys sign for them.
fn must_be_of(card: &mut SoftCard, visit: &Visit, written: &Written) {
    assert_eq!(send(card, SELECT_JPKI), "9000");
    assert_eq!(verify(card, 0x98, visit.authentication_pin), "9000");
    assert_eq!(verify(card, 0x9B, visit.signature_password), "9000");
    for (kind, certificate) in &written.certificates {
        let (identifier, p2) = match kind {
            Kind::Signature => (0x0001, 0x9A),
            Kind::Authentication => (0x000A, 0x97),
        };
        assert_eq!(&read_certificate(card, identifier), certificate);
        let mut signature = card.answer(&bytes(&format!("802A03{p2:02X} 06 66696C696E67 00")));
        assert_eq!(signature.split_off(256), [0x90, 0x00]);
        assert!(openssl::verifies(certificate, b"filing", &signature, &[]));
    }
    for identifier in [0x0002, 0x000B] {
        let authority = read_certificate(card, identifier);
        assert!(
            written
                .authorities
                .iter()
                .all(|(_, der)| *der == authority)
        );
    }
    let status = open_channel(card).status;
    assert_eq!(
        status.completed,
        Some(TransactionId::new(visit.transaction))
    );
}

#[test]
fn the_making_of_a_card_leaves_a_card_or_nothing() {
    let life = Life::begin();
    let steps = life.folder.steps();
    for cut in 0..=steps.len() {
        for image in images(&steps[..cut], FILE) {
            match image {
                Some(image) => must_be_blank(&mut opened(&image)),
                None => assert!(cut < steps.len(), "it is there when `make` returns"),
            }
        }
    }
}

/// What the simulation is worth: it must see the faults it is there for.
#[test]
fn the_simulation_finds_each_force_that_is_left_out() {
    struct Careless {
        folder: RecordingFolder,
        forces_bytes: bool,
        forces_names: bool,
    }
    impl Disk for Careless {
        fn read(&self) -> io::Result<Option<Vec<u8>>> {
            self.folder.read(FILE)
        }
        fn replace(&self, bytes: &[u8]) -> io::Result<()> {
            self.folder.write("new", bytes)?;
            if self.forces_bytes {
                self.folder.sync("new")?;
            }
            self.folder.rename("new", FILE)?;
            if self.forces_names {
                self.folder.sync_names()?;
            }
            Ok(())
        }
    }
    /// Whether, after two states, every image is the second.
    fn is_safe(steps: &[Step]) -> bool {
        images(steps, FILE) == [Some(b"second".to_vec())].into()
    }
    for (forces_bytes, forces_names) in [(true, true), (true, false), (false, true)] {
        let folder = RecordingFolder::default();
        let disk = Careless {
            folder: folder.clone(),
            forces_bytes,
            forces_names,
        };
        disk.replace(b"first").unwrap();
        disk.replace(b"second").unwrap();
        assert_eq!(is_safe(&folder.steps()), forces_bytes && forces_names);
    }
    let folder = RecordingFolder::default();
    let disk = FolderDisk::new(folder.clone(), FILE);
    disk.replace(b"first").unwrap();
    disk.replace(b"second").unwrap();
    assert!(is_safe(&folder.steps()));
}
