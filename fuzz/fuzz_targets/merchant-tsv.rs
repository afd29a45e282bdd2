//! See `tastemaker_fuzz::merchant_tsv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::merchant_tsv(data));
