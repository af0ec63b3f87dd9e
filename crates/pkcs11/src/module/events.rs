//! Slot events (§5.5.4 C_WaitForSlotEvent).

use super::{Module, lock};
use crate::Fault;
use cryptoki_sys::CK_SLOT_ID;
use shirushi_reader::Reader;
use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How long a wait goes on before it looks whether C_Finalize was called.
const SLICE: Duration = Duration::from_millis(250);

/// What has been told of readers and cards, and what has not.
#[derive(Default)]
pub(super) struct Watch {
    inner: Mutex<Inner>,
    finished: Condvar,
}

#[derive(Default)]
struct Inner {
    /// The readers of the last look; none before the first.
    seen: Option<Vec<Reader>>,
    /// Slots whose event nobody has been told.
    untold: VecDeque<CK_SLOT_ID>,
    is_finished: bool,
}

impl Watch {
    /// The first look, with which every later one is compared.
    pub(super) fn begin(&self, readers: &[Reader]) {
        lock(&self.inner)
            .seen
            .get_or_insert_with(|| readers.to_vec());
    }

    /// Ends all waits, for ever.
    pub(super) fn finish(&self) {
        lock(&self.inner).is_finished = true;
        self.finished.notify_all();
    }
}

impl Module {
    /// C_WaitForSlotEvent: the next slot into which a card was put, or out of which one was taken, or whose reader came or went.
    /// Events are counted from the first time that readers were looked at.
    ///
    /// # Errors
    /// [`Fault::NoEvent`] when there was none and the caller does not wait, [`Fault::CryptokiNotInitialized`] when the wait was
    /// ended by C_Finalize.
    pub fn wait_for_slot_event(&self, waits: bool) -> Result<CK_SLOT_ID, Fault> {
        let mut readers = self.source.readers();
        loop {
            self.refresh();
            if let Ok(readers) = readers {
                self.note_events(&readers);
            }
            let known = {
                let mut watch = lock(&self.watch.inner);
                if watch.is_finished {
                    return Err(Fault::CryptokiNotInitialized);
                }
                if let Some(slot) = watch.untold.pop_front() {
                    return Ok(slot);
                }
                watch.seen.clone().unwrap_or_default()
            };
            if !waits {
                return Err(Fault::NoEvent);
            }
            readers = self.source.wait(&known, SLICE);
            if readers.is_err() {
                // Without a service there is nothing to wait for but the service, or the end.
                let watch = lock(&self.watch.inner);
                let _ = self
                    .watch
                    .finished
                    .wait_timeout_while(watch, SLICE, |watch| !watch.is_finished)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Compares with the last look.
    fn note_events(&self, readers: &[Reader]) {
        let mut watch = lock(&self.watch.inner);
        let Some(seen) = watch.seen.replace(readers.to_vec()) else {
            return;
        };
        let changed = |reader: &&Reader| !seen.contains(reader);
        let gone = |reader: &&Reader| {
            !readers
                .iter()
                .any(|now| now.id == reader.id)
        };
        let events = readers
            .iter()
            .filter(changed)
            .chain(seen.iter().filter(gone));
        for reader in events {
            for slot in self.slots_of(reader) {
                if !watch.untold.contains(&slot) {
                    watch.untold.push_back(slot);
                }
            }
        }
    }

    fn slots_of(&self, reader: &Reader) -> Vec<CK_SLOT_ID> {
        self.places()
            .iter()
            .filter(|place| place.reader == reader.id)
            .flat_map(|place| self.slots_at(place))
            .collect()
    }
}
