//! What is in the virtual reader, and the connections to it.

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_softcard::{Disk, SoftCard};
use shirushi_wire::CardNumber;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// The reader's slot. Each change of its card is a new generation.
#[derive(Default)]
pub(super) struct Slot {
    generation: u64,
    card: Option<SoftCard>,
}

impl Slot {
    /// Takes the card out, if there is one, and puts this one in.
    pub(super) fn put(&mut self, card: Option<SoftCard>) {
        if let Some(mut old) = self.card.take() {
            old.power_off();
        }
        self.generation += 1;
        self.card = card;
    }

    pub(super) fn number(&self) -> Option<CardNumber> {
        self.card
            .as_ref()
            .and_then(|card| card.card_number().parse().ok())
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Of the card that is in; none when none is.
    pub(super) fn card_generation(&self) -> Option<u64> {
        self.card
            .is_some()
            .then_some(self.generation)
    }
}

/// A connection to the card of one generation.
pub(super) struct Held {
    slot: Arc<Mutex<Slot>>,
    generation: u64,
}

impl Held {
    pub(super) fn new(slot: &Arc<Mutex<Slot>>, generation: u64) -> Self {
        Self {
            slot: Arc::clone(slot),
            generation,
        }
    }
}

impl Transmit for Held {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        let mut slot = self
            .slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &mut *slot {
            Slot {
                generation,
                card: Some(card),
            } if *generation == self.generation => card.transmit(command),
            _ => Err(TransmitError::CardGone),
        }
    }
}

/// A card's file that is only looked at.
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Disk for Bytes {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(self.0.clone()))
    }

    fn replace(&self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
