//! C_WaitForSlotEvent.

use crate::{
    bench::{AUTH, Bench, SIGN},
    cards::FIRST,
    tray::Tray,
};
use shirushi_pkcs11::{Fault, Module, Settings, Tokens};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

#[test]
fn what_has_happened_is_told_once_for_each_slot() {
    let bench = Bench::new();
    let poll = || bench.module.wait_for_slot_event(false);
    assert_eq!(poll(), Err(Fault::NoEvent), "the card was there before");
    bench.tray.eject();
    assert_eq!(poll(), Ok(AUTH));
    assert_eq!(poll(), Ok(SIGN));
    assert_eq!(poll(), Err(Fault::NoEvent));
    bench.tray.insert(FIRST);
    bench.tray.eject();
    assert_eq!(poll(), Ok(AUTH), "in and out again is an event");
    assert_eq!(poll(), Ok(SIGN));
    bench.tray.add_reader();
    assert_eq!(poll(), Ok(2));
    assert_eq!(poll(), Ok(3));
    assert_eq!(poll(), Err(Fault::NoEvent));
}

#[test]
fn hidden_tokens_have_no_events() {
    let bench = Bench::with_tokens(Tokens::Authentication);
    bench.tray.eject();
    assert_eq!(bench.module.wait_for_slot_event(false), Ok(AUTH));
    assert_eq!(bench.module.wait_for_slot_event(false), Err(Fault::NoEvent));
}

#[test]
fn a_wait_ends_when_a_card_is_put_in() {
    let bench = Bench::over(Tray::empty(), Settings::default());
    let module = Arc::clone(&bench.module);
    let waiting = thread::spawn(move || module.wait_for_slot_event(true));
    bench.tray.insert(FIRST);
    assert_eq!(waiting.join().unwrap(), Ok(AUTH));
}

#[test]
fn a_wait_ends_with_the_module() {
    let bench = Bench::new();
    let module = Arc::clone(&bench.module);
    let waiting = thread::spawn(move || module.wait_for_slot_event(true));
    bench.module.finish();
    assert_eq!(waiting.join().unwrap(), Err(Fault::CryptokiNotInitialized));
}

/// A machine on which the service does not run.
struct NoService {
    looked: mpsc::SyncSender<()>,
}

impl CardSource for NoService {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn connect(&self, _: &str) -> Result<Connection, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        let _ = self.looked.send(());
        Err(ReaderError::NoService)
    }
}

#[test]
fn a_wait_without_the_service_does_not_spin_and_ends_with_the_module() {
    let (looked, looks) = mpsc::sync_channel(1000);
    let source = Arc::new(NoService { looked });
    let module = Arc::new(Module::new(source, Settings::default(), Arc::default()));
    assert!(module.slots(true, false).is_empty());
    let waiting = {
        let module = Arc::clone(&module);
        thread::spawn(move || module.wait_for_slot_event(true))
    };
    let start = Instant::now();
    for _ in 0..3 {
        looks.recv().unwrap();
    }
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "two pauses at least"
    );
    module.finish();
    assert_eq!(waiting.join().unwrap(), Err(Fault::CryptokiNotInitialized));
}
