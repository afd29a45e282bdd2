//! The Tastemaker engine: catalogue and behaviour in, ranked products out.
//!
//! Synchronous. Knows no HTTP, no environment, no clock, no command line.
//! [`generation::build`] makes a generation of a catalogue and events;
//! [`Engine`] answers from one.

pub mod engine;
pub mod generation;
pub mod hit;
pub mod learning;
pub mod rank;
pub mod recommend;

pub use tastemaker_catalogue::{column, curation, feed};
pub use tastemaker_shoppers::{behaviour, profile};
pub use tastemaker_text as text;
pub use tastemaker_vector as vector;
pub use tastemaker_vocabulary::{
    bitmap, context, deadline, error, eval, event, flat, id, identity, in_plain_words, languages, placeholder,
    placement, product, progress, query, random, season, synonyms, time, trees,
};

pub use engine::Engine;
pub use error::{Error, Result};
