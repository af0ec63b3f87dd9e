//! Public keys by their SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

use crate::{CryptoError, SignatureAlgorithm, sha1};
use aws_lc_rs::signature as aws;
use const_oid::db;
use der::{Decode, Encode};
use spki::SubjectPublicKeyInfoOwned;

/// A public key, kept as the bytes received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    info: SubjectPublicKeyInfoOwned,
}

/// The numbers of an RSA public key, each big endian and without a leading zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaNumbers {
    /// n
    pub modulus: Vec<u8>,
    /// e
    pub public_exponent: Vec<u8>,
}

/// The signature does not verify: the message, the signature or the key is another one. The library says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureInvalid;

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`CryptoError::NotAKey`] when it is none. The kind of key is checked when a signature is.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let info = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| CryptoError::NotAKey)?;
        Ok(Self {
            der: der.to_vec(),
            info,
        })
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.der
    }

    /// The parsed SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &SubjectPublicKeyInfoOwned {
        &self.info
    }

    /// The content of the subjectPublicKey BIT STRING.
    #[must_use]
    pub fn key_bits(&self) -> &[u8] {
        self.info.subject_public_key.raw_bytes()
    }

    /// SHA-1 of the key bits: the key identifier of RFC 5280 §4.2.1.2 (1).
    #[must_use]
    pub fn key_identifier(&self) -> [u8; 20] {
        sha1(self.key_bits())
    }

    /// Size of an RSA modulus in bits; none for other keys.
    #[must_use]
    pub fn rsa_modulus_bits(&self) -> Option<usize> {
        let modulus = self.rsa_numbers()?.modulus;
        let leading = modulus.first()?.leading_zeros();
        Some(modulus.len() * 8 - usize::try_from(leading).ok()?)
    }

    /// Modulus and exponent of an RSA key; none for other keys.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<RsaNumbers> {
        /// RSAPublicKey (RFC 8017 A.1.1).
        #[derive(der::Sequence)]
        struct RsaPublicKey {
            modulus: der::asn1::Uint,
            public_exponent: der::asn1::Uint,
        }
        if self.info.algorithm.oid != db::rfc5912::RSA_ENCRYPTION {
            return None;
        }
        let key = RsaPublicKey::from_der(self.key_bits()).ok()?;
        Some(RsaNumbers {
            modulus: key.modulus.as_bytes().to_vec(),
            public_exponent: key.public_exponent.as_bytes().to_vec(),
        })
    }

    /// Verifies `signature` over `message`. RSA keys have at least 2048 bits (Reg 2, 38).
    ///
    /// # Errors
    /// [`SignatureInvalid`], also when the key does not fit the algorithm.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureInvalid> {
        let library: &'static dyn aws::VerificationAlgorithm = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &aws::RSA_PKCS1_2048_8192_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha384 => &aws::RSA_PKCS1_2048_8192_SHA384,
            SignatureAlgorithm::RsaPkcs1Sha512 => &aws::RSA_PKCS1_2048_8192_SHA512,
            SignatureAlgorithm::EcdsaP256Sha256 => &aws::ECDSA_P256_SHA256_ASN1,
            SignatureAlgorithm::EcdsaP384Sha384 => &aws::ECDSA_P384_SHA384_ASN1,
            SignatureAlgorithm::Ed25519 => &aws::ED25519,
        };
        aws::UnparsedPublicKey::new(library, &self.der)
            .verify(message, signature)
            .map_err(|_| SignatureInvalid)
    }
}

impl TryFrom<&SubjectPublicKeyInfoOwned> for PublicKey {
    type Error = CryptoError;

    fn try_from(info: &SubjectPublicKeyInfoOwned) -> Result<Self, CryptoError> {
        let der = info
            .to_der()
            .map_err(|_| CryptoError::NotAKey)?;
        Ok(Self {
            der,
            info: info.clone(),
        })
    }
}
