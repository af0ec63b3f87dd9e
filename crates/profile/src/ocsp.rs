//! OCSP by RFC 6960 and RFC 9654: what a client asks, what a responder signs, what a client reads.

mod cert_id;
mod received;
mod request;
mod response;

pub use cert_id::CertId;
pub use received::{NONCELESS_SECONDS, ReceivedResponse, SingleStatus};
pub use request::{
    MOST_ENTRIES, MOST_REQUEST_BYTES, ReceivedRequest, build_request, parse_request,
};
pub use response::{assemble_response, error_response, response_tbs};
pub use shirushi_asn1::ocsp::OcspResponseStatus;

use crate::RevocationReason;
use const_oid::ObjectIdentifier;
use shirushi_asn1::Malformed;
use shirushi_clock::Instant;

/// A certificate as a request names it; the same type serves both ends.
pub type CertIdRef = CertId;

/// What a responder says of a certificate (RFC 6960 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Issued by us and valid now: stricter than the standard's "not revoked" (DESIGN.md §5).
    Good,
    /// Revoked or on hold.
    Revoked {
        /// Since when.
        at: Instant,
        /// Why.
        reason: RevocationReason,
    },
    /// Not known, or no longer valid.
    Unknown,
}

/// Why a request or a response is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OcspMalformed {
    /// The bytes are not the structure.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No certificate is asked about, or more than are answered.
    #[error("{entries} certificates asked about; 1 to {MOST_ENTRIES} are answered")]
    Entries {
        /// How many.
        entries: usize,
    },
    /// The nonce is empty or too long (RFC 9654 §2.1).
    #[error(transparent)]
    Nonce(#[from] shirushi_asn1::ocsp::NotANonce),
    /// An extension that must be understood is not.
    #[error("critical extension {oid} is not understood")]
    CriticalExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// The responder answers with an error, which nobody signs.
    #[error("the responder answers {status:?}")]
    NotSuccessful {
        /// The error.
        status: OcspResponseStatus,
    },
    /// A successful response without an answer in it, or of a type that is not basic.
    #[error("a successful response without a basic response in it")]
    NoBasicResponse,
}
