//! The pages of the city in a real browser, as people meet them: Chromium, driven through chromedriver, with axe-core as the judge
//! of what can be perceived and operated.
//!
//! One browser runs at a time; each has a profile, a process tree and a city of its own, and leaves nothing behind.
//! `./test` installs what this needs. Without it these tests fail and say so; they never skip themselves.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

mod acts;
mod apart;
mod browser;
mod city;
mod driver;
mod far;
mod forms;
mod hostile;
#[path = "../commands/http.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod http;
mod inspect;
mod keyboard;
mod look;
mod own;
mod person;
mod pins;
#[path = "../commands/place.rs"]
#[allow(dead_code, reason = "shared with the tests of the commands")]
mod place;
mod proof;
mod refusals;
mod routes;
mod screen;
mod story;
mod strangers;
mod sweep;
mod tools;
mod walk;
