#![no_main]

#[path = "../checks/tlv.rs"]
mod tlv;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tlv::check(bytes));
