//! Detached signatures, made and judged.
//!
//! * what is prepared here and signed by a card verifies here and with openssl, with the status of the certificate;
//! * what openssl signs with CAdES attributes verifies here, with whatever key; what it accepts is never called a failure;
//! * nothing of a signature can be changed: every byte, and every part on purpose, with the reason;
//! * ten thousand mutilated containers bring nobody down;
//! * the report names every rule, and the refusal is the first one that does not hold.
#![allow(missing_docs, clippy::unwrap_used)]

use shirushi_kit::{openssl, pki};

mod citizen;
mod container;
mod differences;
mod faces;
mod making;
mod mutations;
mod openssl_cms;
mod refusals;
mod reports;
