//! `shirushi doctor` on this machine's own PC/SC library, with a pcscd in a lab, a card of a running city, and real limits: the faults
//! that a library cannot be made to believe in. The others are in the tests of the room.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod card;
#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
#[path = "../foreign/city.rs"]
#[allow(dead_code, reason = "shared with the tests with foreign programs")]
mod city;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod machine;
mod patient;
mod service;
