//! See `tastemaker_fuzz::suggestions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::suggestions(data));
