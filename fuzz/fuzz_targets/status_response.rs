#![no_main]

#[path = "../checks/city.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod city;
#[path = "../checks/status_response.rs"]
mod status_response;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| status_response::check(bytes));
