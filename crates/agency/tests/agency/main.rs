//! What an agency takes, refuses, keeps and shows.
#![allow(clippy::unwrap_used, reason = "a test")]

mod damage;
mod desk;
mod filings;
mod reading;
mod refusals;
mod statuses;
