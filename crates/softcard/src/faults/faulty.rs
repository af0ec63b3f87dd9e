//! The faults in connections of this process.

use super::{Faults, Outcome};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// A connection to a card in which things go wrong by a script.
///
/// A card that was torn or pulled is gone for this connection, as it would be through a reader: who wants to go on makes a new one.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    shared: Arc<Mutex<Shared>>,
    state: State,
}

/// Readers in whose connections things go wrong by a script, which goes on from one connection to the next. While a card that was
/// torn or pulled is out, its reader has none.
pub struct FaultySource<S> {
    inner: S,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    faults: Faults,
    /// Until when the card is out.
    out_until: Option<Instant>,
    /// How often it went out or came back.
    changes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    Gone,
    Mute,
}

impl Shared {
    fn new(faults: Faults) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            faults,
            out_until: None,
            changes: 0,
        }))
    }

    fn is_out(&mut self) -> bool {
        match self.out_until {
            Some(end) if Instant::now() < end => true,
            Some(_) => {
                self.out_until = None;
                self.changes += 1;
                false
            }
            None => false,
        }
    }

    fn takes_out(&mut self, back_after: Duration) {
        self.out_until = Some(Instant::now() + back_after);
        self.changes += 1;
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

impl<T> Faulty<T> {
    /// Lets the script begin.
    pub fn new(inner: T, faults: Faults) -> Self {
        Self::with(inner, Shared::new(faults))
    }

    /// Commands seen until now.
    pub fn count(&self) -> u64 {
        locked(&self.shared).faults.count()
    }

    /// The connection without its faults.
    pub fn into_inner(self) -> T {
        self.inner
    }

    fn with(inner: T, shared: Arc<Mutex<Shared>>) -> Self {
        Self {
            inner,
            shared,
            state: State::Good,
        }
    }
}

impl<T: Transmit> Transmit for Faulty<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        match self.state {
            State::Good => {}
            State::Gone => return Err(TransmitError::CardGone),
            State::Mute => return Err(silence()),
        }
        // Not under the lock: the readers can be told meanwhile.
        let time = locked(&self.shared)
            .faults
            .time_for(command);
        thread::sleep(time);
        let inner = &mut self.inner;
        let mut shared = locked(&self.shared);
        let outcome =
            shared
                .faults
                .try_exchange(command, |command| inner.transmit(command), |_| {})?;
        match outcome {
            Outcome::Answer(answer) => Ok(answer),
            Outcome::Removed { answer, back_after } => {
                shared.takes_out(back_after);
                self.state = State::Gone;
                answer.ok_or(TransmitError::CardGone)
            }
            Outcome::Mute { .. } => {
                self.state = State::Mute;
                Err(silence())
            }
        }
    }
}

/// What a reader says of a card that does not answer.
fn silence() -> TransmitError {
    TransmitError::other(io::Error::from(io::ErrorKind::TimedOut))
}

impl<S: CardSource> FaultySource<S> {
    /// Lets the script begin.
    pub fn new(inner: S, faults: Faults) -> Self {
        Self {
            inner,
            shared: Shared::new(faults),
        }
    }

    /// Commands seen until now, over all connections.
    pub fn count(&self) -> u64 {
        locked(&self.shared).faults.count()
    }

    fn seen(&self, mut readers: Vec<Reader>) -> Vec<Reader> {
        let mut shared = locked(&self.shared);
        let is_out = shared.is_out();
        for reader in &mut readers {
            reader.has_card &= !is_out;
            reader.changes += shared.changes;
        }
        readers
    }
}

impl<S: CardSource> CardSource for FaultySource<S> {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(self.seen(self.inner.readers()?))
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        if locked(&self.shared).is_out() {
            return Err(ReaderError::NoCard);
        }
        let connection = self.inner.connect(reader)?;
        Ok(Box::new(Faulty::with(connection, Arc::clone(&self.shared))))
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        /// How often the card is looked for.
        const INTERVAL: Duration = Duration::from_millis(20);
        let end = Instant::now() + patience;
        loop {
            let readers = self.readers()?;
            let left = end.saturating_duration_since(Instant::now());
            if readers != known || left.is_zero() {
                return Ok(readers);
            }
            thread::sleep(left.min(INTERVAL));
        }
    }
}

impl<S> std::fmt::Debug for FaultySource<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultySource")
            .finish_non_exhaustive()
    }
}
