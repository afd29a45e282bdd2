//! The generation as recommenders see it: vectors of the products that may be shown, facts of products, and names.

use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::id::{CategoryNumber, Ordinal, SegmentNumber};
use crate::recommend::{ItemVectors, Names, ProductFacts};

/// A snapshot, narrowed to the products that may be shown.
pub(super) struct AllowedProducts<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The products in stock that pass the filter.
    pub(super) allowed: &'a Bitmap,
}

impl ItemVectors for AllowedProducts<'_> {
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        self.snapshot.generation.vectors.search(query, k, Some(self.allowed)).unwrap_or_default()
    }

    fn nearest_of_all(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        self.snapshot.generation.vectors.search::<Bitmap>(query, k, None).unwrap_or_default()
    }

    fn nearest_to(&self, product: Ordinal, k: usize) -> Vec<(Ordinal, f32)> {
        let Some(row) = self.row(product) else { return Vec::new() };
        let near = self.snapshot.caches.lists.nearest(product, k, || self.nearest_of_all(row, k));
        let shown: Vec<_> = near.iter().filter(|one| self.allowed.contains(one.0)).copied().collect();
        // If the filter leaves less than half of the cached list, the graph is searched under the filter instead.
        if shown.len() * 2 < near.len() { self.nearest(row, k) } else { shown }
    }

    fn row(&self, product: Ordinal) -> Option<&[f32]> {
        let vectors = &self.snapshot.generation.vectors;
        vectors.has_direction(product).then(|| vectors.row(product))
    }
}

impl ProductFacts for AllowedProducts<'_> {
    fn price(&self, product: Ordinal) -> Option<f64> {
        self.number("final_price", product)
    }

    fn value(&self, product: Ordinal) -> f32 {
        let rated = || self.number("rating", product).map(|rating| rating / 5.0);
        self.number("margin", product).or_else(rated).unwrap_or(0.5).clamp(0.0, 1.0) as f32
    }

    fn listed_ms(&self, product: Ordinal) -> Option<i64> {
        self.snapshot.listed_ms(product)
    }

    fn newest(&self) -> &[Ordinal] {
        self.snapshot.newest()
    }
}

impl AllowedProducts<'_> {
    fn number(&self, column: &str, product: Ordinal) -> Option<f64> {
        self.snapshot.generation.columns.numeric(column)?.view().first(product)
    }
}

impl Names for Snapshot {
    fn product(&self, product: Ordinal) -> String {
        self.name_of(product)
    }

    fn category(&self, category: CategoryNumber) -> String {
        self.generation.products.category(category).to_owned()
    }

    fn segment(&self, segment: SegmentNumber) -> String {
        self.generation.behaviour.segments.name(segment).to_owned()
    }
}
