//! A received certificate, its bytes kept.

use crate::{
    CertificateKind, DistributionPoint, Extension, Generation, HolderItems, MunicipalityCode,
    SerialNumber, UnsignedCertificate, to_be_signed::MOST_BYTES,
};
use const_oid::ObjectIdentifier;
use der::{Decode, Encode};
use shirushi_asn1::{Cause, Malformed, Signed};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm, UnsupportedAlgorithm, sha256};
use std::sync::Arc;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// A certificate (電子証明書) as received. Nothing about it has been verified; a clone is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    content: UnsignedCertificate,
    signature: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a DER certificate of at most 64 KiB, nothing following. Inner and outer signature algorithm must agree
    /// (RFC 5280 §4.1.1.2).
    ///
    /// # Errors
    /// [`Malformed`] with the position.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "Certificate";
        let signed = Signed::from_der(WHAT, der, MOST_BYTES)?.without_rest()?;
        let content = UnsignedCertificate::from_tbs(signed.tbs.der)?;
        let inner = content
            .algorithm_identifier()
            .to_der()
            .map_err(|e| Malformed::der(WHAT, e))?;
        if inner != signed.algorithm_der {
            return Err(Malformed::new(WHAT, 0, Cause::AlgorithmMismatch));
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(|e| Malformed::der(WHAT, e))?;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            content,
            signature: signed.signature.to_vec(),
            parsed,
        })))
    }

    /// The bytes received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The content that the signature covers.
    #[must_use]
    pub fn unsigned(&self) -> &UnsignedCertificate {
        &self.0.content
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// The certificate as the library's type, for its many extension types. Its re-encoding is not the bytes received.
    #[must_use]
    pub fn parsed(&self) -> &x509_cert::Certificate {
        &self.0.parsed
    }

    /// SHA-256 of the bytes received: the fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.0.der)
    }

    /// See [`UnsignedCertificate::tbs_der`].
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.unsigned().tbs_der()
    }

    /// See [`UnsignedCertificate::serial`].
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        self.unsigned().serial()
    }

    /// See [`UnsignedCertificate::issuer_der`].
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.unsigned().issuer_der()
    }

    /// See [`UnsignedCertificate::subject_der`].
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        self.unsigned().subject_der()
    }

    /// See [`UnsignedCertificate::issuer_text`].
    #[must_use]
    pub fn issuer_text(&self) -> String {
        self.unsigned().issuer_text()
    }

    /// See [`UnsignedCertificate::subject_text`].
    #[must_use]
    pub fn subject_text(&self) -> String {
        self.unsigned().subject_text()
    }

    /// See [`UnsignedCertificate::common_name`].
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.unsigned().common_name()
    }

    /// See [`UnsignedCertificate::not_before`].
    #[must_use]
    pub fn not_before(&self) -> Instant {
        self.unsigned().not_before()
    }

    /// See [`UnsignedCertificate::not_after`].
    #[must_use]
    pub fn not_after(&self) -> Instant {
        self.unsigned().not_after()
    }

    /// See [`UnsignedCertificate::is_valid_at`].
    #[must_use]
    pub fn is_valid_at(&self, at: Instant) -> bool {
        self.unsigned().is_valid_at(at)
    }

    /// See [`UnsignedCertificate::public_key`].
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.unsigned().public_key()
    }

    /// See [`UnsignedCertificate::signature_algorithm`].
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] for one that the house does not verify.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedAlgorithm> {
        self.unsigned().signature_algorithm()
    }

    /// See [`UnsignedCertificate::extensions`].
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.unsigned().extensions()
    }

    /// See [`UnsignedCertificate::extension`].
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<Extension<'_>> {
        self.unsigned().extension(oid)
    }

    /// See [`UnsignedCertificate::unknown_critical_extensions`].
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> Vec<ObjectIdentifier> {
        self.unsigned()
            .unknown_critical_extensions()
    }

    /// See [`UnsignedCertificate::key_usage`].
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.unsigned().key_usage()
    }

    /// See [`UnsignedCertificate::extended_key_usages`].
    #[must_use]
    pub fn extended_key_usages(&self) -> &[ObjectIdentifier] {
        self.unsigned().extended_key_usages()
    }

    /// See [`UnsignedCertificate::basic_constraints`].
    #[must_use]
    pub fn basic_constraints(&self) -> Option<&BasicConstraints> {
        self.unsigned().basic_constraints()
    }

    /// See [`UnsignedCertificate::policies`].
    #[must_use]
    pub fn policies(&self) -> &[ObjectIdentifier] {
        self.unsigned().policies()
    }

    /// See [`UnsignedCertificate::subject_key_identifier`].
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.unsigned().subject_key_identifier()
    }

    /// See [`UnsignedCertificate::authority_key_identifier`].
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.unsigned()
            .authority_key_identifier()
    }

    /// See [`UnsignedCertificate::authority_certificate`].
    #[must_use]
    pub fn authority_certificate(&self) -> Option<(&[u8], &SerialNumber)> {
        self.unsigned().authority_certificate()
    }

    /// See [`UnsignedCertificate::distribution_points`].
    #[must_use]
    pub fn distribution_points(&self) -> &[DistributionPoint] {
        self.unsigned().distribution_points()
    }

    /// See [`UnsignedCertificate::ocsp_urls`].
    #[must_use]
    pub fn ocsp_urls(&self) -> &[String] {
        self.unsigned().ocsp_urls()
    }

    /// See [`UnsignedCertificate::ca_issuer_urls`].
    #[must_use]
    pub fn ca_issuer_urls(&self) -> &[String] {
        self.unsigned().ca_issuer_urls()
    }

    /// See [`UnsignedCertificate::kind`].
    #[must_use]
    pub fn kind(&self) -> Option<CertificateKind> {
        self.unsigned().kind()
    }

    /// See [`UnsignedCertificate::apparent_kind`].
    #[must_use]
    pub fn apparent_kind(&self) -> Option<CertificateKind> {
        self.unsigned().apparent_kind()
    }

    /// See [`UnsignedCertificate::holder`].
    #[must_use]
    pub fn holder(&self) -> Option<HolderItems> {
        self.unsigned().holder()
    }

    /// See [`UnsignedCertificate::generation`].
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        self.unsigned().generation()
    }

    /// See [`UnsignedCertificate::municipality_code`].
    #[must_use]
    pub fn municipality_code(&self) -> Option<MunicipalityCode> {
        self.unsigned().municipality_code()
    }
}

impl AsRef<UnsignedCertificate> for Certificate {
    fn as_ref(&self) -> &UnsignedCertificate {
        self.unsigned()
    }
}

/// Equal when the bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl std::hash::Hash for Certificate {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.der().hash(state);
    }
}

/// Shows the number only, nothing of the person.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.serial())
    }
}
