//! Signing by a key handle, and the handle for keys in files.

use crate::{CryptoError, PublicKey, Secret, SignatureAlgorithm};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand, rsa,
    signature::{self as aws, KeyPair as _},
};

/// A handle to a private key: a file, a card or an HSM.
pub trait SigningKey: Send + Sync + std::fmt::Debug {
    /// The algorithm this handle signs with.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signature over `message` (hashed inside, as the algorithm says).
    ///
    /// # Errors
    /// [`CryptoError::SigningFailed`] when the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError>;
}

/// Which key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, 2048 bit, e = 65537: every key of today's profile (Reg 2).
    Rsa2048,
    /// ECDSA on P-256: officers and parties.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

/// A private key in memory, kept as PKCS#8 in a file.
pub struct SoftwareKey {
    pkcs8: Secret,
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    Rsa(rsa::KeyPair),
    P256(aws::EcdsaKeyPair),
    P384(aws::EcdsaKeyPair),
    Ed25519(aws::Ed25519KeyPair),
}

impl SoftwareKey {
    /// Makes a key.
    ///
    /// # Errors
    /// [`CryptoError::GenerationFailed`] when the library fails.
    pub fn generate(kind: KeyKind) -> Result<Self, CryptoError> {
        let failed = |_| CryptoError::GenerationFailed;
        let random = rand::SystemRandom::new();
        let document = match kind {
            KeyKind::Rsa2048 => {
                let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Secret::from(der.as_ref())
            }
            KeyKind::P256 => ecdsa_document(&aws::ECDSA_P256_SHA256_ASN1_SIGNING, &random)?,
            KeyKind::P384 => ecdsa_document(&aws::ECDSA_P384_SHA384_ASN1_SIGNING, &random)?,
            KeyKind::Ed25519 => {
                let document = aws::Ed25519KeyPair::generate_pkcs8(&random).map_err(failed)?;
                Secret::from(document.as_ref())
            }
        };
        Self::from_pkcs8(document)
    }

    /// Reads a PKCS#8 private key (RFC 5958) of any supported kind.
    ///
    /// # Errors
    /// [`CryptoError::NotAKey`] when it is none.
    pub fn from_pkcs8(pkcs8: Secret) -> Result<Self, CryptoError> {
        let bytes = pkcs8.expose();
        let p256 = &aws::ECDSA_P256_SHA256_ASN1_SIGNING;
        let p384 = &aws::ECDSA_P384_SHA384_ASN1_SIGNING;
        let pair = if let Ok(pair) = rsa::KeyPair::from_pkcs8(bytes) {
            Pair::Rsa(pair)
        } else if let Ok(pair) = aws::EcdsaKeyPair::from_pkcs8(p256, bytes) {
            Pair::P256(pair)
        } else if let Ok(pair) = aws::EcdsaKeyPair::from_pkcs8(p384, bytes) {
            Pair::P384(pair)
        } else if let Ok(pair) = aws::Ed25519KeyPair::from_pkcs8(bytes) {
            Pair::Ed25519(pair)
        } else {
            return Err(CryptoError::NotAKey);
        };
        let public = PublicKey::from_spki_der(pair.spki()?.as_ref())?;
        Ok(Self {
            pkcs8,
            pair,
            public,
        })
    }

    /// The PKCS#8 form, to be kept in a file that only its owner can read.
    #[must_use]
    pub fn to_pkcs8(&self) -> &Secret {
        &self.pkcs8
    }
}

impl Pair {
    fn spki(&self) -> Result<PublicKeyX509Der<'_>, CryptoError> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| CryptoError::NotAKey)
    }
}

impl SigningKey for SoftwareKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
            Pair::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Pair::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
            Pair::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let random = rand::SystemRandom::new();
        let failed = |_| CryptoError::SigningFailed;
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&aws::RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Pair::P256(pair) | Pair::P384(pair) => {
                let signature = pair
                    .sign(&random, message)
                    .map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftwareKey")
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

fn ecdsa_document(
    algorithm: &'static aws::EcdsaSigningAlgorithm,
    random: &rand::SystemRandom,
) -> Result<Secret, CryptoError> {
    let document = aws::EcdsaKeyPair::generate_pkcs8(algorithm, random)
        .map_err(|_| CryptoError::GenerationFailed)?;
    Ok(Secret::from(document.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_signs_and_verifies_and_survives_its_file() {
        for kind in [
            KeyKind::Rsa2048,
            KeyKind::P256,
            KeyKind::P384,
            KeyKind::Ed25519,
        ] {
            let key = SoftwareKey::generate(kind).unwrap();
            let again = SoftwareKey::from_pkcs8(key.to_pkcs8().clone()).unwrap();
            assert_eq!(key.public_key(), again.public_key(), "{kind:?}");
            let signature = again.sign(b"message").unwrap();
            let public = PublicKey::from_spki_der(key.public_key().spki_der()).unwrap();
            public
                .verify(key.algorithm(), b"message", &signature)
                .unwrap();
            assert!(
                public
                    .verify(key.algorithm(), b"another", &signature)
                    .is_err()
            );
            let id = key.algorithm().identifier();
            let id = spki::AlgorithmIdentifierRef::from(&id);
            assert_eq!(
                SignatureAlgorithm::from_identifier(id).unwrap(),
                key.algorithm()
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SoftwareKey::generate(KeyKind::P256).unwrap();
        assert!(format!("{key:?} {:?}", key.to_pkcs8()).len() < 100);
    }
}
