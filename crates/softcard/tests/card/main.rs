//! The card as everyone else meets it: bytes in, bytes out, and what is left when the power goes.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod client;
mod contract;
mod crash;
mod damage;
mod forces;
mod mutations;
mod opensc;
mod openssl;
mod other_applications;
mod personalisation;
mod secrecy;
mod signatures;
mod simulation;
mod support;
