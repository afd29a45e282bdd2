//! The words that all crates of the engine share: products, events, ids, queries, sets of ordinals, the flat file format,
//! units of time, random numbers, and the metrics and trees that training uses.
//!
//! Depends on no other crate of the engine. Reads no clock, no environment and no network.

pub mod bitmap;
pub mod characters;
pub mod context;
pub mod deadline;
pub mod error;
pub mod eval;
pub mod event;
pub mod flat;
pub mod id;
pub mod identity;
pub mod languages;
pub mod placeholder;
pub mod placement;
pub mod product;
pub mod progress;
pub mod query;
pub mod random;
pub mod season;
pub mod synonyms;
pub mod time;
pub mod trees;
mod wrong_type;

pub use error::{Error, Result};
pub use wrong_type::in_plain_words;
