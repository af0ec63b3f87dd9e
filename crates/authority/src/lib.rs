//! The certification authority (認証業務, Law 2(5)): checks an officer's application into [`Approved`], issues into a card over the
//! issuer's channel, revokes, tells status, makes CRLs, and logs every act before anybody hears of it.
//!
//! The order of an issue (DESIGN.md §5): durable intent with the hash of the bytes to be signed → lint → sign → compare what was
//! signed with the intent → certificate, log entry and answer in one transaction. What a crash leaves open is closed at the next
//! start by treating the serial as issued and revoked, so no serial is ever in doubt.
#![forbid(unsafe_code)]

mod approve;
mod authority;
mod ceremony;
mod clock;
mod committer;
mod crl;
mod delegation;
mod door;
mod error;
mod events;
mod generations;
mod holder;
mod issue;
mod keeper;
mod keys;
mod log;
mod meeting;
mod officers;
mod party;
mod pseudonym;
mod recovery;
mod register;
mod relay;
mod replay;
mod residents;
mod restore;
mod revoke;
mod second_place;
mod sql;
mod standing;
mod status;
mod witness;

pub use approve::Approved;
pub use authority::{Authority, Totals};
pub use ceremony::{Ceremony, CeremonyError, Issuer, Responder};
pub use crl::Round;
pub use door::AuthorityEntries;
pub use error::AuthorityError;
pub use generations::FailedRenewal;
pub use keeper::Keeper;
pub use log::{LogEntry, VerifiedLog};
pub use officers::EnrolmentCode;
pub use party::{AuthorityConfig, AuthorityParty};
pub use pseudonym::MOST_HOLDERS;
pub use register::RegisterTrouble;
pub use replay::Replayed;
pub use restore::{Accepted, verify_database};
pub use second_place::{PlaceError, SecondPlace};
// Its own words are those of the contract.
pub use shirushi_wire::{CertificateState, ListKey, PublishedList, Revocation};
pub use sql::MIGRATIONS;
pub use standing::Damage;
pub use witness::{Compared, Witness, WitnessFailed, WitnessOverHttp, Witnessed, Witnesses};
