//! The one binary as people and programs meet it.
//!
//! * Help, in both languages, is exactly what the files under `help/` say.
//! * Exit codes: 0 done, 1 not done, 64 not understood. Whatever is refused is said in words that name the remedy.
//! * `up` founds nothing at an unfit address, is one process a folder, notices damaged and missing files by name, and ends with 0
//!   when it is told to.
//! * `tour` can be told again and again against one city; its JSON has exactly the fields that are documented.
//! * Nothing is written outside the city's folder, nothing in it is readable by others, and no secret is in a file or a log.
//! * The commands on cards: what they do, what they refuse, with which exit code; PINs are never shown, and none is wasted.
//! * The README's commands, in its order and twice, lose nothing; what a city on this machine has issued lives in its time.
//! * A signature is called invalid where that is proven, and nowhere else; each indication has its input.
//! * Files, folders and addresses that are of no use are told for what they are, in the reader's language.
//! * Each role is a process of its own, with mutual TLS between them, and operators work over the parties' own doors.
//! * On a machine and with an account of its own, no role reads what is another's.
//! * A role that comes with another's certificate, an expired or a revoked one is refused by name, and comes in renewed without a restart.
//! * A database that came back from a backup is noticed at the next start, and the way out is named.
//! * A city's databases on a server, and cities that earlier releases have left.
//! * Another account of the machine gets nothing from an agent.
//! * `role`: what it makes, OpenSSL verifies; what it does not do is said with what to do.
//! * Every route refuses a wrong host, method, content type, size, caller and body as documented, and nothing changes by it.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod card;
mod cards;
mod cities;
#[allow(dead_code, reason = "shared with the test of the eyes")]
mod citizen;
mod damage;
mod help;
mod http;
mod judgements;
mod machines;
mod place;
mod readme;
mod refused;
mod residents;
mod role;
mod routes;
mod said;
mod secrets;
mod serve;
mod six;
mod strangers;
mod table;
#[path = "../browser/tools.rs"]
#[allow(dead_code, reason = "shared with the tests of the browser")]
mod tools;
mod tour;
mod up;
