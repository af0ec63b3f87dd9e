//! Figures of a machine that others use at the same time say little: how much they took is measured with each run, and a run that
//! was disturbed is made again while there is patience.

use crate::{Failure, machine::cores, process::TICKS_PER_SECOND};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// The share of all processors that others may take.
const DISTURBED: f64 = 0.05;

/// How long one look takes.
const LOOK: Duration = Duration::from_secs(1);

/// How long in all may be waited for a quiet machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    end: Instant,
}

impl Patience {
    pub(crate) fn of(duration: Duration) -> Self {
        Self {
            end: Instant::now() + duration,
        }
    }

    /// Makes a run when the machine is quiet, and again while it was disturbed; answers the least disturbed. `others` tells what
    /// others took of the processors in it.
    pub(crate) fn run<T>(
        self,
        mut make: impl FnMut() -> Result<T, Failure>,
        others: impl Fn(&T) -> f64,
    ) -> Result<T, Failure> {
        let mut best: Option<T> = None;
        loop {
            self.wait()?;
            let run = make()?;
            let is_best = best
                .as_ref()
                .is_none_or(|best| others(&run) < others(best));
            if is_best {
                best = Some(run);
            }
            match best.take() {
                Some(run) if others(&run) <= DISTURBED || self.is_at_end() => return Ok(run),
                kept => best = kept,
            }
        }
    }

    /// Until others leave the processors alone for a second.
    fn wait(self) -> Result<(), Failure> {
        while !self.is_at_end() {
            let look = Look::now()?;
            thread::sleep(LOOK);
            if look.taken_by_others(0.0)? <= DISTURBED {
                break;
            }
        }
        Ok(())
    }

    fn is_at_end(self) -> bool {
        Instant::now() >= self.end
    }
}

/// The machine's idle time at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    at: Instant,
    idle_ticks: u64,
}

impl Look {
    pub(crate) fn now() -> Result<Self, Failure> {
        const STAT: &str = "/proc/stat";
        let stat = fs::read_to_string(STAT).map_err(Failure::at(STAT))?;
        Ok(Self {
            at: Instant::now(),
            idle_ticks: idle_ticks(&stat).ok_or(Failure::Proc { what: "/proc/stat" })?,
        })
    }

    /// The share of all processors that since this look was neither idle nor ours, who have used `own_seconds`. What the host took
    /// from this machine counts as taken.
    pub(crate) fn taken_by_others(self, own_seconds: f64) -> Result<f64, Failure> {
        let now = Self::now()?;
        let all = now
            .at
            .duration_since(self.at)
            .as_secs_f64()
            * cores() as f64;
        let idle = now
            .idle_ticks
            .saturating_sub(self.idle_ticks) as f64
            / TICKS_PER_SECOND;
        Ok(((all - idle - own_seconds) / all).max(0.0))
    }
}

/// idle and iowait of all processors: fields 4 and 5 of the first line (proc(5)).
fn idle_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_ascii_whitespace()
        .skip(3);
    let idle: u64 = fields.next()?.parse().ok()?;
    let waiting: u64 = fields.next()?.parse().ok()?;
    idle.checked_add(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_read() {
        let stat = "cpu  100 1 50 900 30 0 5 7 0 0\ncpu0 50 0 25 450 15 0 2 3 0 0\n";
        assert_eq!(idle_ticks(stat), Some(930));
        assert_eq!(idle_ticks("cpu0 1 2 3 4 5"), None);
        assert_eq!(idle_ticks(""), None);
    }

    #[test]
    fn without_patience_the_first_run_counts_however_disturbed() {
        let mut runs = [0.9, 0.0].into_iter();
        let patience = Patience::of(Duration::ZERO);
        let run = patience.run(|| Ok(runs.next().unwrap()), |run| *run);
        assert_eq!(run.unwrap(), 0.9);
    }
}
