//! The card that is meant, among several readers.

use crate::home;
use shirushi_apdu::{JPKI_AID, Transmit, TransmitError, select};
use shirushi_card::{Card, CardError};
use shirushi_client::{FindError, Inside, Looked, Search, find_card};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::InBoth;
use shirushi_softcard::SoftCard;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What is in a reader.
#[derive(Clone)]
enum Slot {
    Card(Arc<Mutex<SoftCard>>),
    /// A card that answers everything with this.
    Answers(&'static [u8]),
    Fails(fn() -> ReaderError),
}

/// Readers, and what passes in them.
struct Desk {
    slots: Vec<Slot>,
    passed: Arc<Mutex<Vec<Passed>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Passed {
    /// A connection to this reader, with this patience.
    Connect(usize, Option<Duration>),
    /// A command to it.
    Command(usize, Vec<u8>),
}

const OTHER: Slot = Slot::Answers(&[0x6A, 0x82]);
const EMPTY: Slot = Slot::Fails(|| ReaderError::NoCard);
const BUSY: Slot = Slot::Fails(|| ReaderError::Busy);
const MUTE: Slot = Slot::Fails(|| ReaderError::Mute);

impl Desk {
    fn with(slots: &[Slot]) -> Self {
        Self {
            slots: slots.to_vec(),
            passed: Arc::default(),
        }
    }

    fn passed(&self) -> Vec<Passed> {
        std::mem::take(&mut self.passed.lock().unwrap())
    }

    fn take(&self, reader: &str, patience: Option<Duration>) -> Result<Connection, ReaderError> {
        let number: usize = reader.parse().unwrap();
        self.passed
            .lock()
            .unwrap()
            .push(Passed::Connect(number, patience));
        match &self.slots[number] {
            Slot::Fails(error) => Err(error()),
            slot => Ok(Box::new(Held {
                number,
                slot: slot.clone(),
                passed: self.passed.clone(),
            })),
        }
    }
}

impl CardSource for Desk {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        let reader = |(number, slot): (usize, &Slot)| Reader {
            id: number.to_string(),
            name: InBoth {
                ja: format!("リーダー{number}"),
                en: format!("Reader {number}"),
            },
            has_card: !matches!(slot, Slot::Fails(error) if matches!(error(), ReaderError::NoCard)),
            changes: 0,
        };
        Ok(self
            .slots
            .iter()
            .enumerate()
            .map(reader)
            .collect())
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        self.take(reader, None)
    }

    fn connect_within(&self, reader: &str, patience: Duration) -> Result<Connection, ReaderError> {
        self.take(reader, Some(patience))
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.readers()
    }
}

struct Held {
    number: usize,
    slot: Slot,
    passed: Arc<Mutex<Vec<Passed>>>,
}

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.passed
            .lock()
            .unwrap()
            .push(Passed::Command(self.number, command.to_vec()));
        match &self.slot {
            Slot::Card(card) => card.lock().unwrap().transmit(command),
            Slot::Answers(answer) => Ok(answer.to_vec()),
            Slot::Fails(_) => Err(TransmitError::CardGone),
        }
    }
}

fn ours() -> Slot {
    Slot::Card(Arc::new(Mutex::new(home::blank())))
}

fn select() -> Vec<u8> {
    select::application(&JPKI_AID).to_bytes()
}

fn insides(looked: &[Looked]) -> Vec<Inside> {
    looked
        .iter()
        .map(|looked| looked.inside)
        .collect()
}

#[test]
fn the_card_is_found_behind_all_that_lies_before_it() {
    for before in [EMPTY, OTHER, MUTE, BUSY, Slot::Answers(&[0x90])] {
        let desk = Desk::with(&[before, ours(), EMPTY]);
        let card = Card::open(find_card(&desk).unwrap()).unwrap();
        assert!(!card.token().serial.is_empty());
        let commands: Vec<_> = desk
            .passed()
            .into_iter()
            .filter_map(|passed| match passed {
                Passed::Command(reader, command) => Some((reader, command)),
                Passed::Connect(..) => None,
            })
            .collect();
        // To the other card one SELECT, and none of it is repeated to ours.
        let selects = |reader| {
            commands
                .iter()
                .filter(|(to, command)| *to == reader && *command == select())
                .count()
        };
        assert!(selects(0) <= 1, "{commands:02X?}");
        assert!(
            commands
                .iter()
                .all(|(to, command)| *to == 1 || *command == select()),
            "{commands:02X?}"
        );
        assert_eq!(selects(1), 1, "{commands:02X?}");
    }
}

