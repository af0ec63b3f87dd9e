//! The city as programs see it that know nothing of it: OpenSSL 3.0 and pkilint 0.13.3.
//!
//! * Before the move OpenSSL accepts both certificates with the revocation lists and by OCSP, and the signed filing.
//! * After the move it refuses the signature certificate and the filing for being revoked, and says why it was revoked; the
//!   authentication certificate is as good as before; a serial number that was never issued is unknown.
//! * It refuses what it must also refuse before the move: another policy, another purpose, another authority, a changed document.
//! * pkilint finds in everything that the city publishes exactly what is accepted with a reason.
//! * The card's own bytes are the certificates that were issued, and its signatures verify under them.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod card;
#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
mod city;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod lint;
mod openssl;
mod run;
