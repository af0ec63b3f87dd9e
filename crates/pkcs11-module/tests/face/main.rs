//! The shared library as programs meet it: loaded at run time, called through its list of functions, and handed to `pkcs11-tool`.
#![allow(
    missing_docs,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "tests call C; helpers of tests fail as loudly as tests"
)]

use shirushi_kit_card::cards;

mod api;
mod attributes;
mod calls;
mod forks;
mod initialisation;
mod lengths;
mod lies;
mod readers;
mod secrecy;
mod tools;
