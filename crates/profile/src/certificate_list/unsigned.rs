//! The content of a list, read once: its fields decoded, its entries indexed.

use super::{CrlNumber, Oddity, entries::Entries};
use crate::{
    IssuingDistributionPoint, RevokedEntry, SerialNumber,
    name_matching::check_name,
    to_be_signed::{read_extensions, read_time},
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{
    Decode,
    asn1::{OctetString, Uint},
};
use shirushi_asn1::{Cause, Malformed, decode_bounded, tlv};
use shirushi_clock::Instant;
use shirushi_crypto::{SignatureAlgorithm, UnsupportedAlgorithm};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use std::ops::Range;
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

/// The most bytes of a list that are read: some five million entries.
pub(super) const MOST_BYTES: usize = 256 * 1024 * 1024;
const WHAT: &str = "TBSCertList";
const EXTENSIONS: u8 = 0xa0;

/// Extensions of lists that this room decodes, and that may be critical: the number may not (RFC 5280 §5.2.3).
const PROCESSED: [ObjectIdentifier; 3] = [
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_DELTA_CRL_INDICATOR,
    rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT,
];

/// The content of a revocation list (TBSCertList, RFC 5280 §5.1.2), signed or not yet.
#[derive(Clone)]
pub struct UnsignedCertificateList {
    der: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    issuer: Range<usize>,
    this_update: Instant,
    next_update: Option<Instant>,
    entries: Entries,
    extensions: Vec<(ObjectIdentifier, bool)>,
    authority_key_identifier: Option<Vec<u8>>,
    number: Option<CrlNumber>,
    point: Option<IssuingDistributionPoint>,
}

impl UnsignedCertificateList {
    /// Reads a DER TBSCertList of at most 256 MiB and indexes its entries.
    ///
    /// # Errors
    /// [`Malformed`] with the position.
    pub fn from_tbs(der: &[u8]) -> Result<Self, Malformed> {
        check_length(der)?;
        let mut fields = tlv::only(WHAT, der, tlv::SEQUENCE)?.walk(WHAT);
        let version = fields.optional(tlv::INTEGER)?;
        if version.is_some_and(|v| v.content != [1]) {
            // Present, it must be version 2 (RFC 5280 §5.1.2.1).
            return Err(Malformed::new(WHAT, 0, Cause::Value));
        }
        let algorithm = fields.tagged(tlv::SEQUENCE)?.der;
        let algorithm = AlgorithmIdentifierOwned::from_der(algorithm)
            .map_err(|e| Malformed::der("signature", e))?;
        let start = fields.offset();
        let issuer = fields.tagged(tlv::SEQUENCE)?.der;
        check_name("issuer", issuer)?;
        let issuer = start..start + issuer.len();
        let this_update = read_time(&mut fields, "thisUpdate")?;
        let next_update = match fields.peek() {
            Some(tlv::UTC_TIME | tlv::GENERALIZED_TIME) => {
                Some(read_time(&mut fields, "nextUpdate")?)
            }
            _ => None,
        };
        let entries = match fields.optional(tlv::SEQUENCE)? {
            Some(list) => Entries::index(list)?,
            None => Entries::default(),
        };
        let extensions = read_extensions(&mut fields, EXTENSIONS)?;
        fields.finish()?;
        if version.is_none() && (!extensions.is_empty() || entries.have_extensions()) {
            return Err(Malformed::new(WHAT, 0, Cause::Value));
        }
        let mut read = Self {
            der: der.to_vec(),
            algorithm,
            issuer,
            this_update,
            next_update,
            entries,
            extensions: Vec::new(),
            authority_key_identifier: None,
            number: None,
            point: None,
        };
        for extension in &extensions {
            let extension = extension.view();
            read.extensions
                .push((extension.oid, extension.critical));
            read.decode(extension.oid, extension.value)?;
        }
        Ok(read)
    }

    /// The DER TBSCertList, as received.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.der
    }

    /// The issuer's DER Name.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.der[self.issuer.clone()]
    }

    /// When the list was made.
    #[must_use]
    pub fn this_update(&self) -> Instant {
        self.this_update
    }

    /// When the next one will be there at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<Instant> {
        self.next_update
    }

    /// The list's number, which only grows; none also for one beyond 64 bits, which no list of ours has: see
    /// [`UnsignedCertificateList::crl_number`].
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.number?.to_u64()
    }

    /// The list's number, of any length that the standard allows.
    #[must_use]
    pub fn crl_number(&self) -> Option<CrlNumber> {
        self.number
    }

    /// Whether the list says only what has changed since another (deltaCRLIndicator, RFC 5280 §5.2.4), marked critical as it must be or
    /// not: its silence says nothing.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.extensions
            .iter()
            .any(|(oid, _)| *oid == rfc5280::ID_CE_DELTA_CRL_INDICATOR)
    }

    /// The scope that the list claims; none: everything of its issuer's.
    #[must_use]
    pub fn issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        self.point.as_ref()
    }

    /// The key identifier of the issuer.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.authority_key_identifier.as_deref()
    }

    /// The entry of a certificate, found in logarithmic time; none: not revoked, as far as this list goes.
    #[must_use]
    pub fn entry(&self, serial: &SerialNumber) -> Option<RevokedEntry> {
        self.entries.find(&self.der, serial)
    }

    /// Whether the certificate's entry takes it from the list again (removeFromCRL, RFC 5280 §5.3.1), as only delta lists do.
    #[must_use]
    pub fn removes(&self, serial: &SerialNumber) -> bool {
        self.entries.removes(&self.der, serial)
    }

    /// All entries in the order of their serial numbers. Those whose serial number is too long for any certificate, as in foreign lists,
    /// are left out.
    pub fn entries(&self) -> impl Iterator<Item = RevokedEntry> {
        self.entries.iter(&self.der)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The latest revocation date of all entries; none without entries.
    #[must_use]
    pub fn latest_revocation(&self) -> Option<Instant> {
        self.entries.latest()
    }

    /// Whether a serial number stands there twice.
    #[must_use]
    pub fn has_duplicates(&self) -> bool {
        self.entries.has_duplicates(&self.der)
    }

    /// What the entries have that no authority may write, and that a reader bears with.
    #[must_use]
    pub fn oddity(&self) -> Option<Oddity> {
        self.entries.oddity()
    }

    /// The extensions' identifiers and criticality, in their order.
    #[must_use]
    pub fn extension_order(&self) -> &[(ObjectIdentifier, bool)] {
        &self.extensions
    }

    /// Critical extensions, of the list or of entries, that are not processed: whoever relies on the list must not use it to decide
    /// that a certificate is good (RFC 5280 §5.2, §5.3).
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> Vec<ObjectIdentifier> {
        let of_list = self
            .extensions
            .iter()
            .filter(|(oid, critical)| *critical && !PROCESSED.contains(oid))
            .map(|(oid, _)| *oid);
        let of_entries = self.entries.unknown_critical();
        of_list
            .chain(of_entries.iter().copied())
            .collect()
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

    fn decode(&mut self, oid: ObjectIdentifier, value: &[u8]) -> Result<(), Malformed> {
        match oid {
            rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => {
                let what = "authorityKeyIdentifier";
                let read: AuthorityKeyIdentifier = decode_bounded(what, value, value.len())?;
                self.authority_key_identifier = read
                    .key_identifier
                    .map(OctetString::into_bytes)
                    .map(<[u8]>::into_vec);
            }
            rfc5280::ID_CE_CRL_NUMBER => {
                let number: Uint = decode_bounded("cRLNumber", value, 32)?;
                let number = CrlNumber::from_bytes(number.as_bytes());
                self.number = Some(number.ok_or(Malformed::new("cRLNumber", 0, Cause::Value))?);
            }
            rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT => {
                self.point = Some(IssuingDistributionPoint::from_der(value)?);
            }
            _ => {}
        }
        Ok(())
    }
}

impl AsRef<Self> for UnsignedCertificateList {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl std::fmt::Debug for UnsignedCertificateList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnsignedCertificateList")
            .field("number", &self.number)
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}

fn check_length(der: &[u8]) -> Result<(), Malformed> {
    if der.len() > MOST_BYTES {
        let length = der.len();
        let cause = Cause::TooLong {
            length,
            most: MOST_BYTES,
        };
        return Err(Malformed::new(WHAT, 0, cause));
    }
    Ok(())
}
