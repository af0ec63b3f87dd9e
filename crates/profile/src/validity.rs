//! How long certificates and cards are valid: Reg 13 and 49, CardR 26 and 27 (`facts/profile-and-rules.md` B.7).
//!
//! All ends are ends of days in Japan, 23:59:59. A birthday counts as after the day of issue only when it is a later day; one on
//! 29 February falls on the 28th in common years.

use shirushi_clock::{Date, Instant, OutOfRange, age_on, birthday_in_year};

/// Birthdays that a certificate lives (Reg 13, 49).
const CERTIFICATE_BIRTHDAYS: i16 = 5;
/// The same when it replaces one with less than three months left.
const RENEWED_BIRTHDAYS: i16 = 6;
/// Birthdays that the card of an adult lives (CardR 26).
const ADULT_CARD_BIRTHDAYS: i16 = 10;
/// Birthdays that the card of a minor lives (CardR 26).
const MINOR_CARD_BIRTHDAYS: i16 = 5;
/// Age of adulthood.
const ADULT_AGE: i16 = 18;
/// Years that an authority's certificate lives (`facts/profile-and-rules.md` A.2).
const AUTHORITY_YEARS: i16 = 10;

/// Why the rules give no period of validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    /// The holder is not born on the day of issue.
    #[error("born on {birth}, after the issue on {issued}")]
    NotYetBorn {
        /// Birth date.
        birth: Date,
        /// Day of issue in Japan.
        issued: Date,
    },
    /// The card has ended.
    #[error("the card ended on {card_end}, before the issue on {issued}")]
    CardEnded {
        /// The card's last day.
        card_end: Date,
        /// Day of issue in Japan.
        issued: Date,
    },
    /// The authentication certificate, with which the signature certificate ends, has ended.
    #[error("the authentication certificate ended at {end}, not after the issue at {issued}")]
    AuthenticationEnded {
        /// Its last instant.
        end: Instant,
        /// Instant of issue.
        issued: Instant,
    },
    /// The end lies outside the calendar.
    #[error("the end of validity lies outside the calendar")]
    Calendar,
}

impl From<OutOfRange> for ValidityError {
    fn from(_: OutOfRange) -> Self {
        Self::Calendar
    }
}

/// The last instant of a signature certificate (Reg 13): the earliest of the 5th birthday after the issue (the 6th when
/// `renewed_early`: it replaces one that has less than three months left, see [`renewable_from`]), the end of the card, and the
/// end of the holder's authentication certificate.
///
/// # Errors
/// [`ValidityError`] when one of them has passed.
pub fn signature_not_after(
    birth: Date,
    issued: Instant,
    renewed_early: bool,
    card_end: Date,
    authentication_end: Option<Instant>,
) -> Result<Instant, ValidityError> {
    let end = authentication_not_after(birth, issued, renewed_early, card_end)?;
    match authentication_end {
        Some(other) if other <= issued => {
            Err(ValidityError::AuthenticationEnded { end: other, issued })
        }
        Some(other) => Ok(end.min(other)),
        None => Ok(end),
    }
}

/// The last instant of an authentication certificate (Reg 49): the earlier of the 5th birthday after the issue (the 6th when
/// `renewed_early`) and the end of the card.
///
/// # Errors
/// [`ValidityError`] when the card has ended or the holder is not born.
pub fn authentication_not_after(
    birth: Date,
    issued: Instant,
    renewed_early: bool,
    card_end: Date,
) -> Result<Instant, ValidityError> {
    let day = issued.date_jst();
    if birth > day {
        return Err(ValidityError::NotYetBorn { birth, issued: day });
    }
    if card_end < day {
        return Err(ValidityError::CardEnded {
            card_end,
            issued: day,
        });
    }
    let birthdays = if renewed_early {
        RENEWED_BIRTHDAYS
    } else {
        CERTIFICATE_BIRTHDAYS
    };
    let birthday = birthday_after(birth, day, birthdays).ok_or(ValidityError::Calendar)?;
    Ok(Instant::end_of_day_jst(birthday.min(card_end))?)
}

/// The last day of a card (CardR 26, 27): the 10th birthday after it is made, the 5th for holders under 18, and no later than the
/// end of the period of stay of those who have one.
#[must_use]
pub fn card_valid_until(birth: Date, made: Date, stay_until: Option<Date>) -> Date {
    let birthdays = if age_on(birth, made) >= ADULT_AGE {
        ADULT_CARD_BIRTHDAYS
    } else {
        MINOR_CARD_BIRTHDAYS
    };
    let end = birthday_after(birth, made, birthdays).unwrap_or(Date::MAX);
    match stay_until {
        Some(stay) => end.min(stay),
        None => end,
    }
}

/// The first day on which a certificate has less than three months left and may be renewed early: the day after the same day three
/// months before (an end on 1 August: from 2 May).
///
/// # Errors
/// [`ValidityError::Calendar`] at the calendar's edge.
pub fn renewable_from(not_after: Instant) -> Result<Date, ValidityError> {
    let end = not_after.date_jst();
    let (year, month) = match end.month() {
        month @ 4.. => (end.year(), month - 3),
        month => (end.year() - 1, month + 9),
    };
    let first = Date::new(year, month, 1).map_err(|_| ValidityError::Calendar)?;
    let three_months_before =
        Date::new(year, month, end.day()).unwrap_or_else(|_| first.last_of_month());
    three_months_before
        .tomorrow()
        .map_err(|_| ValidityError::Calendar)
}

/// The last instant of an authority's certificate: the end of the day before the same day ten years on.
pub(crate) fn authority_not_after(not_before: Instant) -> Result<Instant, ValidityError> {
    let day = not_before.date_jst();
    let last = birthday_in_year(
        day,
        day.year()
            .saturating_add(AUTHORITY_YEARS),
    )
    .and_then(|d| d.yesterday().ok())
    .ok_or(ValidityError::Calendar)?;
    Ok(Instant::end_of_day_jst(last)?)
}

/// The `count`th birthday on a later day than `day`.
fn birthday_after(birth: Date, day: Date, count: i16) -> Option<Date> {
    let first = match birthday_in_year(birth, day.year()) {
        Some(birthday) if birthday > day => day.year(),
        _ => day.year().checked_add(1)?,
    };
    birthday_in_year(birth, first.checked_add(count - 1)?)
}
