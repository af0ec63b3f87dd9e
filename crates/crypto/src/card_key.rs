//! The key inside a card. Today's is RSA: the card pads and signs what it is given (`facts/card.md` §12), an operation that the
//! safe interface of the library does not offer. The next card's will be on P-384 (`facts/card.md` §21); how it is asked to sign
//! is not public.

use crate::{
    CryptoError, KeyKind, PublicKey, Secret, SignatureAlgorithm, SigningKey as _, SoftwareKey,
    rsa::Rsa,
};
use aws_lc_rs::{digest, rsa, signature as aws};

/// Overhead of PKCS#1 v1.5 type 1 padding (RFC 8017 §9.2), in bytes.
const PADDING_LEN: usize = 11;

/// An RSA-2048 or P-384 key with the operations of a card.
#[derive(Debug)]
pub struct CardKey {
    key: SoftwareKey,
}

impl CardKey {
    /// Makes an RSA-2048 key, as every card has today.
    ///
    /// # Errors
    /// [`CryptoError::GenerationFailed`] when the library fails.
    pub fn generate() -> Result<Self, CryptoError> {
        let key = SoftwareKey::generate(KeyKind::Rsa2048)?;
        Ok(Self { key })
    }

    /// Makes a P-384 key, as is announced for the next card.
    ///
    /// # Errors
    /// [`CryptoError::GenerationFailed`] when the library fails.
    pub fn generate_p384() -> Result<Self, CryptoError> {
        let key = SoftwareKey::generate(KeyKind::P384)?;
        Ok(Self { key })
    }

    /// Reads a PKCS#8 key on RSA or P-384.
    ///
    /// # Errors
    /// [`CryptoError::NotAKey`] when it is none.
    pub fn from_pkcs8(pkcs8: Secret) -> Result<Self, CryptoError> {
        let key = SoftwareKey::from_pkcs8(pkcs8)?;
        match key.algorithm() {
            SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::EcdsaP384Sha384 => {
                Ok(Self { key })
            }
            _ => Err(CryptoError::NotAKey),
        }
    }

    /// Whether it is on P-384, not RSA.
    #[must_use]
    pub fn is_p384(&self) -> bool {
        self.key.algorithm() == SignatureAlgorithm::EcdsaP384Sha384
    }

    /// The PKCS#8 form, for the card's file.
    #[must_use]
    pub fn to_pkcs8(&self) -> &Secret {
        self.key.to_pkcs8()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// Private key operation over the PKCS#1 v1.5 type 1 padding of `data`, whatever it is (usually a DigestInfo); the result is
    /// as long as the modulus. COMPUTE SIGNATURE with P1 = 00.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] when `data` leaves no room for the padding, [`CryptoError::NotAKey`] when the key is not RSA.
    pub fn sign_padded(&self, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let rsa = Rsa::private(self.key.to_pkcs8())?;
        let length = rsa.modulus_len();
        let most = length.saturating_sub(PADDING_LEN);
        if data.len() > most {
            return Err(CryptoError::TooLong {
                length: data.len(),
                most,
            });
        }
        rsa.encrypt_padded(data)
    }

    /// RSASSA-PSS with SHA-256 and a random salt of 32 bytes over a 32-byte digest. COMPUTE SIGNATURE with P1 = 04.
    ///
    /// # Errors
    /// [`CryptoError::SigningFailed`] when the library refuses.
    pub fn sign_pss_sha256(&self, digest: &[u8; 32]) -> Result<Vec<u8>, CryptoError> {
        let failed = |_| CryptoError::SigningFailed;
        let pair =
            rsa::KeyPair::from_pkcs8(self.to_pkcs8().expose()).map_err(|_| CryptoError::NotAKey)?;
        let digest = digest::Digest::import_less_safe(digest, &digest::SHA256).map_err(failed)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign_digest(&aws::RSA_PSS_SHA256, &digest, &mut signature)
            .map_err(failed)?;
        Ok(signature)
    }

    /// ECDSA over a SHA-384 digest; the result is a DER ECDSA-Sig-Value (RFC 3279 §2.2.3).
    ///
    /// # Errors
    /// [`CryptoError::NotAKey`] when the key is not on P-384, [`CryptoError::SigningFailed`] when the library refuses.
    pub fn sign_sha384(&self, digest: &[u8; 48]) -> Result<Vec<u8>, CryptoError> {
        let failed = |_| CryptoError::SigningFailed;
        let algorithm = &aws::ECDSA_P384_SHA384_ASN1_SIGNING;
        let pair = aws::EcdsaKeyPair::from_pkcs8(algorithm, self.to_pkcs8().expose())
            .map_err(|_| CryptoError::NotAKey)?;
        let digest = digest::Digest::import_less_safe(digest, &digest::SHA384).map_err(failed)?;
        let signature = pair
            .sign_digest(&digest)
            .map_err(failed)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha256;

    /// DigestInfo prefix of SHA-256 (RFC 8017 §9.2, note 1).
    const SHA256_PREFIX: &str = "3031300d060960864801650304020105000420";

    #[test]
    fn a_padded_digest_info_is_a_pkcs1_signature() {
        let key = CardKey::generate().unwrap();
        let mut info = hex::decode(SHA256_PREFIX).unwrap();
        info.extend_from_slice(&sha256(b"filing"));
        let signature = key.sign_padded(&info).unwrap();
        let public = key.public_key();
        public
            .verify(SignatureAlgorithm::RsaPkcs1Sha256, b"filing", &signature)
            .unwrap();
        assert_eq!(
            key.sign_padded(&[0; 245])
                .unwrap()
                .len(),
            256
        );
        assert_eq!(
            key.sign_padded(&[0; 246]),
            Err(CryptoError::TooLong {
                length: 246,
                most: 245
            })
        );
    }

    #[test]
    fn pss_verifies_with_the_library() {
        let key = CardKey::generate().unwrap();
        let signature = key
            .sign_pss_sha256(&sha256(b"filing"))
            .unwrap();
        aws::UnparsedPublicKey::new(&aws::RSA_PSS_2048_8192_SHA256, key.public_key().spki_der())
            .verify(b"filing", &signature)
            .unwrap();
    }

    #[test]
    fn other_kinds_of_keys_are_no_card_keys() {
        for kind in [KeyKind::P256, KeyKind::Ed25519] {
            let key = SoftwareKey::generate(kind).unwrap();
            let refused = CardKey::from_pkcs8(key.to_pkcs8().clone());
            assert_eq!(refused.unwrap_err(), CryptoError::NotAKey);
        }
    }

    #[test]
    fn a_p384_key_signs_digests_and_does_nothing_that_rsa_does() {
        let key = CardKey::generate_p384().unwrap();
        let again = CardKey::from_pkcs8(key.to_pkcs8().clone()).unwrap();
        assert!(again.is_p384());
        let digest = digest::digest(&digest::SHA384, b"filing");
        let digest = digest.as_ref().try_into().unwrap();
        let signature = again.sign_sha384(&digest).unwrap();
        key.public_key()
            .verify(SignatureAlgorithm::EcdsaP384Sha384, b"filing", &signature)
            .unwrap();
        assert_eq!(key.sign_padded(b"x"), Err(CryptoError::NotAKey));
        assert_eq!(key.sign_pss_sha256(&[0; 32]), Err(CryptoError::NotAKey));
        let rsa = CardKey::generate().unwrap();
        assert!(!rsa.is_p384());
        assert_eq!(rsa.sign_sha384(&digest), Err(CryptoError::NotAKey));
    }
}
