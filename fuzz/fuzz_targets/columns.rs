//! See `tastemaker_fuzz::columns`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::columns(data));
