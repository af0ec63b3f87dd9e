#![no_main]

#[path = "../checks/city.rs"]
#[allow(dead_code, reason = "each target uses its part")]
mod city;
#[path = "../checks/status_request.rs"]
mod status_request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| status_request::check(bytes));
