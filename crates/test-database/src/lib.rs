//! For tests: a fresh database for each of them, the same bodies over both engines.
//!
//! A test makes a folder, as every test does, and asks for the [`address`] of a database of a name in it. By default that is a SQLite file in
//! the folder. Where [`SERVER`] names a PostgreSQL server, it is a database of its own on that server: the same folder and name give the
//! same database, also to another process, and what belonged to a folder goes after the folder has gone. `./test` runs the bodies of all
//! rooms with a database once more in this way; what is about SQLite's files alone stands in a program or a module named `sqlite…`, which
//! that second pass leaves out (`.ci/only-sqlite` has the list).
//!
//! What is about PostgreSQL alone asks for a [`Server`], which is begun where none is named.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod databases;
mod server;

pub use databases::{address, crash, duplicate, is_on_postgres, written};
pub use server::{SERVER, Server};
