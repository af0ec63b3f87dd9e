//! How long certificates and cards are valid (Reg 13, 49; CardR 26, 27; `facts/profile-and-rules.md` B.7).
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use shirushi_clock::{Date, Instant};
use shirushi_profile::{
    ValidityError, authentication_not_after, card_valid_until, renewable_from, signature_not_after,
};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon in Japan.
fn noon(text: &str) -> Instant {
    Instant::end_of_day_jst(day(text))
        .unwrap()
        .plus_seconds(1 - 12 * 3600)
}

/// The end as a day, after checking that it is that day's end in Japan.
fn last_day(end: Instant) -> String {
    assert_eq!(Instant::end_of_day_jst(end.date_jst()), Ok(end));
    end.date_jst().to_string()
}

const FAR: &str = "2099-12-31";

#[test]
fn a_certificate_ends_on_the_fifth_birthday_after_its_issue_or_the_sixth_when_renewed_early() {
    for (birth, issued, fifth, sixth) in [
        // The birthday of the year is still to come, has passed, is the day of issue, is the day after.
        ("1980-12-24", "2026-11-22", "2030-12-24", "2031-12-24"),
        ("1980-02-17", "2026-11-22", "2031-02-17", "2032-02-17"),
        ("1980-11-22", "2026-11-22", "2031-11-22", "2032-11-22"),
        ("1980-11-23", "2026-11-22", "2030-11-23", "2031-11-23"),
        // 29 February counts as the 28th in common years.
        ("2000-02-29", "2026-11-22", "2031-02-28", "2032-02-29"),
        ("2000-02-29", "2023-02-27", "2027-02-28", "2028-02-29"),
        ("2000-02-29", "2023-02-28", "2028-02-29", "2029-02-28"),
        ("2000-02-29", "2024-02-28", "2028-02-29", "2029-02-28"),
        ("2000-02-29", "2024-02-29", "2029-02-28", "2030-02-28"),
        // Year's turn, and a child on the day of its birth.
        ("1980-01-01", "2026-12-31", "2031-01-01", "2032-01-01"),
        ("2026-11-22", "2026-11-22", "2031-11-22", "2032-11-22"),
    ] {
        for (renewed_early, expected) in [(false, fifth), (true, sixth)] {
            let auth = authentication_not_after(day(birth), noon(issued), renewed_early, day(FAR))
                .unwrap();
            let sign = signature_not_after(day(birth), noon(issued), renewed_early, day(FAR), None)
                .unwrap();
            assert_eq!(last_day(auth), expected, "born {birth}, issued {issued}");
            assert_eq!(sign, auth);
        }
    }
}

#[test]
fn the_day_of_issue_is_the_day_in_japan() {
    // 2026-11-21T15:00:00Z is midnight of the 22nd in Japan: the birthday on the 22nd is no longer to come.
    let midnight = Instant::end_of_day_jst(day("2026-11-21"))
        .unwrap()
        .plus_seconds(1);
    assert_eq!(midnight.to_string(), "2026-11-21T15:00:00Z");
    for (issued, expected) in [
        (midnight, "2031-11-22"),
        (midnight.plus_seconds(-1), "2030-11-22"),
    ] {
        let end = authentication_not_after(day("1980-11-22"), issued, false, day(FAR)).unwrap();
        assert_eq!(last_day(end), expected);
    }
}

#[test]
fn a_certificate_ends_with_its_card_and_a_signature_certificate_with_the_authentication_certificate()
 {
    let (birth, issued) = (day("1980-02-17"), noon("2026-11-22"));
    let card_end = day("2028-02-17");
    let auth = authentication_not_after(birth, issued, false, card_end).unwrap();
    assert_eq!(last_day(auth), "2028-02-17");
    let earlier = noon("2027-03-01");
    let sign = signature_not_after(birth, issued, false, card_end, Some(earlier)).unwrap();
    assert_eq!(sign, earlier);
    let later = noon("2030-01-01");
    let sign = signature_not_after(birth, issued, true, card_end, Some(later)).unwrap();
    assert_eq!(last_day(sign), "2028-02-17");
    // On its last day the card still takes a certificate.
    let last = authentication_not_after(birth, issued, false, day("2026-11-22")).unwrap();
    assert_eq!(last_day(last), "2026-11-22");
}

#[test]
fn nothing_is_issued_on_an_ended_card_beside_an_ended_certificate_or_before_birth() {
    let (birth, issued) = (day("1980-02-17"), noon("2026-11-22"));
    assert_eq!(
        authentication_not_after(birth, issued, false, day("2026-11-21")),
        Err(ValidityError::CardEnded {
            card_end: day("2026-11-21"),
            issued: day("2026-11-22")
        })
    );
    assert_eq!(
        signature_not_after(birth, issued, false, day(FAR), Some(issued)),
        Err(ValidityError::AuthenticationEnded {
            end: issued,
            issued
        })
    );
    assert_eq!(
        authentication_not_after(day("2026-11-23"), issued, false, day(FAR)),
        Err(ValidityError::NotYetBorn {
            birth: day("2026-11-23"),
            issued: day("2026-11-22")
        })
    );
    let edge = Instant::end_of_day_jst(day("9998-01-01")).unwrap();
    assert_eq!(
        authentication_not_after(birth, edge, false, day("9999-12-31")),
        Err(ValidityError::Calendar)
    );
}

#[test]
fn cards_of_adults_live_ten_birthdays_those_of_minors_five_and_none_outlives_a_stay() {
    for (birth, made, stay, expected) in [
        ("1980-02-17", "2026-11-22", None, "2036-02-17"),
        ("1980-12-24", "2026-11-22", None, "2035-12-24"),
        // Eighteen on the day: an adult. A day younger: not.
        ("2008-11-22", "2026-11-22", None, "2036-11-22"),
        ("2008-11-23", "2026-11-22", None, "2030-11-23"),
        ("2026-11-01", "2026-11-22", None, "2031-11-01"),
        // Born on 29 February: 18 on 28 February of a common year.
        ("2004-02-29", "2022-02-27", None, "2026-02-28"),
        ("2004-02-29", "2022-02-28", None, "2032-02-29"),
        ("1990-05-05", "2026-11-22", Some("2028-03-31"), "2028-03-31"),
        ("1990-05-05", "2026-11-22", Some("2040-03-31"), "2036-05-05"),
        ("2015-05-05", "2026-11-22", Some("2027-01-15"), "2027-01-15"),
    ] {
        let end = card_valid_until(day(birth), day(made), stay.map(day));
        assert_eq!(end.to_string(), expected, "born {birth}, made {made}");
    }
}

#[test]
fn a_certificate_may_be_renewed_early_from_the_day_after_three_months_before() {
    for (end, from) in [
        ("2026-08-01", "2026-05-02"),
        ("2027-02-17", "2026-11-18"),
        ("2027-01-31", "2026-11-01"),
        ("2027-03-31", "2027-01-01"),
        // No 31st, no 29th three months before: counted from the month's last day.
        ("2027-05-31", "2027-03-01"),
        ("2028-05-31", "2028-03-01"),
        ("2027-05-29", "2027-03-01"),
        ("2028-05-29", "2028-03-01"),
        ("2027-12-31", "2027-10-01"),
    ] {
        let not_after = Instant::end_of_day_jst(day(end)).unwrap();
        assert_eq!(
            renewable_from(not_after)
                .unwrap()
                .to_string(),
            from,
            "{end}"
        );
    }
}
