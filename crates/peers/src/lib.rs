//! The HTTP client with which the services of this house ask each other: near, bounded, and never led elsewhere. On one machine it speaks plain
//! HTTP; from machine to machine TLS, in which both ends show who they are ([`Near::with_identity`], [`to_role`]).
#![forbid(unsafe_code)]

mod answer;
mod base;
mod call;
mod near;
mod peer;
mod resolve;
mod statuses;

pub use answer::{Answer, Lost, answer, body, evidence};
pub use base::{Base, UnfitBase};
pub use call::{Call, Unanswered};
pub use near::{Near, NotMade, to_role};
pub use peer::Peer;
pub use resolve::{Resolver, is_local};
pub use statuses::StatusClient;
