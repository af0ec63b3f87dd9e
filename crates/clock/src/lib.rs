//! The clock that every room is handed, and the civil dates of Japan.
//!
//! Rooms never ask the operating system for the time: they take an [`Instant`] or a [`Clock`]. The sandbox moves its whole
//! city through time with a [`SandboxClock`], so that five years are lived in a test; a production role has only [`SystemClock`].
//!
//! Dates in the register and in certificates are civil dates in Asia/Tokyo, which has had no daylight saving time since 1951:
//! a certificate ends at 23:59:59 JST of a birthday (`facts/profile-and-rules.md` A.3).
#![forbid(unsafe_code)]

mod instant;
mod sandbox;

pub use instant::{Instant, OutOfRange};
pub use jiff::civil::Date;
pub use sandbox::{SandboxClock, SystemClock};

/// Where the present comes from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant, in whole seconds.
    fn now(&self) -> Instant;
}

/// Adds civil years to a birthday: 29 February counts as 28 February in common years (Number Act card order art. 26).
#[must_use]
pub fn birthday_in_year(birth: Date, year: i16) -> Option<Date> {
    Date::new(year, birth.month(), birth.day())
        .or_else(|_| Date::new(year, birth.month(), 28))
        .ok()
}

/// Whole years of age on `day`, counted by birthdays ([`birthday_in_year`]). Negative before birth.
#[must_use]
pub fn age_on(birth: Date, day: Date) -> i16 {
    let years = day.year() - birth.year();
    match birthday_in_year(birth, day.year()) {
        Some(birthday) if birthday > day => years - 1,
        _ => years,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn leap_day_birthdays_fall_on_the_28th_in_common_years() {
        let birth = date(2000, 2, 29);
        assert_eq!(birthday_in_year(birth, 2025), Some(date(2025, 2, 28)));
        assert_eq!(birthday_in_year(birth, 2028), Some(date(2028, 2, 29)));
        assert_eq!(age_on(birth, date(2015, 2, 27)), 14);
        assert_eq!(age_on(birth, date(2015, 2, 28)), 15);
    }

    #[test]
    fn end_of_day_in_japan_is_14_59_59_utc() {
        let end = Instant::end_of_day_jst(date(2030, 5, 17)).unwrap();
        assert_eq!(end.to_string(), "2030-05-17T14:59:59Z");
        assert_eq!(end.date_jst(), date(2030, 5, 17));
    }

    #[test]
    fn the_sandbox_clock_only_moves_forward() {
        let clock = SandboxClock::starting_at(Instant::from_unix(1_000).unwrap());
        let before = clock.now();
        clock.advance(86_400);
        assert!(clock.now().unix() >= before.unix() + 86_400);
    }
}
