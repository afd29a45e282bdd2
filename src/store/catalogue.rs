//! The products of the shop: a whole [`snapshot`] and the [`log`] of single [`change`]s since, merged by
//! [`current`]. A feed or a reindex replaces the snapshot; the [`editor`] is the only writer of single
//! changes. The catalogue's **version** is the sequence number of the last change included.
//!
//! A new feed includes every change made before it began. A reindex folds the log into a new snapshot and
//! builds from it; the generation records the version, so that a server knows the changes to apply on top.

pub mod change;
pub mod current;
pub mod editor;
pub mod log;
pub mod seal;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod writer;

pub use change::{ChangeAction, ProductChange};
pub use current::{ChangedProducts, CurrentCatalogue};
pub use editor::{Edit, EditOutcome, Editor, EditorSettings, PendingEdits, Precondition, Serve};
pub use snapshot::{Catalogue, CatalogueWriter};
