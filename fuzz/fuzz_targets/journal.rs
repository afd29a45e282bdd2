//! See `tastemaker_fuzz::journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::journal(data));
