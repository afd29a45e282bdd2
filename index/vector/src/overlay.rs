//! The overlay: vectors of products that were added or changed since the generation was built. They are few,
//! are compared one by one at full precision, and replace the generation's vectors of the same products.

use std::collections::BTreeMap;

use crate::Allowed;
use crate::bitmap::Bitmap;
use crate::dot::Kernel;
use crate::id::Ordinal;
use crate::rows::normalise;

/// Rows of unit length; zeros for products without a direction.
#[derive(Debug, Clone)]
pub(super) struct OverlayRows {
    dimensions: usize,
    /// Ordinals of the rows, ascending.
    ordinals: Vec<Ordinal>,
    rows: Vec<f32>,
    /// The generation's rows that are replaced.
    replaced: Bitmap,
}

impl OverlayRows {
    /// An empty overlay over a generation of so many rows.
    pub(super) fn none(dimensions: usize, rows: usize) -> Self {
        Self { dimensions, ordinals: Vec::new(), rows: Vec::new(), replaced: Bitmap::new(rows) }
    }

    /// True if there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// This overlay with other rows added, which replace rows of the same products. A row with a wrong number
    /// of values, or one that is not finite, becomes a row without a direction.
    pub(super) fn with(&self, others: BTreeMap<Ordinal, Vec<f32>>) -> Self {
        let mut rows: BTreeMap<Ordinal, Vec<f32>> =
            self.ordinals.iter().map(|&ordinal| (ordinal, self.row(ordinal).unwrap_or_default().to_vec())).collect();
        rows.extend(others);
        let mut overlay = Self::none(self.dimensions, self.replaced.len());
        for (ordinal, mut row) in rows {
            if row.len() != self.dimensions || !normalise(&mut row) {
                row = vec![0.0; self.dimensions];
            }
            overlay.ordinals.push(ordinal);
            overlay.rows.append(&mut row);
            overlay.replaced.insert(ordinal);
        }
        overlay
    }

    /// The row of a product, if the overlay has one.
    pub(super) fn row(&self, ordinal: Ordinal) -> Option<&[f32]> {
        let at = self.ordinals.binary_search(&ordinal).ok()?;
        self.rows.get(at * self.dimensions..(at + 1) * self.dimensions)
    }

    /// The rows that pass and have a direction, with their cosine to a unit query; in no particular order.
    pub(super) fn similarities<A: Allowed>(&self, query: &[f32], allowed: Option<&A>) -> Vec<(Ordinal, f32)> {
        let dot = Kernel::detect().dot;
        let rows = self.ordinals.iter().zip(self.rows.chunks_exact(self.dimensions));
        let passing = rows.filter(|(ordinal, row)| {
            allowed.is_none_or(|allowed| allowed.contains(**ordinal)) && row.iter().any(|value| *value != 0.0)
        });
        passing.map(|(&ordinal, row)| (ordinal, dot(query, row))).collect()
    }

    /// The filter for the search of the generation's own rows: `allowed` without the replaced rows.
    pub(super) fn outside<'a, A: Allowed>(&'a self, allowed: Option<&'a A>) -> OutsideOverlay<'a, A> {
        let passes = |ordinal: &&Ordinal| match allowed {
            None => ordinal.index() < self.replaced.len(),
            Some(allowed) => allowed.contains(**ordinal),
        };
        let here = self.ordinals.iter().filter(passes).count();
        let count = allowed.map_or(self.replaced.len(), Allowed::count);
        OutsideOverlay { allowed, replaced: &self.replaced, count: count.saturating_sub(here) }
    }
}

/// The products that pass a filter and are not replaced.
pub(super) struct OutsideOverlay<'a, A> {
    allowed: Option<&'a A>,
    replaced: &'a Bitmap,
    count: usize,
}

impl<A: Allowed> Allowed for OutsideOverlay<'_, A> {
    fn contains(&self, ordinal: Ordinal) -> bool {
        self.allowed.is_none_or(|allowed| allowed.contains(ordinal)) && !self.replaced.contains(ordinal)
    }

    fn count(&self) -> usize {
        self.count
    }

    fn for_each(&self, mut visit: impl FnMut(Ordinal)) {
        let mut own = |ordinal: Ordinal| {
            if ordinal.index() < self.replaced.len() && !self.replaced.contains(ordinal) {
                visit(ordinal);
            }
        };
        match self.allowed {
            Some(allowed) => allowed.for_each(own),
            None => Ordinal::all(self.replaced.len()).for_each(&mut own),
        }
    }
}
