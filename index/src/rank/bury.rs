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
    /// The products of the kind that the query names, where nothing of it can be had; they keep their place.
    kind: Option<Bitmap>,
}

impl Bury {
    /// The rule for matches, each with the share of the query's words that it has. A product with more of them than
    /// anything that can be had is what was asked for, and keeps its place; so do those of the kind that the query names
    /// where no match of it can be had: strawberries that are sold out come before jam.
    pub fn new(
        in_stock: Arc<Bitmap>,
        matches: impl Iterator<Item = (Ordinal, f32)>,
        exact: Vec<Ordinal>,
        kind: Option<Bitmap>,
    ) -> Self {
        let (mut most_held, mut has_kind) = (0f32, false);
        for (ordinal, held) in matches.filter(|(ordinal, _)| in_stock.contains(*ordinal)) {
            most_held = most_held.max(held);
            has_kind |= kind.as_ref().is_some_and(|kind| kind.contains(ordinal));
        }
        Self { in_stock, most_held, exact, kind: kind.filter(|_| !has_kind) }
    }

    /// True if a match that has this share of the query's words comes after what can be had.
    pub fn lowers(&self, ordinal: Ordinal, held: f32) -> bool {
        !self.in_stock.contains(ordinal)
            && held <= self.most_held
            && self.exact.binary_search(&ordinal).is_err()
            && self.kind.as_ref().is_none_or(|kind| !kind.contains(ordinal))
    }
}
