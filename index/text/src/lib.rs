//! Text search over products: the index and the steps that a query goes through.
//!
//! 1. **analyse** ([`analysis`]): a text becomes tokens; products and queries use the same analyser.
//! 2. **parse** ([`parse`]): the query is split into words, phrases in quotes and excluded parts.
//! 3. **correct** ([`correct`], with candidates of [`spelling`] at the cost of their [`slips`], words of the
//!    [`lexicon`] as they are [`written`] and corrections [`learned`] from shoppers): words that the catalogue does
//!    not have are replaced, unless [`apart`] has them together or apart, or [`derivation`] makes them of others.
//! 4. **understand** ([`understand`], which runs steps 2 to 4, and [`slots`]): each word or phrase becomes a
//!    slot with alternatives: the term itself, its parts, completions, synonyms. A run of words that spells one of
//!    the [`codes`] of the catalogue is one word. Compounds of a word come from the [`heads`], words of like meaning
//!    from [`shipped`] sets and the embedding table ([`meanings`]); [`kind`] finds the slot that names the kind of
//!    product.
//! 5. **match** ([`matching`], by the [`matcher`] over [`postings`]): the products of each slot, and BM25 scores of those that
//!    match.
//! 6. **relax** ([`match_level`]): if too few products have every word, words may be missing, at a cost.
//! 7. **highlight** ([`highlight`]) and **suggest** ([`suggest`]): matched words marked in texts, and
//!    completions of whole queries while the shopper types.
//!
//! Rows of recommendations read the words of a [`title`] by their role. For ranking, [`closeness`] compares titles with the query, and [`features`] computes the text features of a
//! product from the [`forward_index`].
//!
//! This module is the only user of tantivy, which stores dictionary, postings and field lengths. Scores are
//! computed here, because exact totals and facets need every match visited anyway, and because the document
//! frequency of a slot is taken over all fields. Documents are added in ordinal order. The module never reads
//! the clock or the network and knows no vectors, columns or shoppers.

pub mod analysis;
mod apart;
mod apply_reading;
mod called;
mod closeness;
mod codes;
mod correct;
mod derivation;
pub mod features;
mod fields;
mod fitting;
mod forward_index;
mod heads;
pub mod highlight;
mod index;
mod kind;
mod learned;
mod lexicon;
mod match_level;
mod matcher;
pub mod matching;
mod meanings;
pub mod meant;
mod measures;
mod parse;
mod postings;
mod rewritten;
mod segment;
mod settings;
pub mod shipped;
mod slips;
mod slots;
mod source;
mod spelling;
mod spellings;
pub mod suggest;
#[cfg(test)]
mod tests;
mod title;
mod title_segments;
mod understand;
mod writer;
mod written;

// The vocabulary under its own names: `crate::id` here is `tastemaker_vocabulary::id`.
use tastemaker_vocabulary::{bitmap, characters, error, flat, id, product, synonyms};

pub use analysis::Analyzer;
pub use called::CalledReader;
pub use closeness::Closeness;
pub use correct::{CorrectionSource, WordCorrection};
pub use fields::{TextField, same_texts};
pub use fitting::{Fitting, fitting_values};
pub use forward_index::{ForwardIndex, ForwardIndexWriter, TermId};
pub use index::TextIndex;
pub use kind::KindSets;
pub use learned::LearnedCorrections;
pub use match_level::MatchLevel;
pub use matching::{SlotScore, SlotWeight, TextMatches};
pub use settings::TextSettings;
pub use source::AlternativeSource;
pub use spelling::SpellingSettings;
pub use spellings::spellings;
pub use title::TitleWords;
pub use understand::{Alternative, MAX_SLOTS, NearestLookup, QueryOptions, QuerySlot, Understood};
pub use writer::{AnalysisSettings, TextWriter, words_of};
