//! The DER structures that the ecosystem lacks, one file each, and the names (object identifiers) of JPKI.
//!
//! * [`ocsp`]: requests and responses (RFC 6960, nonces by RFC 9654);
//! * [`IssuingDistributionPoint`] (RFC 5280 §5.2.5), which `x509-cert` 0.3.0 carries under another extension's identifier;
//! * [`other_name`]: the personal items of a signature certificate (`facts/profile-and-rules.md` A.5);
//! * [`oid`]: JPKI's object identifiers;
//! * [`tlv`] and [`Signed`]: received bytes are walked, bounded and kept, so that what is hashed or verified is what came in.
//!
//! Nothing here reads files, holds keys or knows the time.
#![forbid(unsafe_code)]

mod issuing_distribution_point;
mod malformed;
pub mod ocsp;
pub mod oid;
pub mod other_name;
mod signed;
pub mod tlv;

pub use issuing_distribution_point::IssuingDistributionPoint;
pub use malformed::{Cause, Malformed, decode_bounded};
pub use signed::{Signed, encode_signed};
