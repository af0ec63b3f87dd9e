//! The faults in a connection of this process.

use super::{Faults, Outcome};
use shirushi_apdu::{Transmit, TransmitError};
use std::{io, thread, time::Duration};

/// A connection to a card in which things go wrong by a script.
///
/// A card that was torn or pulled is gone for this connection, as it would be through a reader: who wants to go on makes a new one.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    faults: Faults,
    state: Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Good,
    Gone,
    Mute,
}

impl<T> Faulty<T> {
    /// Lets the script begin.
    pub fn new(inner: T, faults: Faults) -> Self {
        Self {
            inner,
            faults,
            state: Connection::Good,
        }
    }

    /// The connection, and the script as far as it was played.
    pub fn into_parts(self) -> (T, Faults) {
        (self.inner, self.faults)
    }
}

impl<T: Transmit> Transmit for Faulty<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        match self.state {
            Connection::Good => {}
            Connection::Gone => return Err(TransmitError::CardGone),
            Connection::Mute => return Err(silence()),
        }
        let inner = &mut self.inner;
        let outcome = self.faults.try_exchange(
            command,
            |command| inner.transmit(command),
            |time: Duration| thread::sleep(time),
        )?;
        match outcome {
            Outcome::Answer(answer) => Ok(answer),
            Outcome::Removed { answer, .. } => {
                self.state = Connection::Gone;
                answer.ok_or(TransmitError::CardGone)
            }
            Outcome::Mute { .. } => {
                self.state = Connection::Mute;
                Err(silence())
            }
        }
    }
}

/// What a reader says of a card that does not answer.
fn silence() -> TransmitError {
    TransmitError::other(io::Error::from(io::ErrorKind::TimedOut))
}
