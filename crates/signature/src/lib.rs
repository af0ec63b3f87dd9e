//! Detached CMS signatures with the attributes of CAdES-B: prepare → sign elsewhere (a card) → assemble, and verify into a report.
//!
//! * [`prepare`] and [`Prepared::assemble`]: RFC 5652 §5, RFC 5035 (signingCertificateV2), ETSI EN 319 122-1 §6.3. The key is never
//!   here; a card signs [`Prepared::to_card`].
//! * [`verify`]: structure and cryptography. Strict DER, one signer, bounded in every direction; what is hashed is what was
//!   received. PEM, base64 and padding around it are [taken off](unwrapped).
//! * [`report`]: [`verify`], the path and the rules of `shirushi-rules` together, as one report with EN 319 102-1 indications.
//!
//! What [`verify`] says about a signature is no statement about its certificate: GHSA-58hw-cg5m-88rp was a verifier that accepted
//! a container without asking for validity, key usage and basic constraints (`facts/crates.md` §2). Use [`report::check`].
#![forbid(unsafe_code)]

mod armour;
mod attributes;
mod container;
mod error;
mod prepare;
pub mod report;
mod verify;

pub use armour::unwrapped;
pub use container::MAX_CMS_LEN;
pub use error::SignatureError;
pub use prepare::{ContentDigests, ContentHasher, Prepared, prepare, prepare_digest};
pub use verify::{MAX_CONTENT_LEN, SignatureVerified, verify};
