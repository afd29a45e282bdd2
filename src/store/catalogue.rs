//! The products as the shop last said: a whole [`snapshot`] and the [`log`] of single [`change`]s
//! since, which together are [`current`]. A feed or a reindex replaces the snapshot; the [`editor`]
//! is the one way in for single changes. Both are told apart by one number, the catalogue's
//! **version**: how many changes it stands for.
//!
//! A new feed stands for every change made before it began. A reindex folds the log into a new
//! snapshot and builds from that, and its generation keeps the version, so that a server knows which
//! changes it must still show on top.

pub mod change;
pub mod current;
pub mod editor;
pub mod log;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod writer;

pub use change::{Act, Change};
pub use current::{Changed, Current};
pub use editor::{Edit, Editor, EditorSettings, Expect, Outcome, Serve};
pub use snapshot::{Catalogue, CatalogueWriter};
