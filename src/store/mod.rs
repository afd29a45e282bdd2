//! The data folder: the only code that owns files or connections. It knows nothing of HTTP, and no other
//! module opens a file of the data folder.
//!
//! - [`folder`] lays the folder out and locks it; [`codec`] is the envelope of stored records.
//! - [`journal`] stores events, [`ingest`] is its only writer, [`archive`] copies it to Parquet.
//! - [`profiles`] and [`state`] hold the shoppers' current profiles, which can be rebuilt from the journal.
//! - [`catalogue`] stores the products, [`curation`] the rules and synonyms, [`keys`] the API keys,
//!   [`judgements`] the judged queries.
//! - [`erasures`] records erasure requests, [`redact`] removes the events, [`compact`] frees their space while
//!   the folder is [`offline`].
//! - [`problems`] holds what is damaged or cannot be written while the server goes on.

pub mod archive;
pub mod catalogue;
pub mod codec;
pub mod compact;
pub mod curation;
pub mod disk;
pub mod erasures;
pub mod error;
#[cfg(test)]
mod faulty;
pub mod folder;
pub mod ingest;
pub mod journal;
pub mod judgements;
pub mod keys;
pub mod offline;
pub mod problems;
pub mod profiles;
pub mod redact;
mod sealed;
pub mod state;
pub mod tables;
pub mod window;

pub use error::{Result, StoreError};
pub use folder::DataFolder;
pub use problems::{ProblemKind, Problems};
