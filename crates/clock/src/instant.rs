//! A point in time, in whole seconds: the resolution of X.509 and of the store.

use jiff::{Timestamp, civil::Date, tz};
use serde::{Deserialize, Serialize};

/// Nine hours east of UTC, without daylight saving time.
const JST: tz::Offset = tz::offset(9);

/// A point in time in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Instant(i64);

/// A number of seconds that is outside the years −9999 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{seconds} seconds since 1970 is outside the calendar")]
pub struct OutOfRange {
    /// The number refused.
    pub seconds: i64,
}

impl Instant {
    /// An instant by its Unix time.
    ///
    /// # Errors
    /// [`OutOfRange`] when no calendar date corresponds.
    pub fn from_unix(seconds: i64) -> Result<Self, OutOfRange> {
        match Timestamp::from_second(seconds) {
            Ok(_) => Ok(Self(seconds)),
            Err(_) => Err(OutOfRange { seconds }),
        }
    }

    /// The instant with this Unix time, or the nearest that the calendar has.
    #[must_use]
    pub fn clamped(seconds: i64) -> Self {
        Self(0).plus_seconds(seconds)
    }

    /// 23:59:59 in Japan on `day`.
    ///
    /// # Errors
    /// [`OutOfRange`] at the very end of the calendar.
    pub fn end_of_day_jst(day: Date) -> Result<Self, OutOfRange> {
        let end = day.at(23, 59, 59, 0);
        JST.to_timestamp(end)
            .map(|t| Self(t.as_second()))
            .map_err(|_| OutOfRange { seconds: i64::MAX })
    }

    /// Unix time in seconds.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// The civil date in Japan.
    #[must_use]
    pub fn date_jst(self) -> Date {
        JST.to_datetime(self.timestamp()).date()
    }

    /// `self` moved by a number of seconds, kept inside the calendar.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.0.saturating_add(seconds);
        Self(moved.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second()))
    }

    /// The same instant as the library's type.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        // The constructor has checked the range; the epoch is unreachable.
        Timestamp::from_second(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl From<Timestamp> for Instant {
    fn from(time: Timestamp) -> Self {
        Self(time.as_second())
    }
}

impl TryFrom<i64> for Instant {
    type Error = OutOfRange;

    fn try_from(seconds: i64) -> Result<Self, OutOfRange> {
        Self::from_unix(seconds)
    }
}

impl From<Instant> for i64 {
    fn from(instant: Instant) -> i64 {
        instant.0
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.timestamp().fmt(f)
    }
}
