//! The role CA, identities and the handshakes between them.
//!
//! * OpenSSL judges what the role CA makes: paths, purposes, lists, requests.
//! * Each file of an identity that is not right is named, with what to do, in both languages.
//! * A peer with another role's certificate, an expired, a revoked, a foreign or an unfit one is refused by name; TLS 1.2, no certificate and
//!   100 mutated certificates and handshakes never get in.
//! * What was renewed or revoked counts from the next handshake on, without a restart.
//! * A cut between two files of the role CA loses no revocation, and a restored record that knows less than the list is noticed.
#![allow(clippy::unwrap_used, reason = "a test")]

mod authority;
mod handshakes;
mod identity;
mod kit;
mod mutations;
