//! OCSP requests (`shirushi_profile::ocsp::parse_request`).

use crate::city;
use shirushi_profile::ocsp::{MOST_ENTRIES, MOST_REQUEST_BYTES, build_request, parse_request};

/// What is read asks about a bounded number of certificates, and means the same when it is asked again.
pub fn check(bytes: &[u8]) {
    let Ok(request) = parse_request(bytes) else {
        return;
    };
    assert!(bytes.len() <= MOST_REQUEST_BYTES);
    assert!((1..=MOST_ENTRIES).contains(&request.entries.len()));
    for entry in &request.entries {
        let _ = (entry.digest(), entry.is_of(&city::authority()));
    }
    // A nonce of 0 or of more than 128 bytes is none (RFC 9654 §2.1).
    let nonce = request.nonce.as_deref();
    assert!(nonce.is_none_or(|nonce| (1..=128).contains(&nonce.len())));
    if let Ok(again) = build_request(&request.entries, nonce)
        && again.len() <= MOST_REQUEST_BYTES
    {
        assert_eq!(parse_request(&again).as_ref(), Ok(&request));
    }
}
