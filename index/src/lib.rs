//! The Tastemaker engine: catalogue and behaviour in, ranked products out.
//!
//! Synchronous. Knows no HTTP, no environment, no clock, no command line.
//! [`generation::build`] makes a generation of a catalogue and events;
//! [`Engine`] answers from one.

pub mod behaviour;
pub mod bitmap;
pub mod column;
pub mod context;
pub mod curation;
pub mod engine;
pub mod error;
pub mod eval;
pub mod event;
pub mod feed;
pub mod flat;
pub mod generation;
pub mod hit;
pub mod id;
pub mod identity;
pub mod learning;
pub mod placement;
pub mod product;
pub mod profile;
pub mod progress;
pub mod query;
pub mod random;
pub mod rank;
pub mod recommend;
pub mod season;
pub mod synonyms;
pub mod text;
pub mod time;
pub mod trees;
pub mod vector;

pub use engine::Engine;
pub use error::{Error, Result};
