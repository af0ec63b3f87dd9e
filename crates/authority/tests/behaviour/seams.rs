//! Time and randomness in the test's hand, with two places at which something can happen in the middle of an issue.

use shirushi_clock::{Clock, Instant};
use shirushi_crypto::{Random, SystemRandom};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

/// Length of the random bytes of a serial number.
const SERIAL: usize = 16;

/// Length of the random bytes of a log entry's salt.
const SALT: usize = 32;

/// Where something can happen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The intents are durable, the certificates are signed, nothing of them is stored: the first look at the clock after a
    /// serial number was drawn.
    BetweenIntentAndStore,
    /// Inside the transaction that writes the log: when a salt is drawn.
    WritingLog,
}

type Hook = Box<dyn FnOnce() + Send>;

/// A clock that stands still until it is set, and the system's randomness.
pub(crate) struct Seams {
    now: AtomicI64,
    serial_drawn: AtomicBool,
    hook: Mutex<Option<(Place, Hook)>>,
}

impl Seams {
    pub(crate) fn starting_at(now: Instant) -> Self {
        Self {
            now: AtomicI64::new(now.unix()),
            serial_drawn: AtomicBool::new(false),
            hook: Mutex::new(None),
        }
    }

    /// Sets the clock, also back.
    pub(crate) fn set(&self, now: Instant) {
        self.now
            .store(now.unix(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.now
            .fetch_add(seconds, Ordering::SeqCst);
    }

    /// Runs `hook` once, when `place` is reached next.
    pub(crate) fn at(&self, place: Place, hook: impl FnOnce() + Send + 'static) {
        self.serial_drawn
            .store(false, Ordering::SeqCst);
        *self.lock() = Some((place, Box::new(hook)));
    }

    /// The thread that reaches `place` dies there.
    pub(crate) fn die_at(&self, place: Place) {
        self.at(place, || panic!("dies as the test wants it"));
    }

    fn reached(&self, place: Place) {
        let hook = self
            .lock()
            .take_if(|(armed, _)| *armed == place);
        // Run outside the lock: it may wait, or panic.
        if let Some((_, hook)) = hook {
            hook();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Place, Hook)>> {
        self.hook
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Seams {
    fn now(&self) -> Instant {
        if self
            .serial_drawn
            .swap(false, Ordering::SeqCst)
        {
            self.reached(Place::BetweenIntentAndStore);
        }
        Instant::from_unix(self.now.load(Ordering::SeqCst)).unwrap()
    }
}

impl Random for Seams {
    fn fill(&self, out: &mut [u8]) {
        match out.len() {
            SERIAL => self
                .serial_drawn
                .store(true, Ordering::SeqCst),
            SALT => self.reached(Place::WritingLog),
            _ => {}
        }
        SystemRandom.fill(out);
    }
}

impl std::fmt::Debug for Seams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seams")
    }
}
