//! See `tastemaker_fuzz::shopify`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::shopify(data));
