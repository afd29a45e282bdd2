//! Words: the product text index and everything asked of it. The only user of
//! tantivy, which stores the dictionary, postings and field lengths; scoring
//! is ours ([`matching`]), because exact totals and facets need every match
//! visited anyway, and because a word must be judged over all fields at once.
//!
//! May assume that documents are added in ordinal order; never reads the clock
//! or the network, and knows no vectors, columns or shoppers.

pub mod analysis;
pub mod features;
mod fields;
pub mod highlight;
mod index;
pub mod matching;
mod settings;
pub mod suggest;
#[cfg(test)]
mod tests;
mod wording;

pub use analysis::Analyzer;
pub use fields::TextField;
pub use index::{TextIndex, TextWriter};
pub use matching::{Rung, TextMatches};
pub use settings::TextSettings;
pub use wording::{TermId, Wording, WordingWriter};
