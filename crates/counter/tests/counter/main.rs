//! The counter over real sockets: its own face in front, a register and an authority behind it that are played by the tests and
//! believe nothing that the officer's signature does not cover.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod applications;
mod contract;
mod desk;
mod ended;
mod officers;
mod queue;
mod refusals;
mod relay;
mod repetition;
mod revocations;
mod sqlite_files;
mod standing;
mod support;
