//! The card as everyone else meets it: bytes in, bytes out, and what is left when the power goes.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod card_file;
mod client;
mod contract;
mod crash;
mod damage;
mod faults;
mod forces;
mod mutations;
mod opensc;
mod openssl;
mod other_applications;
mod personalisation;
mod reader;
mod secrecy;
mod signatures;
mod simulation;
mod support;
mod surface;
mod variants;
