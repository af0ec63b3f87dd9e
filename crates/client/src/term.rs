//! How long a certificate still lives, as people say it.

use shirushi_clock::{Date, Instant};
use shirushi_profile::Certificate;

/// Where an instant lies in a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Before its beginning.
    NotYet,
    /// Within, with this much left.
    Left(Left),
    /// After its end.
    Over,
}

/// Time left, in the greatest whole unit: what a person wants to know of an expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Two years or more.
    Years(i16),
    /// One month or more.
    Months(i16),
    /// One day or more.
    Days(i32),
    /// It ends today, in Japan.
    Today,
}

impl Term {
    /// Where `at` lies in the validity of `certificate`; days are Japan's.
    #[must_use]
    pub fn of(certificate: &Certificate, at: Instant) -> Self {
        if at < certificate.not_before() {
            return Self::NotYet;
        }
        if at > certificate.not_after() {
            return Self::Over;
        }
        Self::Left(Left::between(
            at.date_jst(),
            certificate.not_after().date_jst(),
        ))
    }

    /// Whether it is time to think of the renewal: three months or less (Reg 13).
    #[must_use]
    pub fn is_near(self) -> bool {
        match self {
            Self::Left(Left::Months(months)) => months < 3,
            Self::Left(Left::Days(_) | Left::Today) => true,
            Self::Left(Left::Years(_)) | Self::NotYet | Self::Over => false,
        }
    }
}

impl Left {
    fn between(from: Date, to: Date) -> Self {
        let mut months = (to.year() - from.year()) * 12 + i16::from(to.month() - from.month());
        if to.day() < from.day() {
            months -= 1;
        }
        match months {
            24.. => Self::Years(months / 12),
            1.. => Self::Months(months),
            _ => match days(from, to) {
                0 => Self::Today,
                days => Self::Days(days),
            },
        }
    }
}

/// Days between two dates less than a month apart.
fn days(from: Date, to: Date) -> i32 {
    let mut day = from;
    let mut count = 0;
    while day < to && count < 31 {
        let Ok(next) = day.tomorrow() else {
            return count;
        };
        day = next;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::Left;
    use shirushi_clock::Date;

    #[test]
    fn time_left_is_said_in_the_greatest_whole_unit() {
        let from = Date::constant(2026, 1, 31);
        for (to, left) in [
            (Date::constant(2031, 1, 31), Left::Years(5)),
            (Date::constant(2031, 1, 30), Left::Years(4)),
            (Date::constant(2028, 1, 31), Left::Years(2)),
            (Date::constant(2028, 1, 30), Left::Months(23)),
            (Date::constant(2026, 4, 30), Left::Months(2)),
            (Date::constant(2026, 5, 1), Left::Months(3)),
            (Date::constant(2026, 3, 1), Left::Months(1)),
            (Date::constant(2026, 2, 28), Left::Days(28)),
            (Date::constant(2026, 2, 1), Left::Days(1)),
            (from, Left::Today),
        ] {
            assert_eq!(Left::between(from, to), left, "{to}");
        }
    }
}
