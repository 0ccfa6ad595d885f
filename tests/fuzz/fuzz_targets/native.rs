#![no_main]

#[path = "../checks.rs"]
mod checks;
#[path = "../peak.rs"]
mod peak;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::native(data));
