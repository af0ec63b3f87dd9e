#![no_main]

#[path = "../checks/residents.rs"]
mod residents;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| residents::check(bytes));
