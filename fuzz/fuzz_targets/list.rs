#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shirushi_checks::list::check(bytes));
