//! The data folder: the only code that owns files or connections.
//!
//! [`folder`] lays it out and locks it; [`journal`] keeps what shoppers did,
//! [`ingest`] is the one way in; [`state`] keeps what must be current and is
//! rebuilt from the journal; [`catalogue`] keeps the products as last said;
//! [`keys`] keeps who may ask what;
//! [`codec`] is the envelope of stored records. Nothing here knows HTTP, and
//! nothing outside opens a file of these.

pub mod catalogue;
pub mod codec;
pub mod disk;
pub mod error;
#[cfg(test)]
mod faulty;
pub mod folder;
pub mod ingest;
pub mod journal;
pub mod keys;
pub mod state;
pub mod window;

pub use error::{Result, StoreError};
pub use folder::DataFolder;
