//! Synonyms: what else a shop's words may be said with. A **set** says that phrases mean the same
//! ([`SynonymKind::TwoWay`]), that one also finds others ([`SynonymKind::OneWay`]), or that a
//! placeholder such as `<shoesize>` stands for a list of values. [`read`] takes sets from CSV and
//! Solr files, [`check`] says what cannot be, [`warnings`] what is hardly meant; [`Synonyms`] is the
//! compiled form, looked up by a query's analysed terms. Pure: analysis is passed in.

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
