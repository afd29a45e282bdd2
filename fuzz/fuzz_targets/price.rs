//! See `tastemaker_fuzz::price`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::price(data));
