//! The list of what is revoked (RFC 5280 §5).

use super::{DAY, records::Records};
use crate::{RoleError, certificate::authority_key};
use der::Encode as _;
use shirushi_asn1::tlv;
use shirushi_clock::Instant;
use shirushi_crypto::{SigningKey as _, SoftwareKey};
use shirushi_profile::{Certificate, CrlFrame, ProfileError, RevokedEntry, assemble};

/// A list lasts so long at least. It lasts as long as any certificate of which it speaks: whoever renews an identity has a new list with it, so
/// that nobody needs one more often than that, and none outlives its holder's certificate by much.
const DAYS: i64 = 365;

/// The signed list that says what the records say.
pub(super) fn signed(
    key: &SoftwareKey,
    authority: &Certificate,
    records: &Records,
    now: Instant,
) -> Result<Vec<u8>, RoleError> {
    let revoked = records
        .issued
        .iter()
        .filter_map(|issued| {
            let revocation = issued.revoked?;
            Some(RevokedEntry {
                serial: *issued.certificate.serial(),
                revoked_at: revocation.at,
                reason: revocation.reason,
            })
        });
    let next = next_update(authority, records, now);
    let tbs = frame(key, authority)?.tbs(records.list_number, now, next, revoked)?;
    Ok(assemble(&tbs, key.algorithm(), &key.sign(&tbs)?))
}

fn frame(key: &SoftwareKey, authority: &Certificate) -> Result<CrlFrame, ProfileError> {
    // Version 2.
    let mut head = vec![tlv::INTEGER, 1, 1];
    head.extend_from_slice(&key.algorithm().identifier().to_der()?);
    head.extend_from_slice(authority.subject_der());
    Ok(CrlFrame {
        head,
        key_identifier: authority_key(key.public_key())?.to_der()?,
        point: Vec::new(),
    })
}

fn next_update(authority: &Certificate, records: &Records, now: Instant) -> Instant {
    let ends = records
        .issued
        .iter()
        .map(|issued| issued.certificate.not_after());
    ends.fold(now.plus_seconds(DAYS * DAY), Instant::max)
        .min(authority.not_after())
}
