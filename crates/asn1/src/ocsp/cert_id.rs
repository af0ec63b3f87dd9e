//! CertID: which certificate is asked about.

use der::{
    Sequence,
    asn1::{Int, OctetString},
};
use spki::AlgorithmIdentifierOwned;

/// A certificate, by hashes of its issuer's name and key, and its serial number.
///
/// ```text
/// CertID ::= SEQUENCE {
///     hashAlgorithm   AlgorithmIdentifier,
///     issuerNameHash  OCTET STRING, -- Hash of issuer's DN
///     issuerKeyHash   OCTET STRING, -- Hash of issuer's public key
///     serialNumber    CertificateSerialNumber
/// }
/// ```
///
/// [RFC 6960 §4.1.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct CertId {
    /// The hash of the two that follow.
    pub hash_algorithm: AlgorithmIdentifierOwned,
    /// Hash of the issuer's DER name.
    pub issuer_name_hash: OctetString,
    /// Hash of the issuer's key bits, without tag, length and unused bits.
    pub issuer_key_hash: OctetString,
    /// The certificate's serial number, whatever its length and sign: who asks about one that nobody has is told so.
    pub serial_number: Int,
}
