//! See `tastemaker_fuzz::words`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::words(data));
