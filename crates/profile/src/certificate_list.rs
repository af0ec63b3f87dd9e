//! A received revocation list, its bytes kept and its entries indexed.
//!
//! A list of a million entries is walked once into a sorted index of positions instead of being decoded into a million values
//! (`facts/crates.md` §0.4).

mod entries;
mod number;
mod unsigned;

pub use entries::Oddity;
pub use number::CrlNumber;
pub use unsigned::UnsignedCertificateList;

use crate::{IssuingDistributionPoint, RevokedEntry, SerialNumber};
use const_oid::ObjectIdentifier;
use der::Encode;
use shirushi_asn1::{Cause, Malformed, Signed};
use shirushi_clock::Instant;
use shirushi_crypto::{SignatureAlgorithm, UnsupportedAlgorithm};
use std::sync::Arc;
use unsigned::MOST_BYTES;

const WHAT: &str = "CertificateList";

/// A revocation list (失効情報ファイル) as received. Nothing about it has been verified; a clone is cheap.
#[derive(Clone)]
pub struct CertificateList(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    content: UnsignedCertificateList,
    signature: Vec<u8>,
}

impl CertificateList {
    /// Reads a DER list of at most 256 MiB, nothing following, and indexes its entries. Inner and outer signature algorithm must
    /// agree (RFC 5280 §5.1.1.2).
    ///
    /// # Errors
    /// [`Malformed`] with the position.
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        let signed = Signed::from_der(WHAT, der, MOST_BYTES)?.without_rest()?;
        let content = UnsignedCertificateList::from_tbs(signed.tbs.der)?;
        Self::of(content, &signed, der)
    }

    /// The same for a list whose content has been read already: that it has this content, byte for byte, is compared, and the content
    /// is not read again.
    ///
    /// # Errors
    /// [`Malformed`] with the position, also when the content is another.
    pub fn from_der_with(der: &[u8], content: UnsignedCertificateList) -> Result<Self, Malformed> {
        let signed = Signed::from_der(WHAT, der, MOST_BYTES)?.without_rest()?;
        if signed.tbs.der != content.tbs_der() {
            return Err(Malformed::new(
                WHAT,
                signed.tbs.content_offset,
                Cause::Value,
            ));
        }
        Self::of(content, &signed, der)
    }

    fn of(
        content: UnsignedCertificateList,
        signed: &Signed<'_>,
        der: &[u8],
    ) -> Result<Self, Malformed> {
        let inner = content
            .algorithm_identifier()
            .to_der()
            .map_err(|e| Malformed::der(WHAT, e))?;
        if inner != signed.algorithm_der {
            return Err(Malformed::new(WHAT, 0, Cause::AlgorithmMismatch));
        }
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            content,
            signature: signed.signature.to_vec(),
        })))
    }

    /// The bytes received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The content that the signature covers.
    #[must_use]
    pub fn unsigned(&self) -> &UnsignedCertificateList {
        &self.0.content
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// See [`UnsignedCertificateList::tbs_der`].
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.unsigned().tbs_der()
    }

    /// See [`UnsignedCertificateList::issuer_der`].
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        self.unsigned().issuer_der()
    }

    /// See [`UnsignedCertificateList::this_update`].
    #[must_use]
    pub fn this_update(&self) -> Instant {
        self.unsigned().this_update()
    }

    /// See [`UnsignedCertificateList::next_update`].
    #[must_use]
    pub fn next_update(&self) -> Option<Instant> {
        self.unsigned().next_update()
    }

    /// See [`UnsignedCertificateList::number`].
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.unsigned().number()
    }

    /// See [`UnsignedCertificateList::crl_number`].
    #[must_use]
    pub fn crl_number(&self) -> Option<CrlNumber> {
        self.unsigned().crl_number()
    }

    /// See [`UnsignedCertificateList::is_delta`].
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.unsigned().is_delta()
    }

    /// See [`UnsignedCertificateList::issuing_distribution_point`].
    #[must_use]
    pub fn issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        self.unsigned()
            .issuing_distribution_point()
    }

    /// See [`UnsignedCertificateList::authority_key_identifier`].
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.unsigned()
            .authority_key_identifier()
    }

    /// See [`UnsignedCertificateList::entry`].
    #[must_use]
    pub fn entry(&self, serial: &SerialNumber) -> Option<RevokedEntry> {
        self.unsigned().entry(serial)
    }

    /// See [`UnsignedCertificateList::removes`].
    #[must_use]
    pub fn removes(&self, serial: &SerialNumber) -> bool {
        self.unsigned().removes(serial)
    }

    /// See [`UnsignedCertificateList::entries`].
    pub fn entries(&self) -> impl Iterator<Item = RevokedEntry> {
        self.unsigned().entries()
    }

    /// See [`UnsignedCertificateList::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.unsigned().len()
    }

    /// See [`UnsignedCertificateList::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unsigned().is_empty()
    }

    /// See [`UnsignedCertificateList::unknown_critical_extensions`].
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> Vec<ObjectIdentifier> {
        self.unsigned()
            .unknown_critical_extensions()
    }

    /// See [`UnsignedCertificateList::signature_algorithm`].
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] for one that the house does not verify.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedAlgorithm> {
        self.unsigned().signature_algorithm()
    }
}

impl AsRef<UnsignedCertificateList> for CertificateList {
    fn as_ref(&self) -> &UnsignedCertificateList {
        self.unsigned()
    }
}

impl std::fmt::Debug for CertificateList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateList")
            .field("number", &self.number())
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}
