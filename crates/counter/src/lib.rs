//! The counter of a municipality (窓口): officers log in, take applications against the resident register, and carry them,
//! under their own signature, to the authority; between the authority and the card on the desk it carries bytes.
//!
//! What the counter checks, the authority checks again. What the counter alone sees (the form, the documents, the fee) it
//! states under the officer's signature. An application is on disk before it leaves, and each is sent as the bytes that were
//! signed: a lost answer, a restart or an authority that is away are healed by sending them once more.
//!
//! The relay is no signing oracle (DESIGN.md §5): only commands of the issuer's channel reach the card.
//!
//! An officer's key lies in the counter's database, which only its owner can read (mode 0600), and nowhere else: it is made
//! here, never leaves, and is loaded for one signature at a time. It is not enciphered under the officer's password: whoever reads
//! the database can sign as its officers until the authority retires their keys.
//!
//! Sources: Law 3, 9, 22, 28; `facts/profile-and-rules.md` B.2–B.5.
#![forbid(unsafe_code)]

mod applications;
mod counter;
mod desk;
mod ended;
mod error;
mod forms;
mod kept;
mod keys;
mod look_ups;
mod officers;
mod party;
mod peers;
mod queue;
mod relay;
mod remembered;
mod retirement;
mod revocations;
mod router;
mod sql;

pub use applications::Taken;
pub use counter::{Counter, CounterConfig};
pub use desk::{Incident, PagesConfig, pages};
pub use error::{CounterError, PassedRefusal};
pub use forms::{ApplicationRequest, Form, RevocationForm, SecretText};
pub use kept::kept_checkpoint;
pub use officers::{Enrolled, Officer};
pub use party::CounterParty;
pub use peers::{Peer, PeerError};
pub use queue::{Entry, QueuedApplication, State};
pub use revocations::Revoked;
pub use router::router;
pub use sql::MIGRATIONS;
