//! Revocation lists (`shirushi_profile::CertificateList`), and what a validation makes of them.

use crate::city;
use shirushi_path::Evidence;
use shirushi_profile::{CertificateList, lint};

/// A list keeps the bytes it was read from; each of its entries is found by its serial number. None but the city's own list lets a
/// certificate pass.
pub fn check(bytes: &[u8]) {
    let Ok(list) = CertificateList::from_der(bytes) else {
        return;
    };
    assert_eq!(list.der(), bytes);
    assert_eq!(list.entries().count(), list.len());
    for entry in list.entries() {
        assert!(list.entry(&entry.serial).is_some());
    }
    let _ = lint::lint_crl(&list, &city::authority());

    let is_own = list.tbs_der() == city::list().tbs_der();
    let evidence = Evidence {
        crls: vec![list],
        ..Evidence::default()
    };
    assert!(is_own || !city::lets_pass(&evidence));
}
