//! OCSP responses (`shirushi_profile::ocsp::ReceivedResponse`), and what a validation makes of them.

use crate::city;
use shirushi_path::Evidence;
use shirushi_profile::ocsp::ReceivedResponse;

/// A response keeps the bytes it was read from. None but the city's own lets a certificate pass.
pub fn check(bytes: &[u8]) {
    let Ok(response) = ReceivedResponse::from_der(bytes) else {
        return;
    };
    assert_eq!(response.der(), bytes);
    assert!(!response.statuses().is_empty());
    for certificate in response.certificates() {
        let _ = response.is_by(certificate);
    }
    let _ = (response.signature_algorithm(), response.nonce());

    let is_own = response.tbs_der() == city::response().tbs_der();
    let evidence = Evidence {
        ocsp: vec![response],
        ..Evidence::default()
    };
    assert!(is_own || !city::lets_pass(&evidence));
}
