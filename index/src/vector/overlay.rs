//! Vectors of products that are new or were rewritten since the generation: few rows, compared one by
//! one at full precision, in place of those that the generation has of the same products.

use std::collections::BTreeMap;

use crate::bitmap::Bitmap;
use crate::id::Ordinal;
use crate::vector::Allowed;
use crate::vector::dot::Kernel;
use crate::vector::rows::normalise;

/// Rows of unit length, or of zeros for products without a direction.
#[derive(Debug, Clone)]
pub(super) struct OverlayRows {
    dimensions: usize,
    /// Ascending.
    ordinals: Vec<Ordinal>,
    rows: Vec<f32>,
    /// Which of the generation's rows count no more.
    replaced: Bitmap,
}

impl OverlayRows {
    /// None yet, beside so many rows of a generation.
    pub(super) fn none(dimensions: usize, rows: usize) -> Self {
        Self { dimensions, ordinals: Vec::new(), rows: Vec::new(), replaced: Bitmap::new(rows) }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.ordinals.is_empty()
    }

    /// These rows and others, in their place for the same products. A row of another length or with a
    /// value that is not finite is one without a direction.
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

    /// A product's row, if it has one here.
    pub(super) fn row(&self, ordinal: Ordinal) -> Option<&[f32]> {
        let at = self.ordinals.binary_search(&ordinal).ok()?;
        self.rows.get(at * self.dimensions..(at + 1) * self.dimensions)
    }

    /// The rows that pass and have a direction, with their cosine to a unit query; in no order.
    pub(super) fn similarities<A: Allowed>(&self, query: &[f32], allowed: Option<&A>) -> Vec<(Ordinal, f32)> {
        let dot = Kernel::detect().dot;
        let rows = self.ordinals.iter().zip(self.rows.chunks_exact(self.dimensions));
        let passing = rows.filter(|(ordinal, row)| {
            allowed.is_none_or(|allowed| allowed.contains(**ordinal)) && row.iter().any(|value| *value != 0.0)
        });
        passing.map(|(&ordinal, row)| (ordinal, dot(query, row))).collect()
    }

    /// The filter under which the generation's own rows are searched.
    pub(super) fn outside<'a, A: Allowed>(&'a self, allowed: Option<&'a A>) -> OutsideOverlay<'a, A> {
        let passes = |ordinal: &&Ordinal| match allowed {
            None => (**ordinal as usize) < self.replaced.len(),
            Some(allowed) => allowed.contains(**ordinal),
        };
        let here = self.ordinals.iter().filter(passes).count();
        let count = allowed.map_or(self.replaced.len(), Allowed::count);
        OutsideOverlay { allowed, replaced: &self.replaced, count: count.saturating_sub(here) }
    }
}

/// What a filter passes of the rows that are not fresh.
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
        let mut own = |ordinal| {
            if (ordinal as usize) < self.replaced.len() && !self.replaced.contains(ordinal) {
                visit(ordinal);
            }
        };
        match self.allowed {
            Some(allowed) => allowed.for_each(own),
            None => (0..self.replaced.len() as Ordinal).for_each(&mut own),
        }
    }
}
