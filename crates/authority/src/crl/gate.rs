//! The publish gate (DESIGN.md §5): no CRL goes out that forgot an entry, or went back in number or in time. Issuer and distribution
//! point are the linter's part.

use super::times;
use shirushi_clock::Instant;
use shirushi_profile::{CertificateList, RevokedEntry, SerialNumber};

/// Whether a list of this content may follow `before`. `has_ended` says of which certificates nothing needs to be told any more.
pub(super) fn may_follow(
    before: Option<&CertificateList>,
    this_update: Instant,
    entries: &[RevokedEntry],
    now: Instant,
    has_ended: impl Fn(&SerialNumber) -> bool,
) -> Result<(), &'static str> {
    let Some(before) = before else {
        return Ok(());
    };
    if this_update < before.this_update() && !times::is_ahead(before, now) {
        return Err("its time went back");
    }
    // Both are in the order of their serial numbers.
    let mut new = entries.iter().peekable();
    for entry in before.entries() {
        while new
            .next_if(|other| other.serial < entry.serial)
            .is_some()
        {}
        match new.next_if(|other| other.serial == entry.serial) {
            // What was signed in between would be valid again.
            Some(kept) if kept.revoked_at > entry.revoked_at => {
                return Err("an entry became later");
            }
            Some(_) => {}
            None if has_ended(&entry.serial) => {}
            None => return Err("it lost an entry"),
        }
    }
    Ok(())
}

/// Whether what was signed is what was intended, entry by entry.
pub(super) fn is_as_intended(
    list: &CertificateList,
    tbs: &[u8],
    number: u64,
    entries: &[RevokedEntry],
) -> Result<(), &'static str> {
    if list.tbs_der() != tbs {
        return Err("what was signed is not what was intended");
    }
    if list.number() != Some(number) {
        return Err("it does not bear its number");
    }
    if list.len() != entries.len()
        || !list
            .entries()
            .eq(entries.iter().copied())
    {
        return Err("it does not hold every revocation on record");
    }
    Ok(())
}
