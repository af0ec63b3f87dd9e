//! For tests: readers without hardware. A [`Lab`] has its own pcscd with vpcd's two virtual readers (`facts/test-bench.md` §1), in
//! network and mount namespaces of its own, because vpcd listens on all addresses and pcscd's socket has one fixed place. Labs
//! run side by side, and a pcscd of this machine never sees them.
//!
//! Programs join a lab through [`Lab::command`]; a card is put into a reader by a program that speaks vpcd's protocol, such as
//! `shirushi card serve`: [`Lab::insert`].
//!
//! Root is not needed: without it, a user namespace is made too. Nothing is left behind when the lab is dropped.
#![forbid(unsafe_code)]

mod inserted;
mod lab;
mod log;
mod tools;

pub use inserted::Inserted;
pub use lab::{Lab, Setup};
pub use log::{Exchange, exchanges};
pub use tools::{program, wait_for};
