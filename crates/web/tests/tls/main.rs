//! A service behind TLS, and OpenSSL at its door.
//!
//! * Between roles: TLS 1.3 and a certificate of an accepted role, or nothing; OpenSSL's client reads by its alert why it is sent away.
//! * Each request bears who asks; a route lets in the roles it names, and says to others whose certificate was shown and why that does not do.
//! * Who was revoked after the handshake is answered so, and the connection ends.
//! * Towards people: TLS 1.2 and 1.3; a renewed certificate is shown without a restart, and a broken one never.
//! * Handshakes that never end hold up nobody, and have a deadline; what the plain service does about bodies and stops, this one does too.
#![allow(clippy::unwrap_used, reason = "a test")]

mod city;
mod held;
mod people;
mod roles;
