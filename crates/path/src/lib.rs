//! Certification path validation (RFC 5280 §6) with revocation lists and OCSP, for the certificates of JPKI and any below
//! intermediates.
//!
//! The clock, the anchors, the evidence and the budget are arguments; nothing here reaches a network. The stages:
//!
//! 1. the search, from the leaf upwards by name, key identifier and signature;
//! 2. the chain, RFC 5280 §6.1: critical extensions, basic constraints, key usage, path lengths, name constraints, policies with
//!    mappings (as a graph, RFC 9618);
//! 3. the leaf's kind, every validity, and the status of every certificate below the anchor, RFC 5280 §6.3 and RFC 6960 §3.2.
//!
//! Deviations, each towards refusal: CAs must bear keyUsage; anchors must be CAs; indirect CRLs are not used, and of delta CRLs only
//! what they revoke; a CRL must be signed by the key that signed the certificate; what is not known is never taken as valid.
#![forbid(unsafe_code)]

mod anchors;
mod cause;
mod chain;
mod error;
mod extensions;
mod indication;
mod meter;
mod missed;
mod names;
mod policy;
mod problem;
mod requirements;
mod search;
mod status;
mod validate;

pub use anchors::{CurrentAnchors, TrustAnchors};
pub use cause::{Cause, Reader};
pub use error::{BudgetUnit, Inconsistency, PathError, StatusSource};
pub use indication::{Indication, SubIndication};
pub use missed::{Missed, innermost, read_list, read_response};
pub use problem::{RefusedEvidence, StatusProblem};
pub use requirements::{Budget, Check, Requirements};
pub use status::{Evidence, StatusProof};
pub use validate::{Examination, PathValid, Unknown, examine, validate};
