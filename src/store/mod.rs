//! The data folder: the only code that owns files or connections.
//!
//! [`folder`] lays it out and locks it; [`journal`] keeps what shoppers did,
//! [`ingest`] is the one way in; [`profiles`] keeps what is known of shoppers in
//! [`state`], the store of what must be current, and can be rebuilt from the
//! journal; [`archive`] copies the journal for other tools; [`erasures`] keeps who asked to be forgotten,
//! [`redact`] removes their events and [`compact`] gives back the room, which needs
//! [`standstill`], a data folder that nobody serves; [`catalogue`] keeps the
//! products as last said; [`keys`] keeps who may ask what, [`curation`] what merchants say about search,
//! [`judgements`] what people judged;
//! [`codec`] is the envelope of stored records. Nothing here knows HTTP, and
//! nothing outside opens a file of these.

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
pub mod profiles;
pub mod redact;
pub mod standstill;
pub mod state;
pub mod tables;
pub mod window;

pub use error::{Result, StoreError};
pub use folder::DataFolder;