#[test]
fn a_card_that_is_selected_is_selected_again_after_another_command() {
    let desk = Desk::with(&[EMPTY, ours()]);
    let mut connection = find_card(&desk).unwrap();
    let other = select::application(&[0xA0, 0, 0, 0, 3]).to_bytes();
    connection.transmit(&other).unwrap();
    connection.transmit(&select()).unwrap();
    connection.transmit(&select()).unwrap();
    let selects = desk
        .passed()
        .into_iter()
        .filter(|passed| *passed == Passed::Command(1, select()))
        .count();
    assert_eq!(selects, 3, "the search, and both that came later");
}

#[test]
fn where_there_is_one_reader_nothing_is_asked_of_its_card() {
    let desk = Desk::with(&[OTHER]);
    drop(find_card(&desk).unwrap());
    assert_eq!(desk.passed(), [Passed::Connect(0, None)]);
    let empty = find_card(&Desk::with(&[EMPTY])).map(drop);
    assert!(matches!(empty, Err(FindError::Reader(ReaderError::NoCard))));
    let none = find_card(&Desk::with(&[])).map(drop);
    assert!(matches!(
        none,
        Err(FindError::Reader(ReaderError::NoReader))
    ));
}

#[test]
fn of_two_cards_that_may_be_meant_neither_is_taken() {
    let desk = Desk::with(&[ours(), OTHER, ours()]);
    let Err(FindError::Several { looked }) = find_card(&desk).map(drop) else {
        panic!("one was taken");
    };
    assert_eq!(
        insides(&looked),
        [Inside::Jpki, Inside::OtherCard, Inside::Jpki]
    );
    assert_eq!(looked[2].words().en, "Reader 2: a card with JPKI");
    let readers = desk.readers().unwrap();
    let search = Search::through(&desk, &readers);
    let (first, _connection) = search.into_first().unwrap();
    assert_eq!(first.id, "0");
}

#[test]
fn without_the_card_it_is_said_what_each_reader_has() {
    let desk = Desk::with(&[MUTE, EMPTY, OTHER, BUSY, Slot::Answers(&[])]);
    let Err(FindError::NoJpki { looked }) = find_card(&desk).map(drop) else {
        panic!("something was found");
    };
    assert_eq!(
        insides(&looked),
        [
            Inside::Mute,
            Inside::Nothing,
            Inside::OtherCard,
            Inside::Busy,
            Inside::Mute
        ]
    );
    assert_eq!(looked[1].words().ja, "リーダー1: カードなし");
    let alone = Desk::with(&[OTHER, EMPTY]);
    assert!(matches!(
        find_card(&alone).map(drop),
        Err(FindError::NoJpki { .. })
    ));
    // Of the only card it is said what is wrong with it.
    for (slot, is_so) in [
        (
            BUSY,
            (|error| matches!(error, FindError::Reader(ReaderError::Busy))) as fn(&_) -> bool,
        ),
        (MUTE, |error| {
            matches!(error, FindError::Reader(ReaderError::Mute))
        }),
        (Slot::Answers(&[]), |error| {
            matches!(error, FindError::Card(CardError::Malformed { .. }))
        }),
    ] {
        let error = find_card(&Desk::with(&[EMPTY, slot]))
            .map(drop)
            .unwrap_err();
        assert!(is_so(&error), "{error:?}");
    }
    let empty = find_card(&Desk::with(&[EMPTY, EMPTY])).map(drop);
    assert!(matches!(empty, Err(FindError::Reader(ReaderError::NoCard))));
}

#[test]
fn a_card_in_use_is_waited_for_only_when_no_other_is_meant() {
    let briefly = Some(Duration::from_secs(1));
    let connects = |slots: &[Slot]| {
        let desk = Desk::with(slots);
        let _ = find_card(&desk).map(drop);
        let mut passed = desk.passed();
        passed.retain(|passed| matches!(passed, Passed::Connect(..)));
        passed
    };
    assert_eq!(
        connects(&[BUSY, ours()]),
        [Passed::Connect(0, briefly), Passed::Connect(1, briefly)]
    );
    assert_eq!(
        connects(&[BUSY, OTHER]),
        [
            Passed::Connect(0, briefly),
            Passed::Connect(1, briefly),
            Passed::Connect(0, None)
        ]
    );
    // The only card is waited for at once.
    assert_eq!(connects(&[EMPTY, BUSY]), [Passed::Connect(1, None)]);
}
