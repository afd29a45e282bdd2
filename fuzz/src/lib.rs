//! What each fuzz target does with its bytes. cargo-fuzz runs one target for long (`fuzz_targets/`);
//! `cargo test` replays the corpora and seeded mutations of them (`index/tests/fuzz.rs`).
//!
//! To add a target: a function here and its line in [`TARGETS`], a file in `fuzz_targets/` with its `[[bin]]`,
//! and a few small files in `fixtures/fuzz/NAME/`.

mod columns;

use tastemaker_index::feed::JsonLines;

pub use columns::{columns, filter};

/// A target's name, which is also its corpus folder's, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 3] = [("native", native), ("filter", filter), ("columns", columns)];

/// The native feed.
pub fn native(data: &[u8]) {
    let mut feed = JsonLines::new(data);
    while let Ok(Some(_)) = feed.next_row() {}
}
