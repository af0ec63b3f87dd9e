//! The module over cards in software, function by function.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use shirushi_kit_card::cards;

mod always;
mod bench;
mod events;
mod login;
mod objects;
mod operations;
mod pins;
mod pss;
mod refused;
mod sessions;
mod settings;
mod slots;
mod swaps;
mod threads;
mod tray;
mod variants;
