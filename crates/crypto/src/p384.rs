//! ECDSA on P-384 over a digest: what the next card is assumed to do, and its two ways of writing a signature.

use crate::{PublicKey, SignatureInvalid};
use aws_lc_rs::{digest, signature as aws};
use const_oid::{ObjectIdentifier, db};
use der::{Decode as _, Encode as _, asn1::Uint};

/// Bytes of a number of the curve.
const NUMBER: usize = 48;

/// ECDSA-Sig-Value (RFC 3279 §2.2.3).
#[derive(der::Sequence)]
struct SignatureValue {
    r: Uint,
    s: Uint,
}

impl PublicKey {
    /// The point of a key on P-384, uncompressed (97 bytes); none for any other key.
    #[must_use]
    pub fn p384_point(&self) -> Option<&[u8]> {
        let key = &self.spki().algorithm;
        let curve = key
            .parameters
            .as_ref()
            .and_then(|parameters| {
                parameters
                    .decode_as::<ObjectIdentifier>()
                    .ok()
            });
        let is_p384 =
            key.oid == db::rfc5912::ID_EC_PUBLIC_KEY && curve == Some(db::rfc5912::SECP_384_R_1);
        Some(self.key_bits()).filter(|point| is_p384 && point.len() == 2 * NUMBER + 1)
    }

    /// Verifies a DER ECDSA-Sig-Value over a SHA-384 digest, or over what stands in its place: the counterpart of
    /// [`CardKey::sign_sha384`](crate::CardKey::sign_sha384).
    ///
    /// # Errors
    /// [`SignatureInvalid`], also for a key of another kind.
    pub fn verify_p384_sha384(
        &self,
        digest: &[u8; NUMBER],
        signature: &[u8],
    ) -> Result<(), SignatureInvalid> {
        self.p384_point()
            .ok_or(SignatureInvalid)?;
        let digest = digest::Digest::import_less_safe(digest, &digest::SHA384)
            .map_err(|_| SignatureInvalid)?;
        aws::UnparsedPublicKey::new(&aws::ECDSA_P384_SHA384_ASN1, self.spki_der())
            .verify_digest(&digest, signature)
            .map_err(|_| SignatureInvalid)
    }
}

/// r and s one behind the other, 48 bytes each, as PKCS#11 has a signature; of a DER ECDSA-Sig-Value on P-384.
///
/// # Errors
/// [`SignatureInvalid`] for what is none.
pub fn p384_numbers(der: &[u8]) -> Result<[u8; 2 * NUMBER], SignatureInvalid> {
    let value = SignatureValue::from_der(der).map_err(|_| SignatureInvalid)?;
    let mut numbers = [0; 2 * NUMBER];
    let (r, s) = numbers.split_at_mut(NUMBER);
    for (number, to) in [(value.r, r), (value.s, s)] {
        let bytes = number.as_bytes();
        let start = NUMBER
            .checked_sub(bytes.len())
            .ok_or(SignatureInvalid)?;
        to[start..].copy_from_slice(bytes);
    }
    Ok(numbers)
}

/// The DER ECDSA-Sig-Value of r and s, 48 bytes each: the inverse of [`p384_numbers`].
///
/// # Errors
/// [`SignatureInvalid`] for another length.
pub fn p384_signature(numbers: &[u8]) -> Result<Vec<u8>, SignatureInvalid> {
    let (r, s) = numbers
        .split_at_checked(NUMBER)
        .filter(|(_, s)| s.len() == NUMBER)
        .ok_or(SignatureInvalid)?;
    let number = |bytes| Uint::new(bytes).map_err(|_| SignatureInvalid);
    SignatureValue {
        r: number(r)?,
        s: number(s)?,
    }
    .to_der()
    .map_err(|_| SignatureInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardKey, DigestAlgorithm, KeyKind, SigningKey as _, SoftwareKey};

    fn digest(of: &[u8]) -> [u8; NUMBER] {
        DigestAlgorithm::Sha384
            .digest(of)
            .try_into()
            .unwrap()
    }

    #[test]
    fn what_a_card_signed_verifies_in_both_ways_of_writing() {
        let key = CardKey::generate_p384().unwrap();
        let public = key.public_key();
        assert_eq!(public.p384_point().unwrap()[0], 4);
        // Numbers with leading zeros are among so many.
        for round in 0..64_u8 {
            let digest = digest(&[round]);
            let der = key.sign_sha384(&digest).unwrap();
            assert_eq!(public.verify_p384_sha384(&digest, &der), Ok(()));
            let numbers = p384_numbers(&der).unwrap();
            assert_eq!(p384_signature(&numbers).unwrap(), der);
            let mut changed = numbers;
            changed[95] ^= 1;
            let changed = p384_signature(&changed).unwrap();
            assert_eq!(
                public.verify_p384_sha384(&digest, &changed),
                Err(SignatureInvalid)
            );
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for der in [
            &[][..],
            &[0x30, 0],
            &[0x30, 3, 2, 1, 1],
            &[0x30, 6, 2, 1, 0xFF, 2, 1, 1],
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 0],
        ] {
            assert!(p384_numbers(der).is_err(), "{der:02X?}");
        }
        let long = [&[0x30, 0x36, 2, 0x31][..], &[1; 49], &[2, 1, 1]].concat();
        assert!(p384_numbers(&long).is_err());
        for length in [0, 95, 97, 64] {
            assert!(p384_signature(&vec![1; length]).is_err());
        }
        let other = SoftwareKey::generate(KeyKind::P256).unwrap();
        let signature = other.sign(b"x").unwrap();
        let public = other.public_key();
        assert!(public.p384_point().is_none());
        assert_eq!(
            public.verify_p384_sha384(&digest(b"x"), &signature),
            Err(SignatureInvalid)
        );
    }
}
