//! PEM (RFC 7468): one object a file.

use base64ct::{Base64, Encoding as _};
use rustls::pki_types::pem::PemObject;

/// The only object of its kind in `text`; none when there is none, several, or one that is broken.
pub(crate) fn only<T: PemObject>(text: &[u8]) -> Option<T> {
    let mut objects = T::pem_slice_iter(text);
    let first = objects.next()?.ok()?;
    objects
        .next()
        .is_none()
        .then_some(first)
}

/// An object as PEM.
pub(crate) fn encode(label: &str, der: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes give a line of 64 characters.
    for line in der.chunks(48) {
        text.push_str(&Base64::encode_string(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text.into_bytes()
}
