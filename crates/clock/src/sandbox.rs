//! The two clocks: the machine's, and the sandbox's that can be moved forward.

use crate::{Clock, Instant};
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::from(jiff::Timestamp::now())
    }
}

/// A clock that runs with the machine's, ahead of it by an offset that can only grow: what has been signed in a city's
/// past must stay in its past.
#[derive(Debug, Default)]
pub struct SandboxClock {
    ahead_seconds: AtomicI64,
}

impl SandboxClock {
    /// A clock `ahead_seconds` ahead of the machine's (a negative number counts as 0).
    #[must_use]
    pub fn ahead_by(ahead_seconds: i64) -> Self {
        Self {
            ahead_seconds: AtomicI64::new(ahead_seconds.max(0)),
        }
    }

    /// A clock that shows `start` now, or the machine's time where `start` has passed.
    #[must_use]
    pub fn starting_at(start: Instant) -> Self {
        Self::ahead_by(
            start
                .unix()
                .saturating_sub(SystemClock.now().unix()),
        )
    }

    /// Moves the city forward and returns how many seconds it is now ahead; a negative number moves nothing.
    pub fn advance(&self, seconds: i64) -> i64 {
        let seconds = seconds.max(0);
        let step = |ahead: i64| Some(ahead.saturating_add(seconds));
        match self
            .ahead_seconds
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, step)
        {
            Ok(before) | Err(before) => before.saturating_add(seconds),
        }
    }
}

impl Clock for SandboxClock {
    fn now(&self) -> Instant {
        SystemClock.now().plus_seconds(
            self.ahead_seconds
                .load(Ordering::Acquire),
        )
    }
}
