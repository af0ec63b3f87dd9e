//! The library's RSA object, for the two operations over PKCS#1 v1.5 padding that its safe interface does not offer.
#![allow(unsafe_code)]

use crate::{CryptoError, Secret};
use aws_lc_sys as sys;
use std::ptr::NonNull;

/// An owned reference to the library's RSA object.
pub(crate) struct Rsa(NonNull<sys::RSA>);

impl Rsa {
    /// The key of a PKCS#8 PrivateKeyInfo (RFC 5208 §5).
    pub(crate) fn private(pkcs8: &Secret) -> Result<Self, CryptoError> {
        let mut reader = reader(pkcs8.expose());
        // SAFETY: `reader` spans bytes that `pkcs8` owns, which outlives the call; the function reads within them and returns an
        // owned key or null.
        Self::of(unsafe { sys::EVP_parse_private_key(&raw mut reader) })
    }

    /// The key of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    pub(crate) fn public(spki: &[u8]) -> Result<Self, CryptoError> {
        let mut reader = reader(spki);
        // SAFETY: as in `private`, of `spki`.
        Self::of(unsafe { sys::EVP_parse_public_key(&raw mut reader) })
    }

    /// Takes over an owned key, or null.
    fn of(key: *mut sys::EVP_PKEY) -> Result<Self, CryptoError> {
        let key = NonNull::new(key).ok_or(CryptoError::NotAKey)?;
        // SAFETY: `key` is a live key; the result is null or a reference of its own, which `Drop` releases.
        let rsa = unsafe { sys::EVP_PKEY_get1_RSA(key.as_ptr()) };
        // SAFETY: `key` was given to us owned and is not used afterwards.
        unsafe { sys::EVP_PKEY_free(key.as_ptr()) };
        NonNull::new(rsa)
            .map(Self)
            .ok_or(CryptoError::NotAKey)
    }

    /// Length of the modulus, in bytes.
    pub(crate) fn modulus_len(&self) -> usize {
        // SAFETY: the pointer is live as long as `self`.
        let size = unsafe { sys::RSA_size(self.0.as_ptr()) };
        usize::try_from(size).unwrap_or(0)
    }

    /// The operation of the private key over `data` after type 1 padding.
    pub(crate) fn encrypt_padded(&self, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut out = vec![0; self.modulus_len()];
        // SAFETY: `data` is readable for its length; `out` has RSA_size bytes, as the function requires; the key is live.
        let written = unsafe {
            sys::RSA_private_encrypt(
                data.len(),
                data.as_ptr(),
                out.as_mut_ptr(),
                self.0.as_ptr(),
                sys::RSA_PKCS1_PADDING,
            )
        };
        match usize::try_from(written) {
            Ok(n) if n == out.len() => Ok(out),
            _ => Err(CryptoError::SigningFailed),
        }
    }

    /// What [`Rsa::encrypt_padded`] was given, by the operation of the public key; none of another length, or padded otherwise.
    pub(crate) fn decrypt_padded(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let size = self.modulus_len();
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

/// The library's view of bytes.
fn reader(bytes: &[u8]) -> sys::CBS {
    sys::CBS {
        data: bytes.as_ptr(),
        len: bytes.len(),
    }
}
