//! ResponderID: who signs an answer.

use der::{Choice, asn1::OctetString};
use x509_cert::name::Name;

/// The responder, by name or by key.
///
/// ```text
/// ResponderID ::= CHOICE {
///     byName   [1] Name,
///     byKey    [2] KeyHash
/// }
/// KeyHash ::= OCTET STRING -- SHA-1 hash of responder's public key
/// ```
///
/// The module's tags are explicit: [RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1), Appendix B.1.
#[derive(Clone, Debug, PartialEq, Eq, Choice)]
pub enum ResponderId {
    /// The subject of the responder's certificate.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    ByName(Name),
    /// SHA-1 of the responder's key bits.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}
