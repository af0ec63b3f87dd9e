//! Our own client over pcscd: every command on every kind of card that `card serve` plays, what passes between reader and card, and
//! cards that are pulled at every command, and two readers of which the first has another card in it.
//!
//! Each test has a lab of its own and a copy of one card, as in the tests with foreign programs.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod agent;
#[path = "../traces/browser.rs"]
#[allow(dead_code, reason = "shared with the search for traces")]
mod browser;
#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
#[path = "../foreign/city.rs"]
#[allow(dead_code, reason = "shared with the tests with foreign programs")]
mod city;
mod ending;
mod garbage;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod pulled;
#[path = "../foreign/said.rs"]
#[allow(dead_code, reason = "shared with the tests with foreign programs")]
mod said;
mod seat;
#[path = "../traces/site.rs"]
mod site;
mod trace;
mod two;
mod variants;
