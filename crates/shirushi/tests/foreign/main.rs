//! The card and the module as programs see them that know nothing of Shirushi: OpenSC 0.23, the card drivers myna-card and jpki, NSS,
//! OpenSSL, GnuTLS, Java, Node, Go, GnuPG, PAM, LibreOffice, pyHanko, OpenSSH, OpenVPN, stunnel, Chromium, Firefox, nginx and haproxy.
//!
//! Each test has a lab of its own (pcscd and virtual readers in namespaces of their own) and a copy of one card, whose certificates were
//! issued by a city that answers until all tests have ended. Whatever a foreign program accepts is checked by another one.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod browser;
#[path = "../commands/citizen.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod citizen;
mod city;
mod desk;
mod drivers;
mod engine;
mod firefox;
mod gnutls;
mod golang;
mod gpgsm;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod java;
mod libreoffice;
mod lists;
mod logins;
mod loops;
mod modules;
mod node;
mod nss;
mod opensc;
mod openvpn;
mod ours;
mod pam;
mod pdf;
mod remoting;
#[allow(dead_code, reason = "shared with the tests of our own client")]
mod said;
mod screen;
mod site;
mod ssh;
mod tries;
mod variants;
