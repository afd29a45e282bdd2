//! See `tastemaker_fuzz::behaviour`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::behaviour(data));
