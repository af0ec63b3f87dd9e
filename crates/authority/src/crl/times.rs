//! When a list is made, and the times that it bears.

use crate::ListKey;
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_profile::{CertificateList, CrlScope};

/// A CRL is good for this long; the real service makes one a day (facts/profile-and-rules.md A.6).
pub(super) const VALID_SECONDS: i64 = 24 * 60 * 60;

/// A complete list, or one of authorities, older than this is made anew although nothing changed.
const REFRESH_SECONDS: i64 = 12 * 60 * 60;

/// The municipalities' lists follow each at its own time within so many seconds before, so that 1,741 are not signed in one minute.
const SPREAD_SECONDS: i64 = 3 * 60 * 60;

/// So far before the moment of its making lies a list's thisUpdate, where nothing that it tells is newer.
const BACK_SECONDS: i64 = 60;

/// How far a clock may be set back without having been wrong before.
const TOLERANCE_SECONDS: i64 = 5 * 60;

/// Whether the time of the last list is half over, or lies ahead of the present.
pub(super) fn is_due(key: &ListKey, last: Option<&CertificateList>, now: Instant) -> bool {
    last.is_none_or(|last| {
        now >= last
            .this_update()
            .plus_seconds(refresh(key))
            || is_ahead(last, now)
    })
}

/// Whether the list was made by a clock that was far ahead of this one.
pub(super) fn is_ahead(last: &CertificateList, now: Instant) -> bool {
    last.this_update() > now.plus_seconds(TOLERANCE_SECONDS)
}

/// The thisUpdate of the list after `last`: a little before now, and not before the newest that it tells nor before the last one's,
/// unless that one's clock was wrong. A relying party whose clock is a little behind this one must not be handed a list of its
/// future: some allow no difference at all.
pub(super) fn this_update(
    last: Option<&CertificateList>,
    newest_told: Option<Instant>,
    now: Instant,
) -> Instant {
    let back = now.plus_seconds(-BACK_SECONDS);
    let told = newest_told.map_or(back, |told| back.max(told.min(now)));
    match last {
        Some(last) if !is_ahead(last, now) => told.max(last.this_update()),
        _ => told,
    }
}

fn refresh(key: &ListKey) -> i64 {
    let CrlScope::Municipality(municipality) = key.scope else {
        return REFRESH_SECONDS;
    };
    let digest = sha256(format!("{} {municipality}", key.kind).as_bytes());
    let share = i64::from(u16::from_be_bytes([digest[0], digest[1]]));
    REFRESH_SECONDS - SPREAD_SECONDS * share / i64::from(u16::MAX)
}
