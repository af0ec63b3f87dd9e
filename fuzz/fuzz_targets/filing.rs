#![no_main]

#[path = "../checks/filing.rs"]
mod filing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| filing::check(bytes));
