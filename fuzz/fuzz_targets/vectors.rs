//! See `tastemaker_fuzz::vectors`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::vectors(data));
