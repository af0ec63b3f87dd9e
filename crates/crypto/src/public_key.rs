//! Public keys by their SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

use crate::{CryptoError, SignatureAlgorithm, sha1};
use aws_lc_rs::signature as aws;
use const_oid::{ObjectIdentifier, db};
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

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// The message, the signature or the key is another one: proven.
    #[error("the signature does not verify")]
    Invalid,
    /// It verifies, with a key that is too short to prove anything.
    #[error("the signature verifies, but with a key of {bits} bits")]
    ShortKey {
        /// Bits of the RSA modulus.
        bits: usize,
    },
    /// The key is of a size or on a curve that the library cannot use: nothing is known.
    #[error("keys of this size or on this curve cannot be used here")]
    Unsupported,
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
    /// [`SignatureInvalid`], also when the key does not fit the algorithm or is too short.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureInvalid> {
        self.judge(algorithm, message, signature)
            .map_err(|_| SignatureInvalid)
    }

    /// The same, with the cause: a key that is too short, or that nothing here can use, proves no forgery.
    ///
    /// # Errors
    /// [`NotVerified`].
    pub fn judge(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), NotVerified> {
        let verifies = |library: &'static dyn aws::VerificationAlgorithm| {
            aws::UnparsedPublicKey::new(library, &self.der)
                .verify(message, signature)
                .map_err(|_| NotVerified::Invalid)
        };
        match self.library(algorithm)? {
            Verification::Accepted(library) => verifies(library),
            // Whether it is forged is told all the same.
            Verification::ShortKey { library, bits } => {
                verifies(library)?;
                Err(NotVerified::ShortKey { bits })
            }
        }
    }

    fn library(&self, algorithm: SignatureAlgorithm) -> Result<Verification, NotVerified> {
        use SignatureAlgorithm as A;
        let library: &'static dyn aws::VerificationAlgorithm = match algorithm {
            A::RsaPkcs1Sha256 | A::RsaPkcs1Sha384 | A::RsaPkcs1Sha512 => {
                return self.rsa_library(algorithm);
            }
            A::Ed25519 => &aws::ED25519,
            A::EcdsaP256Sha256 | A::EcdsaP384Sha384 | A::EcdsaP521Sha512 => {
                let key = &self.info.algorithm;
                if key.oid != db::rfc5912::ID_EC_PUBLIC_KEY {
                    return Err(self.of_another_kind());
                }
                // Parameters that are no name (RFC 5480 §2.1.1) spell a curve out, which is not read.
                let curve = key
                    .parameters
                    .as_ref()
                    .and_then(|p| p.decode_as::<ObjectIdentifier>().ok());
                match (curve, algorithm) {
                    (Some(P256), A::EcdsaP256Sha256) => &aws::ECDSA_P256_SHA256_ASN1,
                    (Some(P256), A::EcdsaP384Sha384) => &aws::ECDSA_P256_SHA384_ASN1,
                    (Some(P256), _) => &aws::ECDSA_P256_SHA512_ASN1,
                    (Some(P384), A::EcdsaP256Sha256) => &aws::ECDSA_P384_SHA256_ASN1,
                    (Some(P384), A::EcdsaP384Sha384) => &aws::ECDSA_P384_SHA384_ASN1,
                    (Some(P384), _) => &aws::ECDSA_P384_SHA512_ASN1,
                    (Some(P521), A::EcdsaP256Sha256) => &aws::ECDSA_P521_SHA256_ASN1,
                    (Some(P521), A::EcdsaP384Sha384) => &aws::ECDSA_P521_SHA384_ASN1,
                    (Some(P521), _) => &aws::ECDSA_P521_SHA512_ASN1,
                    _ => return Err(NotVerified::Unsupported),
                }
            }
        };
        Ok(Verification::Accepted(library))
    }

    /// RSA by the length of the modulus; the library takes exponents of at most 33 bits.
    fn rsa_library(&self, algorithm: SignatureAlgorithm) -> Result<Verification, NotVerified> {
        use SignatureAlgorithm as A;
        const LONGEST_EXPONENT: usize = 4;
        if self.info.algorithm.oid != db::rfc5912::RSA_ENCRYPTION {
            return Err(self.of_another_kind());
        }
        let (bits, exponent) = self
            .rsa_sizes()
            .ok_or(NotVerified::Unsupported)?;
        let (accepted, short): (_, Option<&'static dyn aws::VerificationAlgorithm>) =
            match algorithm {
                A::RsaPkcs1Sha384 => (&aws::RSA_PKCS1_2048_8192_SHA384, None),
                A::RsaPkcs1Sha512 => (
                    &aws::RSA_PKCS1_2048_8192_SHA512,
                    Some(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
                ),
                _ => (
                    &aws::RSA_PKCS1_2048_8192_SHA256,
                    Some(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
                ),
            };
        match (bits, short) {
            (2048..=8192, _) if exponent <= LONGEST_EXPONENT => {
                Ok(Verification::Accepted(accepted))
            }
            (1024..2048, Some(library)) if exponent <= LONGEST_EXPONENT => {
                Ok(Verification::ShortKey { library, bits })
            }
            _ => Err(NotVerified::Unsupported),
        }
    }

    /// A key that is known never to make such a signature, or one of which nothing is known.
    fn of_another_kind(&self) -> NotVerified {
        let known = [
            db::rfc5912::RSA_ENCRYPTION,
            db::rfc5912::ID_EC_PUBLIC_KEY,
            db::rfc8410::ID_ED_25519,
        ];
        match known.contains(&self.info.algorithm.oid) {
            true => NotVerified::Invalid,
            false => NotVerified::Unsupported,
        }
    }

    /// Bits of the modulus and octets of the exponent, without a copy of either.
    fn rsa_sizes(&self) -> Option<(usize, usize)> {
        #[derive(der::Sequence)]
        struct Numbers<'a> {
            modulus: der::asn1::UintRef<'a>,
            public_exponent: der::asn1::UintRef<'a>,
        }
        let key = Numbers::from_der(self.key_bits()).ok()?;
        let modulus = key.modulus.as_bytes();
        let leading = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
        Some((
            modulus.len() * 8 - leading,
            key.public_exponent.as_bytes().len(),
        ))
    }
}

const P256: ObjectIdentifier = db::rfc5912::SECP_256_R_1;
const P384: ObjectIdentifier = db::rfc5912::SECP_384_R_1;
const P521: ObjectIdentifier = db::rfc5912::SECP_521_R_1;

/// How the library verifies with a key.
enum Verification {
    Accepted(&'static dyn aws::VerificationAlgorithm),
    ShortKey {
        library: &'static dyn aws::VerificationAlgorithm,
        bits: usize,
    },
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
