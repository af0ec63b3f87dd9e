//! Each fault is put somewhere, and the doctor names it; where nothing is wrong it finds nothing.
//!
//! Homes, roots, sockets and servers are real ones that belong to the test; the faults of a real pcscd are in the binary's tests.
#![allow(missing_docs, clippy::unwrap_used)]

use shirushi_kit::pki;
use shirushi_kit_card::home;

mod browsers;
mod card_report;
mod cards;
mod city;
mod machine;
mod modules;
mod network;
mod readers;
mod server;
mod table;
mod usb;
mod world;
