//! What must hold of a guarded store:
//!
//! * a database that is put back to any earlier copy, with or without its write-ahead log, is refused, and the refusal says how far it
//!   had come; so is one that went another way from the same copy, and one whose checkpoint is missing, damaged or another's;
//! * one flipped bit in the write-ahead log after a kill is found;
//! * a process that ends at any instant between commit and checkpoint leaves a database that opens;
//! * a checkpoint that cannot be written fails the commit, and nothing else is written until it could;
//! * what was refused is taken into service when that is asked for, with a new life, which stays marked until somebody settles it;
//! * a database of before gets a checkpoint and its first life.
//!
//! Where that promise is broken (`SHIRUSHI_WEAKENED=guard`) the first of these must fail.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod kept;
mod lives;
mod place;
mod taken_back;
