//! Words: the product text index and everything asked of it. A query is **parsed**
//! into parts, **understood** as slots with alternatives, its misspelt words
//! **corrected** from the **lexicon** and from what shoppers **learned**; slots are **matched** against postings, the
//! **ladder** decides how many may be missing, and **closeness** tells titles apart.
//!
//! The only user of tantivy, which stores the dictionary, postings and field
//! lengths; scoring is ours ([`matching`]), because exact totals and facets need
//! every match visited anyway, and because a word must be judged over all fields
//! at once.
//!
//! May assume that documents are added in ordinal order; never reads the clock
//! or the network, and knows no vectors, columns or shoppers.

pub mod analysis;
mod closeness;
mod correct;
pub mod features;
mod fields;
mod forward_index;
pub mod highlight;
mod index;
mod learned;
mod lexicon;
mod match_level;
pub mod matching;
mod parse;
mod postings;
mod rewritten;
mod segment;
mod settings;
mod slots;
mod spelling;
pub mod suggest;
#[cfg(test)]
mod tests;
mod understand;
mod writer;

pub use analysis::Analyzer;
pub use closeness::Closeness;
pub use fields::{TextField, same_texts};
pub use forward_index::{ForwardIndex, ForwardIndexWriter, TermId};
pub use index::TextIndex;
pub use learned::LearnedCorrections;
pub use match_level::MatchLevel;
pub use matching::{SlotWeight, TextMatches};
pub use settings::TextSettings;
pub use spelling::SpellingSettings;
pub use understand::{Alternative, MAX_SLOTS, QueryOptions, QuerySlot, Understood};
pub use writer::{AnalysisSettings, TextWriter, words_of};
