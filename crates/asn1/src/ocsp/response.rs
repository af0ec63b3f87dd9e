//! OCSPResponse: the envelope of an answer, or an error.

use const_oid::ObjectIdentifier;
use der::{Enumerated, Sequence, asn1::OctetString};

/// An answer.
///
/// ```text
/// OCSPResponse ::= SEQUENCE {
///     responseStatus         OCSPResponseStatus,
///     responseBytes          [0] EXPLICIT ResponseBytes OPTIONAL
/// }
/// ```
///
/// [RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct OcspResponse {
    /// Whether there is an answer.
    pub response_status: OcspResponseStatus,
    /// The answer; absent for errors.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub response_bytes: Option<ResponseBytes>,
}

/// Whether there is an answer, else why not. An error is not signed.
///
/// ```text
/// OCSPResponseStatus ::= ENUMERATED {
///     successful          (0), -- Response has valid confirmations
///     malformedRequest    (1), -- Illegal confirmation request
///     internalError       (2), -- Internal error in issuer
///     tryLater            (3), -- Try again later
///                              -- (4) is not used
///     sigRequired         (5), -- Must sign the request
///     unauthorized        (6)  -- Request unauthorized
/// }
/// ```
///
/// [RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enumerated)]
#[repr(u8)]
pub enum OcspResponseStatus {
    /// The response holds the statuses.
    Successful = 0,
    /// The request is not one.
    MalformedRequest = 1,
    /// The responder failed.
    InternalError = 2,
    /// The responder cannot answer now.
    TryLater = 3,
    /// The responder wants signed requests.
    SigRequired = 5,
    /// The responder does not answer for this issuer, or not to this client.
    Unauthorized = 6,
}

/// The answer, by its type.
///
/// ```text
/// ResponseBytes ::= SEQUENCE {
///     responseType   OBJECT IDENTIFIER,
///     response       OCTET STRING
/// }
/// ```
///
/// [RFC 6960 §4.2.1](https://www.rfc-editor.org/rfc/rfc6960#section-4.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct ResponseBytes {
    /// id-pkix-ocsp-basic ([`crate::oid::OCSP_BASIC`]).
    pub response_type: ObjectIdentifier,
    /// The DER of a [`super::BasicOcspResponse`].
    pub response: OctetString,
}
