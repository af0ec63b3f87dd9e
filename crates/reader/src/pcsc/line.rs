//! Waiting for a card that another program holds.
//!
//! PC/SC has no way to wait for a while only: `SCardBeginTransaction` returns when the card is free, and no earlier. So a thread
//! waits, and who connects waits for the thread with what patience they have. A thread that nobody waits for any more gives the
//! card back when it gets it. There is one at most for each reader, however often it is tried: a service takes a limited number
//! of clients.

use super::{context::Context, held::Held};
use crate::ReaderError;
use shirushi_apdu::TransmitError;
use std::{
    collections::HashMap,
    ffi::CString,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Those who wait, by reader.
#[derive(Default)]
pub(super) struct Line {
    readers: Mutex<HashMap<CString, Place>>,
    /// A thread has come back.
    back: Condvar,
}

#[derive(Default)]
struct Place {
    waiting: usize,
    has_thread: bool,
    /// What a thread has brought; for one of those who wait.
    brought: Option<Result<Held, ReaderError>>,
}

impl Line {
    /// Connects to the card in a reader, waiting for it no longer than `patience`.
    pub(super) fn take(
        self: &Arc<Self>,
        reader: &CString,
        patience: Duration,
        context: impl Fn() -> Result<Context, ReaderError>,
    ) -> Result<Held, ReaderError> {
        let until = Instant::now() + patience;
        let mut readers = self.readers();
        readers
            .entry(reader.clone())
            .or_default()
            .waiting += 1;
        let taken = loop {
            let place = readers
                .entry(reader.clone())
                .or_default();
            if let Some(brought) = place.brought.take() {
                break brought;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break Err(ReaderError::Busy);
            }
            if !place.has_thread {
                match context().and_then(|context| self.send(reader, context)) {
                    Ok(()) => place.has_thread = true,
                    Err(error) => break Err(error),
                }
            }
            readers = self
                .back
                .wait_timeout(readers, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        if let Some(place) = readers.get_mut(reader) {
            place.waiting -= 1;
            if place.waiting == 0 && !place.has_thread {
                readers.remove(reader);
            }
        }
        taken
    }

    /// Starts a thread that brings the card.
    fn send(self: &Arc<Self>, reader: &CString, context: Context) -> Result<(), ReaderError> {
        let line = Arc::clone(self);
        let reader = reader.clone();
        thread::Builder::new()
            .name("card-reader".to_owned())
            .spawn(move || {
                let is_wanted = || {
                    line.readers()
                        .get(&reader)
                        .is_some_and(|place| place.waiting > 0)
                };
                let brought = Held::take(context, reader.clone(), &is_wanted);
                line.bring(&reader, brought);
            })
            .map(drop)
            .map_err(|error| TransmitError::other(error).into())
    }

    fn bring(&self, reader: &CString, brought: Result<Held, ReaderError>) {
        let mut readers = self.readers();
        if let Some(place) = readers.get_mut(reader) {
            place.has_thread = false;
            if place.waiting > 0 {
                place.brought = Some(brought);
                self.back.notify_all();
                return;
            }
            readers.remove(reader);
        }
        // Given back without the lock: that may take a while.
        drop(readers);
        drop(brought);
    }

    fn readers(&self) -> MutexGuard<'_, HashMap<CString, Place>> {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
