//! The clock of parties in other processes, which all read one file (libfaketime). They themselves have no switch for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Furthest that the clock is moved at once, in seconds: a hundred years.
const FURTHEST: i64 = 100 * 366 * 24 * 60 * 60;

/// The file that libfaketime reads (`FAKETIME_TIMESTAMP_FILE`): how far its readers are ahead of the machine.
#[derive(Debug)]
pub struct FakedClock {
    file: PathBuf,
    moving: Mutex<()>,
}

/// The clock stays as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnmovedClock {
    /// Back, or further than a hundred years.
    #[error("0 to a hundred years of seconds")]
    TooFar,
    /// The file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl FakedClock {
    /// The clock of those who read this file.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            moving: Mutex::default(),
        }
    }

    /// Moves it forward for everybody who reads the file.
    ///
    /// # Errors
    /// [`UnmovedClock`].
    pub fn advance(&self, seconds: i64) -> Result<(), UnmovedClock> {
        if !(0..=FURTHEST).contains(&seconds) {
            return Err(UnmovedClock::TooFar);
        }
        let _one = self
            .moving
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let failed = |source| UnmovedClock::File {
            path: self.file.clone(),
            source,
        };
        let held = fs::read_to_string(&self.file).map_err(failed)?;
        let ahead: i64 = held.trim().parse().unwrap_or_default();
        // In place: a reader holds the file by its name, and reads it whole.
        fs::write(&self.file, format!("+{}\n", ahead.saturating_add(seconds))).map_err(failed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_and_never_back() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("clock");
        fs::write(&file, "+0\n").unwrap();
        let clock = FakedClock::new(&file);
        clock.advance(60).unwrap();
        clock.advance(5).unwrap();
        for unfit in [-1, FURTHEST + 1] {
            assert!(matches!(clock.advance(unfit), Err(UnmovedClock::TooFar)));
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "+65\n");
        let nowhere = FakedClock::new(&place.path().join("none"));
        assert!(matches!(nowhere.advance(1), Err(UnmovedClock::File { .. })));
    }
}
