//! A whole city on one machine: register, authority, responder, counter and agency, each with its own database and its own keys,
//! behind one loopback listener. What `up` serves is this; tests and the story use the same.
//!
//! The parties stay apart as in law (DESIGN.md §5): one database each, and between them only messages of the room `wire`, over HTTP,
//! although they share a process here. What exists only in the sandbox (a clock that can be moved, a card factory, changes in the
//! register at anybody's wish) stands in the room `sandbox`.
#![forbid(unsafe_code)]

mod addresses;
mod config;
mod databases;
mod error;
mod files;
mod fingerprints;
mod folder;
mod ground;
mod keys;
mod log;
mod meeting;
mod origins;
mod parties;
mod residents;
mod stores;
mod town;
mod witness;

pub use config::{PagesAt, Records, Residents, TownConfig};
pub use databases::{Databases, PatternOfDatabases};
pub use error::TownError;
pub use keys::responder_keys;
pub use log::{LogReport, LogToVerify};
pub use origins::Origins;
pub use town::Town;
pub use witness::{OwnRecords, ResponderWitness};
