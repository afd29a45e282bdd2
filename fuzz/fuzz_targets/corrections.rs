//! See `tastemaker_fuzz::corrections`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::corrections(data));
