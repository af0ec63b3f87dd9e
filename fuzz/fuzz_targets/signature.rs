#![no_main]

#[path = "../checks/city.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod city;
#[path = "../checks/signature.rs"]
mod signature;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| signature::check(bytes));
