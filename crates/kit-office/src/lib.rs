//! For tests of the responder, the agency and the portal, and for nothing else: both authorities of an invented town with their
//! responders ([`Bench`]), an agency beside them ([`Office`]), and whatever may answer in the responder's place ([`odd`]).
#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests, and say by their names what they do"
)]

mod bench;
mod odd;
mod office;

pub use bench::*;
pub use odd::*;
pub use office::*;
