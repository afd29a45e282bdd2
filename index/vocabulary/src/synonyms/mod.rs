//! Synonyms: alternative phrases that a query also searches for. A **set** makes phrases equivalent
//! ([`SynonymKind::TwoWay`]), adds phrases in one direction ([`SynonymKind::OneWay`]), gives a placeholder
//! such as `<shoesize>` a list of values, or refuses pairs of the shipped lists ([`SynonymKind::Refuse`]). [`read`] parses sets from CSV and Solr files, [`check`] rejects
//! invalid sets, [`warnings`] lists suspicious ones, and [`Synonyms`] is the compiled form that the understand
//! step looks phrases up in. Analysis is passed in.

mod check;
mod lookup;
mod placeholder;
pub mod read;
mod set;
mod stop_words;
mod warning;
pub mod write;

#[cfg(test)]
mod read_tests;

pub use check::{
    MAX_PAIRS, MAX_PHRASE_CHARS, MAX_PHRASE_WORDS, MAX_PHRASES, MAX_SET_ID_CHARS, MAX_SETS, MAX_VALUES, check,
};
pub use lookup::{Expansion, Synonyms};
pub use set::{DEFAULT_WEIGHT, SynonymKind, SynonymSet};
pub use stop_words::{MAX_STOP_WORDS, StopWordEdits, StopWords};
pub use warning::{SynonymWarning, warnings};
