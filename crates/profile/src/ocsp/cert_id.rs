//! CertID: which certificate is asked about.

use crate::{Certificate, ProfileError, SerialNumber};
use const_oid::ObjectIdentifier;
use der::{
    Any, Encode,
    asn1::{Null, OctetString},
};
use shirushi_asn1::{Cause, Malformed, ocsp as asn1};
use shirushi_crypto::DigestAlgorithm;
use spki::AlgorithmIdentifierOwned;
use x509_cert::serial_number;

/// A certificate by digests of its issuer's name and key, and its serial number (RFC 6960 §4.1.1). A response repeats it as the
/// request has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    id: asn1::CertId,
    serial: SerialNumber,
}

impl CertId {
    /// The identification of `serial` of `issuer`, with digests of `digest` (SHA-1 is what most clients send; nothing rests on it).
    ///
    /// # Errors
    /// [`ProfileError::Der`] when it cannot be written.
    pub fn new(
        issuer: &Certificate,
        serial: &SerialNumber,
        digest: DigestAlgorithm,
    ) -> Result<Self, ProfileError> {
        let hash_algorithm = AlgorithmIdentifierOwned {
            oid: digest.oid(),
            parameters: Some(Any::from(Null)),
        };
        let id = asn1::CertId {
            hash_algorithm,
            issuer_name_hash: OctetString::new(digest.digest(issuer.subject_der()))?,
            issuer_key_hash: OctetString::new(digest.digest(issuer.public_key().key_bits()))?,
            serial_number: serial_number::SerialNumber::new(serial.as_bytes())?,
        };
        let serial = *serial;
        Ok(Self { id, serial })
    }

    /// The hash algorithm's identifier.
    #[must_use]
    pub fn hash_algorithm(&self) -> ObjectIdentifier {
        self.id.hash_algorithm.oid
    }

    /// The digest algorithm; none for one that the house does not have, so that nothing of the issuer can be compared.
    #[must_use]
    pub fn digest(&self) -> Option<DigestAlgorithm> {
        DigestAlgorithm::from_oid(self.hash_algorithm())
    }

    /// Digest of the issuer's DER name.
    #[must_use]
    pub fn issuer_name_hash(&self) -> &[u8] {
        self.id.issuer_name_hash.as_bytes()
    }

    /// Digest of the issuer's key bits.
    #[must_use]
    pub fn issuer_key_hash(&self) -> &[u8] {
        self.id.issuer_key_hash.as_bytes()
    }

    /// The certificate's number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// Whether the issuer meant is `issuer`: name and key.
    #[must_use]
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        self.digest().is_some_and(|digest| {
            self.issuer_name_hash() == digest.digest(issuer.subject_der())
                && self.issuer_key_hash() == digest.digest(issuer.public_key().key_bits())
        })
    }

    pub(super) fn from_asn1(id: asn1::CertId) -> Result<Self, Malformed> {
        const WHAT: &str = "CertID";
        let serial = id
            .serial_number
            .to_der()
            .map_err(|e| Malformed::der(WHAT, e))?;
        let content = shirushi_asn1::tlv::only(WHAT, &serial, shirushi_asn1::tlv::INTEGER)?.content;
        let serial = SerialNumber::from_der_content(content)
            .map_err(|_| Malformed::new(WHAT, 0, Cause::Value))?;
        Ok(Self { id, serial })
    }

    pub(super) fn as_asn1(&self) -> &asn1::CertId {
        &self.id
    }
}
