//! What a responder answers, keeps and lets others keep.
#![allow(clippy::unwrap_used, reason = "a test")]

mod answers;
mod caches;
mod contract;
mod memory;
mod openssl;
mod shared;
