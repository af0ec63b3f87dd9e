//! Several sources of cards as one.

#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError, Several};
use shirushi_rules::InBoth;
use std::{
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

/// A source with one reader, whose card answers the source's name.
#[derive(Default)]
struct One {
    name: &'static str,
    has_card: Mutex<bool>,
    changed: Condvar,
}

struct Card(&'static str);

impl Transmit for Card {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransmitError> {
        Ok(self.0.into())
    }
}

impl One {
    fn new(name: &'static str, has_card: bool) -> Arc<Self> {
        Arc::new(Self {
            name,
            has_card: Mutex::new(has_card),
            changed: Condvar::new(),
        })
    }

    fn insert(&self) {
        *self.has_card.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn told(has_card: bool) -> Vec<Reader> {
        vec![Reader {
            id: "reader".to_owned(),
            name: InBoth {
                ja: "リーダー".to_owned(),
                en: "Reader".to_owned(),
            },
            has_card,
            changes: u64::from(has_card),
        }]
    }
}

impl CardSource for One {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(Self::told(*self.has_card.lock().unwrap()))
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        assert_eq!(reader, "reader");
        Ok(Box::new(Card(self.name)))
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let has_card = self.has_card.lock().unwrap();
        let (has_card, _) = self
            .changed
            .wait_timeout_while(has_card, patience, |has_card| {
                Self::told(*has_card) == known
            })
            .unwrap();
        Ok(Self::told(*has_card))
    }
}

/// A machine without PC/SC.
struct None;

impl CardSource for None {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn connect(&self, _: &str) -> Result<Connection, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }
}

fn answer(mut connection: Connection) -> String {
    String::from_utf8(connection.transmit(&[]).unwrap()).unwrap()
}

#[test]
fn the_first_source_with_a_card_comes_first_and_names_do_not_clash() {
    let (first, second) = (One::new("first", false), One::new("second", true));
    let several = Several::new(vec![first.clone(), second]);
    let readers = several.readers().unwrap();
    assert_eq!(readers.len(), 2);
    assert_ne!(readers[0].id, readers[1].id);
    assert_eq!(answer(several.connect_first().unwrap()), "second");
    first.insert();
    assert_eq!(answer(several.connect_first().unwrap()), "first");
    assert_eq!(answer(several.connect(&readers[1].id).unwrap()), "second");
    for stranger in ["reader", "2/reader", "x/reader"] {
        assert!(matches!(
            several.connect(stranger),
            Err(ReaderError::NoReader)
        ));
    }
}

#[test]
fn a_source_that_fails_hides_no_other() {
    let several = Several::new(vec![Arc::new(None), One::new("second", true)]);
    assert_eq!(answer(several.connect_first().unwrap()), "second");
    let alone = Several::new(vec![Arc::new(None)]);
    assert!(matches!(alone.readers(), Err(ReaderError::NoService)));
    assert!(matches!(
        Several::new(vec![]).connect_first(),
        Err(ReaderError::NoReader)
    ));
}

#[test]
fn waiting_ends_with_a_change_in_any_source_or_when_time_is_up() {
    let (first, second) = (One::new("first", false), One::new("second", false));
    let several = Several::new(vec![first, Arc::new(None), second.clone()]);
    let known = several.readers().unwrap();
    let begin = Instant::now();
    assert_eq!(
        several
            .wait(&known, Duration::from_millis(300))
            .unwrap(),
        known
    );
    assert!(begin.elapsed() >= Duration::from_millis(300));
    let waiting = std::thread::spawn(move || {
        several
            .wait(&known, Duration::from_secs(30))
            .unwrap()
    });
    second.insert();
    let now = waiting.join().unwrap();
    assert!(now.iter().any(|reader| reader.has_card), "{now:?}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}
