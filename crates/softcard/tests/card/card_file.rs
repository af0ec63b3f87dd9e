//! A card's file as a reader.

use crate::support::*;
use shirushi_apdu::{Transmit as _, TransmitError};
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource as _, ReaderError};
use shirushi_softcard::{CardFile, SoftCard, SoftCardError, Variant};
use std::{path::Path, sync::Arc, thread, time::Duration};

fn make(path: &Path) {
    let made = SoftCard::create_file(
        path,
        manufacture(Variant::default()),
        Arc::new(SystemRandom),
    );
    drop(made.unwrap());
}

#[test]
fn the_card_is_in_the_reader_while_the_file_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hanako.card");
    let source = CardFile::new(&path, Arc::new(SystemRandom));
    let empty = source.readers().unwrap();
    assert_eq!(empty.len(), 1);
    assert!(!empty[0].has_card);
    assert!(empty[0].name.en.contains("hanako.card"));
    assert!(matches!(
        source.connect_first().err(),
        Some(ReaderError::NoCard)
    ));
    assert!(matches!(
        source.connect(&empty[0].id).err(),
        Some(ReaderError::NoCard)
    ));
    assert!(matches!(
        source.connect("another").err(),
        Some(ReaderError::NoReader)
    ));
    // A look at it is no card either.
    assert_eq!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .count(),
        0
    );

    let full = thread::scope(|scope| {
        let waiting = scope.spawn(|| source.wait(&empty, Duration::from_secs(20)));
        make(&path);
        waiting.join().unwrap().unwrap()
    });
    assert!(full[0].has_card);
    assert_ne!(full[0].changes, empty[0].changes);
    // Nothing changes: it is told when patience ends.
    let same = source
        .wait(&full, Duration::from_millis(60))
        .unwrap();
    assert_eq!(same, full);

    let mut card = source.connect_first().unwrap();
    assert_eq!(
        card.transmit(&bytes(SELECT_TEXT))
            .unwrap(),
        [0x90, 0x00]
    );
    // Taken out, with a try spent before: it is not put back by writing.
    std::fs::remove_file(&path).unwrap();
    let wrong = bytes("00200091 04 30303030");
    assert!(matches!(
        card.transmit(&wrong),
        Err(TransmitError::CardGone)
    ));
    assert!(!path.exists());
    assert!(!source.readers().unwrap()[0].has_card);
    // And stays gone for this connection when another one comes.
    make(&path);
    assert!(matches!(
        card.transmit(&wrong),
        Err(TransmitError::CardGone)
    ));
}

#[test]
fn a_card_is_one_connections_at_a_time_and_forgets_its_pin_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    make(&path);
    let source = CardFile::new(&path, Arc::new(SystemRandom));
    let right = bytes("00200091 04 37373133");
    let read = bytes("00B08100 00");
    let mut first = source.connect_first().unwrap();
    first
        .transmit(&bytes(SELECT_TEXT))
        .unwrap();
    assert_eq!(first.transmit(&right).unwrap(), [0x90, 0x00]);
    assert!(
        first
            .transmit(&read)
            .unwrap()
            .ends_with(&[0x90, 0x00])
    );
    assert!(matches!(
        source.connect_first().err(),
        Some(ReaderError::Busy)
    ));
    drop(first);
    let mut second = source.connect_first().unwrap();
    second
        .transmit(&bytes(SELECT_TEXT))
        .unwrap();
    assert_eq!(second.transmit(&read).unwrap(), [0x69, 0x82]);
    drop(second);

    // Who holds it is waited for a little.
    let holder = loop {
        match SoftCard::open_file(&path, Arc::new(SystemRandom)) {
            // A child that another test begins holds the lock too, until its own program runs.
            Err(SoftCardError::InUse) => thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    thread::scope(|scope| {
        let waiting = scope.spawn(|| source.connect_first().map(drop));
        drop(holder);
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn a_file_that_is_no_card_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    std::fs::write(&path, "not a card\n").unwrap();
    let source = CardFile::new(&path, Arc::new(SystemRandom));
    let Some(ReaderError::Transmit(TransmitError::Other { source: fault })) =
        source.connect_first().err()
    else {
        panic!("the fault of the file is told");
    };
    assert!(
        fault
            .to_string()
            .contains("no card's file"),
        "{fault}"
    );
}
