//! What an RSA signature says: the operation of the public key that undoes a card's, which the safe interface of the library does
//! not offer.
#![allow(unsafe_code)]

use crate::{CryptoError, PublicKey, SignatureInvalid};
use aws_lc_sys as sys;
use std::ptr::NonNull;

impl PublicKey {
    /// What was padded by PKCS#1 v1.5 type 1 and signed (RFC 8017 §8.2.2, steps 2 and 3 up to the padding): the inverse of
    /// [`CardKey::sign_padded`](crate::CardKey::sign_padded). Whoever verifies compares it, all of it, with what should have been signed.
    ///
    /// # Errors
    /// [`SignatureInvalid`] when the padding is another, the length is not the modulus's, or the key is not RSA.
    pub fn recover_padded(&self, signature: &[u8]) -> Result<Vec<u8>, SignatureInvalid> {
        let rsa = Rsa::parse(self.spki_der()).map_err(|_| SignatureInvalid)?;
        rsa.public_decrypt_pkcs1(signature)
            .ok_or(SignatureInvalid)
    }
}

/// An owned reference to the library's RSA object.
struct Rsa(NonNull<sys::RSA>);

impl Rsa {
    fn parse(spki: &[u8]) -> Result<Self, CryptoError> {
        let mut reader = sys::CBS {
            data: spki.as_ptr(),
            len: spki.len(),
        };
        // SAFETY: `reader` spans exactly `spki`, which outlives the call; the function reads within it and returns an owned key or null.
        let key = NonNull::new(unsafe { sys::EVP_parse_public_key(&raw mut reader) })
            .ok_or(CryptoError::NotAKey)?;
        // SAFETY: `key` is a live key; the result is null or a reference of its own, which `Drop` releases.
        let rsa = unsafe { sys::EVP_PKEY_get1_RSA(key.as_ptr()) };
        // SAFETY: `key` was returned owned above and is not used afterwards.
        unsafe { sys::EVP_PKEY_free(key.as_ptr()) };
        NonNull::new(rsa)
            .map(Self)
            .ok_or(CryptoError::NotAKey)
    }

    fn public_decrypt_pkcs1(&self, signature: &[u8]) -> Option<Vec<u8>> {
        // SAFETY: the pointer is live as long as `self`.
        let size = unsafe { sys::RSA_size(self.0.as_ptr()) };
        let size = usize::try_from(size).ok()?;
        if signature.len() != size {
            return None;
        }
        let mut out = vec![0; size];
        // SAFETY: `signature` is readable for its length; `out` has RSA_size bytes, as the function requires; the key is live.
        let written = unsafe {
            sys::RSA_public_decrypt(
                signature.len(),
                signature.as_ptr(),
                out.as_mut_ptr(),
                self.0.as_ptr(),
                sys::RSA_PKCS1_PADDING,
            )
        };
        out.truncate(usize::try_from(written).ok()?);
        Some(out)
    }
}

impl Drop for Rsa {
    fn drop(&mut self) {
        // SAFETY: this value owns one reference, released once.
        unsafe { sys::RSA_free(self.0.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardKey, KeyKind, SigningKey, SoftwareKey};

    #[test]
    fn what_a_card_signed_is_recovered() {
        let key = CardKey::generate().unwrap();
        for data in [&b""[..], b"any bytes", &[7; 245]] {
            let mut signature = key.sign_padded(data).unwrap();
            assert_eq!(
                key.public_key()
                    .recover_padded(&signature)
                    .unwrap(),
                data
            );
            signature[9] ^= 1;
            let changed = key
                .public_key()
                .recover_padded(&signature);
            assert_eq!(changed, Err(SignatureInvalid));
        }
    }

    #[test]
    fn another_length_or_kind_of_key_recovers_nothing() {
        let key = CardKey::generate().unwrap();
        let signature = key.sign_padded(b"x").unwrap();
        let cut = &signature[1..];
        assert_eq!(key.public_key().recover_padded(cut), Err(SignatureInvalid));
        let curve = SoftwareKey::generate(KeyKind::P256).unwrap();
        assert_eq!(
            curve
                .public_key()
                .recover_padded(&signature),
            Err(SignatureInvalid)
        );
    }
}
