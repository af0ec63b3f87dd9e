//! The machine's readers for a program that runs for long.

use crate::{CardSource, Connection, Pcsc, Reader, ReaderError};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The machine's readers, of which each call says anew why there are none: somebody may install PC/SC while the program runs.
#[derive(Default)]
pub struct Machine {
    pcsc: Mutex<Option<Pcsc>>,
}

impl Machine {
    /// Nothing is loaded yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn pcsc(&self) -> Result<Pcsc, ReaderError> {
        let mut loaded = self
            .pcsc
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*loaded {
            Some(pcsc) => Ok(pcsc.clone()),
            None => Ok(loaded.insert(Pcsc::load()?).clone()),
        }
    }
}

impl CardSource for Machine {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        self.pcsc()?.readers()
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        self.pcsc()?.connect(reader)
    }

    fn connect_within(&self, reader: &str, patience: Duration) -> Result<Connection, ReaderError> {
        self.pcsc()?
            .connect_within(reader, patience)
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.pcsc()?.wait(known, patience)
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .finish_non_exhaustive()
    }
}
