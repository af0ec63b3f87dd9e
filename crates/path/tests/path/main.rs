//! What a path is refused for, and what not.
//!
//! * every case is one chain that differs from a right one in one respect;
//! * the refusal names the certificate at fault, counted from the leaf;
//! * what must be accepted stands beside what must be refused;
//! * cases named after GHSA-58hw-cg5m-88rp are what another verifier of JPKI signatures once let through
//!   (`facts/crates.md` §2).
#![allow(missing_docs, clippy::unwrap_used)]

use shirushi_kit::{openssl, pki};

mod authorities;
mod differential;
mod inputs;
mod kinds;
mod limits;
mod lists;
mod names;
mod odd;
mod openssl_authority;
mod openssl_judges;
mod pkits;
mod policy;
mod responses;
mod scopes;
mod trust;
mod validity;
mod world;
