//! The nonce extension, which binds an answer to its request.

use crate::oid;
use der::{Decode, Encode, asn1::OctetString};
use std::ops::RangeInclusive;
use x509_cert::ext::Extension;

/// Lengths in bytes that a nonce may have (RFC 9654 §2.1; RFC 8954 had stopped at 32).
pub const NONCE_LENGTHS: RangeInclusive<usize> = 1..=128;

/// A nonce.
///
/// ```text
/// Nonce ::= OCTET STRING(SIZE(1..128))
/// ```
///
/// [RFC 9654 §2.1](https://www.rfc-editor.org/rfc/rfc9654#section-2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(Vec<u8>);

/// Bytes that are no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a nonce of 1 to 128 bytes in an OCTET STRING")]
pub struct NotANonce;

impl Nonce {
    /// A nonce of these bytes.
    ///
    /// # Errors
    /// [`NotANonce`] for a length outside [`NONCE_LENGTHS`].
    pub fn new(bytes: &[u8]) -> Result<Self, NotANonce> {
        if NONCE_LENGTHS.contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(NotANonce)
        }
    }

    /// Reads the value of a nonce extension.
    ///
    /// # Errors
    /// [`NotANonce`] when it is none; servers must refuse such a request (RFC 9654 §2.1).
    pub fn from_extension(extension: &Extension) -> Result<Self, NotANonce> {
        let inner =
            OctetString::from_der(extension.extn_value.as_bytes()).map_err(|_| NotANonce)?;
        Self::new(inner.as_bytes())
    }

    /// The non-critical extension that carries it.
    ///
    /// # Errors
    /// None for a constructed value; the library's types ask for it.
    pub fn to_extension(&self) -> Result<Extension, der::Error> {
        let inner = OctetString::new(self.0.clone())?.to_der()?;
        Ok(Extension {
            extn_id: oid::OCSP_NONCE,
            critical: false,
            extn_value: OctetString::new(inner)?,
        })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_standard() {
        for (length, allowed) in [(0, false), (1, true), (32, true), (128, true), (129, false)] {
            assert_eq!(Nonce::new(&vec![7; length]).is_ok(), allowed, "{length}");
        }
        let nonce = Nonce::new(&[1, 2, 3]).unwrap();
        let extension = nonce.to_extension().unwrap();
        assert_eq!(hex::encode(extension.extn_value.as_bytes()), "0403010203");
        assert_eq!(Nonce::from_extension(&extension), Ok(nonce));
    }
}
