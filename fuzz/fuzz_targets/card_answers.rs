#![no_main]

#[path = "../checks/card_answers.rs"]
mod card_answers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| card_answers::check(bytes));
