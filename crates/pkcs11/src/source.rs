//! Where the module's cards come from.

use crate::Settings;
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource, Connection, Pcsc, Reader, ReaderError};
use shirushi_softcard::CardFile;
use std::{sync::Arc, time::Duration};

impl Settings {
    /// The cards there are. Without a PC/SC library there are none, which is no reason for a program not to start.
    #[must_use]
    pub fn source(&self) -> Arc<dyn CardSource> {
        if let Some(path) = &self.card {
            return Arc::new(CardFile::new(path, Arc::new(SystemRandom)));
        }
        match Pcsc::load() {
            Ok(readers) => Arc::new(readers),
            Err(_) => Arc::new(NoLibrary),
        }
    }
}

/// A machine without a PC/SC library.
struct NoLibrary;

impl CardSource for NoLibrary {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn connect(&self, _reader: &str) -> Result<Connection, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn wait(&self, _known: &[Reader], _patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }
}
