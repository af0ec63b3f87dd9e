#![no_main]

#[path = "../checks/certificate.rs"]
mod certificate;
#[path = "../checks/city.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod city;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certificate::check(bytes));
