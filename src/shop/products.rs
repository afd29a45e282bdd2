//! Single products of the running shop: reading one, and changing many. A change reported as done is durable
//! and visible in the next search.

use tastemaker_index::product::Product;

use super::Shop;
use crate::store::Result;
pub use crate::store::catalogue::change::{product as read, version};
pub use crate::store::catalogue::{ChangeAction, Edit, EditOutcome, PendingEdits, Precondition};

impl Shop {
    /// The current product with this id, with every change made so far.
    ///
    /// # Errors
    /// If the catalogue cannot be read.
    pub fn product(&self, id: &str) -> Result<Option<Product>> {
        self.editor.product(id)
    }

    /// Queues changes of products without waiting.
    ///
    /// # Errors
    /// [`Busy`](super::StoreError::Busy) if the queue is full.
    pub fn edit(&self, edits: Vec<Edit>) -> Result<PendingEdits> {
        self.editor.edit(edits)
    }
}
