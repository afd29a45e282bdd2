//! See `tastemaker_fuzz::synonyms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tastemaker_fuzz::synonyms(data));
