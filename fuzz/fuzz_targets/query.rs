//! See `tastemaker_fuzz::query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::query(data));
