//! What a received list is.
//!
//! * Every entry that counts is told, and found by its serial number.
//! * An entry that nobody needs is passed over: a number that is zero, negative or too long, a reason without a name. The others count.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "fixture/fixture.rs"]
mod fixture;

use fixture::*;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, Malformed, RevocationReason, RevokedEntry,
    SerialNumber, lint,
};

/// A list with one entry, whose serial number's octets are changed.
fn changed(
    octets: &[u8],
    reason: RevocationReason,
    replace: &dyn Fn(&[u8]) -> Vec<u8>,
) -> Result<CertificateList, Malformed> {
    let entry = RevokedEntry {
        serial: SerialNumber::from_bytes(octets).unwrap(),
        revoked_at: at(-60),
        reason,
    };
    let list = Authority::new(CertificateKind::Authentication).list(CrlScope::Complete, &[entry]);
    assert_eq!((list.len(), list.entries().count()), (1, 1));
    assert!(list.entry(&entry.serial).is_some());
    CertificateList::from_der(&replace(list.der()))
}

fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let place = der
        .windows(from.len())
        .position(|part| part == from)
        .unwrap();
    [&der[..place], to, &der[place + from.len()..]].concat()
}

#[test]
fn an_entry_for_a_number_that_should_not_be_is_that_numbers_and_spoils_nothing() {
    let serial = [0x12; 16];
    for first in [0x92, 0x80] {
        let mut negative = serial;
        negative[0] = first;
        let list = changed(&serial, RevocationReason::KeyCompromise, &|der| {
            replaced(der, &serial, &negative)
        })
        .unwrap();
        assert_eq!((list.len(), list.entries().count()), (1, 1), "{first:02x}");
        let number = SerialNumber::from_der_content(&negative).unwrap();
        assert!(list.entry(&number).is_some());
        assert!(
            list.entry(&SerialNumber::from_bytes(&serial).unwrap())
                .is_none()
        );
        let found = lint::lint_crl(
            &list,
            &Authority::new(CertificateKind::Authentication).certificate,
        );
        assert!(
            found
                .iter()
                .any(|finding| finding.rule == "list.entries")
        );
    }
    // Zero in more octets than DER has for it is no INTEGER.
    let not_der = [&[0x00][..], &serial[1..]].concat();
    assert!(
        changed(&serial, RevocationReason::KeyCompromise, &|der| replaced(
            der, &serial, &not_der
        ))
        .is_err()
    );
}

#[test]
fn a_reason_without_a_name_here_is_no_reason_to_be_alive() {
    let serial = [0x12; 16];
    for code in [7, 8, 10, 11, 99] {
        let list = changed(&serial, RevocationReason::KeyCompromise, &|der| {
            replaced(der, &[0x0a, 0x01, 0x01], &[0x0a, 0x01, code])
        });
        let list = list.unwrap();
        let number = SerialNumber::from_bytes(&serial).unwrap();
        assert_eq!(
            list.entry(&number).unwrap().reason,
            RevocationReason::Unspecified,
            "{code}"
        );
        assert_eq!(list.removes(&number), code == 8);
    }
}
