//! Readers and cards through a real pcscd (`facts/test-bench.md` §1), each test in a lab of its own.

#![allow(clippy::unwrap_used, reason = "a test")]

mod bench;
mod cards;
mod holders;
mod readers;
