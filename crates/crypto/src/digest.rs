//! Digest algorithms by object identifier.

use aws_lc_rs::digest as aws;
use const_oid::{ObjectIdentifier, db};

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-1: key identifiers and OCSP CertIDs only, never for a signature.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The algorithm with this object identifier (FIPS 180-4; RFC 3279 for SHA-1).
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|d| d.oid() == oid)
    }

    /// The object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => db::rfc5912::ID_SHA_1,
            Self::Sha256 => db::rfc5912::ID_SHA_256,
            Self::Sha384 => db::rfc5912::ID_SHA_384,
            Self::Sha512 => db::rfc5912::ID_SHA_512,
        }
    }

    /// Length of the digest in bytes.
    #[must_use]
    pub fn output_len(self) -> usize {
        self.library().output_len
    }

    /// Digest of `data`.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Vec<u8> {
        aws::digest(self.library(), data)
            .as_ref()
            .to_vec()
    }

    /// A digest of data that come in pieces.
    #[must_use]
    pub fn start(self) -> Hasher {
        Hasher(aws::Context::new(self.library()))
    }

    fn library(self) -> &'static aws::Algorithm {
        match self {
            Self::Sha1 => &aws::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &aws::SHA256,
            Self::Sha384 => &aws::SHA384,
            Self::Sha512 => &aws::SHA512,
        }
    }
}

/// A digest in the making.
#[derive(Clone)]
pub struct Hasher(aws::Context);

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

/// SHA-256 of `data`.
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    array(aws::digest(&aws::SHA256, data).as_ref())
}

/// SHA-1 of `data`, for key identifiers (RFC 5280 §4.2.1.2).
#[must_use]
pub fn sha1(data: &[u8]) -> [u8; 20] {
    array(aws::digest(&aws::SHA1_FOR_LEGACY_USE_ONLY, data).as_ref())
}

/// The library's digests have the length of their algorithm.
fn array<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(digest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        for algorithm in [
            DigestAlgorithm::Sha1,
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            let mut hasher = algorithm.start();
            for piece in [&b"one "[..], b"", b"whole"] {
                hasher.update(piece);
            }
            assert_eq!(hasher.finish(), algorithm.digest(b"one whole"));
        }
    }
}
