//! The HTTP client with which the services of this house ask each other: plain, near, bounded, and never led elsewhere.
#![forbid(unsafe_code)]

mod answer;
mod base;
mod near;
mod resolve;
mod statuses;

pub use answer::{Answer, Lost, answer, body, evidence};
pub use base::{Base, UnfitBase};
pub use near::{Near, NotMade};
pub use resolve::{Resolver, is_local};
pub use statuses::StatusClient;
