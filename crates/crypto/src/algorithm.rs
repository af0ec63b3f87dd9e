//! Signature algorithms as data: identifier ↔ operation.

use crate::DigestAlgorithm;
use const_oid::{ObjectIdentifier, db};
use der::{Any, AnyRef, asn1::Null};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// A signature algorithm of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// sha256WithRSAEncryption (RFC 8017 §8.2): what the law demands today (Reg 2).
    RsaPkcs1Sha256,
    /// sha384WithRSAEncryption.
    RsaPkcs1Sha384,
    /// sha512WithRSAEncryption.
    RsaPkcs1Sha512,
    /// ecdsa-with-SHA256 (RFC 5758), made on P-256: officers' and parties' keys. The identifier names no curve, so that signatures of keys
    /// on P-384 and P-521 bear it as well.
    EcdsaP256Sha256,
    /// ecdsa-with-SHA384, made on P-384: announced for the next card. Any of the three curves may bear it.
    EcdsaP384Sha384,
    /// ecdsa-with-SHA512, of any of the three curves: only verified here.
    EcdsaP521Sha512,
    /// id-Ed25519 (RFC 8410): checkpoints of the log.
    Ed25519,
}

/// An algorithm identifier that names nothing we verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature algorithm {oid} (or its parameters) is not supported")]
pub struct UnsupportedAlgorithm {
    /// The object identifier found.
    pub oid: ObjectIdentifier,
}

impl SignatureAlgorithm {
    const ALL: [Self; 7] = [
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::EcdsaP521Sha512,
        Self::Ed25519,
    ];

    /// The algorithm named by an X.509 or CMS signature algorithm identifier.
    ///
    /// RSA's parameters are NULL; whoever reads must take absent ones for the same (RFC 4055 §5). Those of ECDSA and Ed25519 are absent
    /// (RFC 5758 §3.2, RFC 8410 §3).
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] for every other identifier.
    pub fn from_identifier(id: AlgorithmIdentifierRef<'_>) -> Result<Self, UnsupportedAlgorithm> {
        let unsupported = UnsupportedAlgorithm { oid: id.oid };
        let algorithm = Self::ALL
            .into_iter()
            .find(|a| a.oid() == id.oid)
            .ok_or(unsupported)?;
        let parameters_fit = match id.parameters {
            Some(p) => algorithm.is_rsa() && p == AnyRef::NULL,
            None => true,
        };
        if parameters_fit {
            Ok(algorithm)
        } else {
            Err(unsupported)
        }
    }

    /// The identifier, with the parameters that the standard asks for.
    #[must_use]
    pub fn identifier(self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned {
            oid: self.oid(),
            parameters: self.is_rsa().then(|| Any::from(Null)),
        }
    }

    /// The object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::RsaPkcs1Sha256 => db::rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
            Self::RsaPkcs1Sha384 => db::rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
            Self::RsaPkcs1Sha512 => db::rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
            Self::EcdsaP256Sha256 => db::rfc5912::ECDSA_WITH_SHA_256,
            Self::EcdsaP384Sha384 => db::rfc5912::ECDSA_WITH_SHA_384,
            Self::EcdsaP521Sha512 => db::rfc5912::ECDSA_WITH_SHA_512,
            Self::Ed25519 => db::rfc8410::ID_ED_25519,
        }
    }

    /// The digest the message is hashed with first; none for Ed25519, which takes the message.
    #[must_use]
    pub fn digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1Sha256 | Self::EcdsaP256Sha256 => Some(DigestAlgorithm::Sha256),
            Self::RsaPkcs1Sha384 | Self::EcdsaP384Sha384 => Some(DigestAlgorithm::Sha384),
            Self::RsaPkcs1Sha512 | Self::EcdsaP521Sha512 => Some(DigestAlgorithm::Sha512),
            Self::Ed25519 => None,
        }
    }

    fn is_rsa(self) -> bool {
        matches!(
            self,
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_without_parameters_is_rsa_and_every_other_departure_is_refused() {
        for algorithm in SignatureAlgorithm::ALL {
            let oid = algorithm.oid();
            let read = |parameters| {
                SignatureAlgorithm::from_identifier(AlgorithmIdentifierRef { oid, parameters })
            };
            let refused = Err(UnsupportedAlgorithm { oid });
            let with_null = if algorithm.is_rsa() {
                Ok(algorithm)
            } else {
                refused
            };
            assert_eq!(read(None), Ok(algorithm));
            assert_eq!(read(Some(AnyRef::NULL)), with_null);
            assert_eq!(read(Some(AnyRef::from(&oid))), refused);
        }
    }
}
