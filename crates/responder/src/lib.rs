//! The responder (失効情報の提供, Law 18): OCSP by GET and POST, revocation lists and CA certificates over HTTP.
//!
//! It holds nothing but its own keys, certified for OCSP alone: what is known of a certificate comes from a [`StatusSource`] at each
//! request, so that many responders may run. It never says "good" of what it does not know: a source that fails or is out of date
//! gives `tryLater`, another issuer's certificate gives `unknown`.
//!
//! Sources: RFC 6960 (with appendix A, HTTP), RFC 9654 (nonce), RFC 5280 §4.2.1.13 and §4.2.2.1 (lists and CA certificates over HTTP).
#![forbid(unsafe_code)]

mod answer;
mod certified;
mod door;
mod kept;
mod keys;
mod list;
mod memories;
mod memory;
mod party;
mod records;
mod routes;
mod source;
mod sql;
mod status;

pub use certified::{CertifiedKeys, NotCertified};
pub use keys::{ResponderKey, ResponderKeys};
pub use list::List;
pub use memories::{IssuerRecords, TwoMemories};
pub use memory::{Memory, MemoryError};
pub use party::ResponderParty;
pub use records::RecordsOverHttp;
pub use routes::router;
pub use source::{Answered, SourceFailed, StatusAnswer, StatusSource};
pub use sql::MIGRATIONS;
pub use status::status_page;
