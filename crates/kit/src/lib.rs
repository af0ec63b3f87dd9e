//! For tests of several rooms, and for nothing else: what they would each write again.
//!
//! * [`pki`]: certificates, lists and responses, written byte by byte, so that they can also be what no authority should make.
//! * [`openssl`]: the program, an implementation that shares nothing with ours.
//! * [`contract`]: what a party serves to programs, held against its description.
//! * [`forms`] and [`Front`]: a site's pages as a browser without script has them.
//!
//! It needs none of the rooms that serve or store, so that a small room's tests stay quickly built.
#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests, and say by their names what they do"
)]

pub mod contract;
pub mod forms;
mod front;
pub mod openssl;
pub mod pki;

pub use front::{Front, cookie, location, text, token};
