//! See `tastemaker_fuzz::products`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::products(data));
