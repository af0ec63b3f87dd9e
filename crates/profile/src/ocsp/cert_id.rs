//! CertID: which certificate is asked about.

use crate::{Certificate, ProfileError, SerialNumber, same_name};
use const_oid::ObjectIdentifier;
use der::{
    Any,
    asn1::{Int, Null, OctetString},
};
use shirushi_asn1::ocsp as asn1;
use shirushi_crypto::DigestAlgorithm;
use spki::AlgorithmIdentifierOwned;

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
            serial_number: Int::new(serial.content())?,
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

    /// The certificate's number; for one too long to be read a number that no certificate has.
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

    /// The same for `certificate`: some hash the issuer's name as the certificate writes it, some as the issuer's own does, which may
    /// be of another string type.
    #[must_use]
    pub fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.serial() == certificate.serial()
            && (self.is_of(issuer)
                || self.digest().is_some_and(|digest| {
                    self.issuer_name_hash() == digest.digest(certificate.issuer_der())
                        && self.issuer_key_hash() == digest.digest(issuer.public_key().key_bits())
                        && same_name(certificate.issuer_der(), issuer.subject_der())
                }))
    }

    pub(super) fn from_asn1(id: asn1::CertId) -> Self {
        // A number too long for any certificate is a question like others, whose answer is that nobody knows it.
        let serial = SerialNumber::from_der_content(id.serial_number.as_bytes())
            .unwrap_or(SerialNumber::NOBODYS);
        Self { id, serial }
    }

    pub(super) fn as_asn1(&self) -> &asn1::CertId {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocsp::{build_request, parse_request};
    use der::Encode;

    #[test]
    fn whatever_number_is_asked_about_is_asked_about_and_echoed() {
        for content in [
            &[0x00][..],
            &[0x80],
            &[0xff, 0x00],
            &[0x41; 20],
            &[0x41; 21],
            &[0x41; 60],
        ] {
            let id = asn1::CertId {
                hash_algorithm: AlgorithmIdentifierOwned {
                    oid: DigestAlgorithm::Sha256.oid(),
                    parameters: None,
                },
                issuer_name_hash: OctetString::new([1; 32]).unwrap(),
                issuer_key_hash: OctetString::new([2; 32]).unwrap(),
                serial_number: Int::new(content).unwrap(),
            };
            let written = id.serial_number.to_der().unwrap();
            assert_eq!(written[2..], *content);
            let request = build_request(&[CertId::from_asn1(id)], None).unwrap();
            let read = parse_request(&request).unwrap();
            let serial = read.entries[0].serial();
            let is_nobodys = *serial == SerialNumber::NOBODYS;
            assert_eq!(is_nobodys, content.len() > 21);
            assert!(is_nobodys || serial.to_der_content() == content);
            assert_eq!(build_request(&read.entries, None).unwrap(), request);
        }
    }
}
