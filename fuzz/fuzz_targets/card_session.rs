#![no_main]

#[path = "../checks/card_session.rs"]
mod card_session;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| card_session::check(bytes));
