//! What citizens do at the portal, and what it does with what they bring.
#![allow(clippy::unwrap_used, reason = "a test")]

mod filings;
mod hall;
mod log_in;
mod pages;
mod persons;
