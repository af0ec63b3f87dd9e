//! What a received list is.
//!
//! * Every entry that counts is told, and found by its serial number.
//! * A list with an entry that no certificate can be meant by is malformed, whole: it must not pass for one that is silent.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, RevocationReason, RevokedEntry, SerialNumber,
};

#[test]
fn an_entry_for_a_number_that_no_certificate_has_makes_the_list_malformed() {
    let serial = [0x12; 16];
    let entry = RevokedEntry {
        serial: SerialNumber::from_bytes(&serial).unwrap(),
        revoked_at: at(-60),
        reason: RevocationReason::KeyCompromise,
    };
    let list = Authority::new(CertificateKind::Authentication).list(CrlScope::Complete, &[entry]);
    assert_eq!((list.len(), list.entries().count()), (1, 1));
    assert!(list.entry(&entry.serial).is_some());
    let place = list
        .der()
        .windows(serial.len())
        .position(|part| part == serial)
        .unwrap();
    // Negative; and zero, in as many octets as DER does not allow for it.
    for first in [0x92, 0x80, 0x00] {
        let mut der = list.der().to_vec();
        der[place] = first;
        assert!(CertificateList::from_der(&der).is_err(), "{first:02x}");
    }
}
