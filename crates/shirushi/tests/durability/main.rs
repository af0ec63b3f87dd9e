//! What must hold when the power or the process goes, seen from outside the one binary:
//!
//! * whatever a city acknowledged before a SIGKILL – an application, a certificate, a revocation, a change of the register – is
//!   there after it is started again on the same folder, with its effect;
//! * what was under way goes on under the same id, or with the card alone, and nobody has to repair anything; it has taken effect
//!   wholly or not at all;
//! * no serial number exists twice, no intent stays open, and no resident ever has two live certificates of a kind;
//! * card and server agree on which certificate is live;
//! * the log verifies, and says the same as the responder and the lists;
//! * no acknowledgement leaves before everything written for it is on the disk: a kill does not show that (the page cache survives
//!   it), so the system calls are recorded with strace;
//! * all of this holds when the roles are processes of their own and one of them is killed;
//! * the recorder can tell: of parties that break the promise (`SHIRUSHI_WEAKENED=sync`) it must find the acknowledgements early.
//!
//! `SHIRUSHI_DURABILITY_SEED` repeats the draws of a run; each run prints its own.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod account;
mod audit;
mod card;
mod city;
mod draws;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod inspection;
mod kills;
mod line;
mod parts;
mod people;
#[path = "../commands/place.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod place;
mod recorder;
mod resident;
#[path = "../commands/six.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod six;
mod trace;
