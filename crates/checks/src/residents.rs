//! Residents as CSV (`shirushi_register::bad_rows`).

use shirushi_clock::Date;
use shirushi_register::{MAX_LISTED, bad_rows};

/// Faults are listed by their lines, which the file has, in order, and a bounded number of them.
pub fn check(bytes: &[u8]) {
    let listed = bad_rows(bytes, Date::constant(2026, 11, 29));
    let lines = 1 + bytes
        .iter()
        .filter(|byte| **byte == b'\n')
        .count();
    assert!(listed.len() <= MAX_LISTED);
    assert!(listed.is_sorted_by_key(|bad| bad.line));
    for bad in &listed {
        assert!((1..=lines).contains(&bad.line), "{bad:?}");
        assert!(!bad.what_ja.is_empty() && !bad.what_en.is_empty());
        assert!(
            !bad.value_shown
                .contains(char::is_control),
            "{bad:?}"
        );
        assert!(bad.value_shown.chars().count() <= 41, "{bad:?}");
    }
}
