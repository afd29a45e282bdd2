//! Sold-out products that come after what can be had.

use std::sync::Arc;

use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// The rule by which sold-out products of one answer lose their place.
#[derive(Debug, Clone)]
pub struct Bury {
    in_stock: Arc<Bitmap>,
    /// The largest share of the query's words that a product in stock has.
    most_held: f32,
    /// The products that the query names exactly, ascending; they keep their place.
    exact: Vec<Ordinal>,
}

impl Bury {
    /// The rule for matches, each with the share of the query's words that it has. A product with more of them than
    /// anything that can be had is what was asked for, and keeps its place.
    pub fn new(in_stock: Arc<Bitmap>, matches: impl Iterator<Item = (Ordinal, f32)>, exact: Vec<Ordinal>) -> Self {
        let held = matches.filter(|(ordinal, _)| in_stock.contains(*ordinal)).map(|(_, held)| held);
        Self { most_held: held.fold(0.0, f32::max), in_stock, exact }
    }

    /// True if a match that has this share of the query's words comes after what can be had.
    pub fn lowers(&self, ordinal: Ordinal, held: f32) -> bool {
        !self.in_stock.contains(ordinal) && held <= self.most_held && self.exact.binary_search(&ordinal).is_err()
    }
}
