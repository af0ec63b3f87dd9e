//! For tests, and for nothing else: cards in software that an issuer has personalised. In a [`home`] is one whose certificates are
//! written byte by byte, [`cards`] are files whose certificates the `openssl` program makes; [`Channel`] is the issuer's end for any other.
#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests, and say by their names what they do"
)]

pub mod cards;
mod channel;
pub mod home;

pub use channel::{Channel, keys, set_pins};

/// The password and the PIN that the holders here set.
pub const SIGNATURE_PASSWORD: &str = "SHIRUSHI7Q";
pub const AUTHENTICATION_PIN: &str = "4829";
