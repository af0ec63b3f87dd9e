//! A certificate's content: read from the bytes to be signed or signed, which are kept.

mod access;
mod decode;

pub(crate) use decode::{MOST_BYTES, read_extensions, read_time};

use crate::{DistributionPoint, SerialNumber};
use const_oid::ObjectIdentifier;
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm, UnsupportedAlgorithm};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use std::ops::Range;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// The content of a certificate (TBSCertificate, RFC 5280 §4.1.2), signed or not yet. The linter reads this before a key is used.
#[derive(Clone)]
pub struct UnsignedCertificate {
    der: Vec<u8>,
    version: u8,
    serial: SerialNumber,
    algorithm: AlgorithmIdentifierOwned,
    issuer: Range<usize>,
    subject: Range<usize>,
    not_before: Instant,
    not_after: Instant,
    public_key: PublicKey,
    extensions: Vec<Stored>,
    known: Known,
}

/// One extension, its value as received (RFC 5280 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// What it is.
    pub oid: ObjectIdentifier,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// The content of extnValue.
    pub value: &'a [u8],
}

#[derive(Clone)]
pub(crate) struct Stored {
    oid: ObjectIdentifier,
    critical: bool,
    value: Vec<u8>,
}

/// The extensions that every reader needs, decoded once.
#[derive(Clone, Default)]
struct Known {
    key_usage: Option<KeyUsage>,
    extended_key_usages: Vec<ObjectIdentifier>,
    basic_constraints: Option<BasicConstraints>,
    policies: Vec<ObjectIdentifier>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    authority_certificate: Option<(Vec<u8>, SerialNumber)>,
    distribution_points: Vec<DistributionPoint>,
    ocsp_urls: Vec<String>,
    ca_issuer_urls: Vec<String>,
}

impl UnsignedCertificate {
    /// The DER TBSCertificate, as received.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.der
    }

    /// The version's number: 3, or less in foreign certificates.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The serial number (発行の番号).
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The issuer's DER Name.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.der[self.issuer.clone()]
    }

    /// The subject's DER Name.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.der[self.subject.clone()]
    }

    /// First instant of validity.
    #[must_use]
    pub fn not_before(&self) -> Instant {
        self.not_before
    }

    /// Last instant of validity.
    #[must_use]
    pub fn not_after(&self) -> Instant {
        self.not_after
    }

    /// The subject's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm that the issuer signs with, as the content names it.
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] for one that the house does not verify.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedAlgorithm> {
        SignatureAlgorithm::from_identifier(AlgorithmIdentifierRef::from(&self.algorithm))
    }

    pub(crate) fn algorithm_identifier(&self) -> &AlgorithmIdentifierOwned {
        &self.algorithm
    }
}

impl AsRef<Self> for UnsignedCertificate {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Shows nothing of the person.
impl std::fmt::Debug for UnsignedCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnsignedCertificate")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
