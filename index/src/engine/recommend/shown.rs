//! The generation as recommenders see it: vectors under the filter, names, and facts.

use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::id::Ordinal;
use crate::recommend::{Facts, ItemVectors, Names};

/// New products that are looked through.
const NEWEST: usize = 1000;

/// Products that may be shown: in stock, and passing the filter.
pub(super) struct Shown<'a> {
    pub(super) engine: &'a Snapshot,
    pub(super) allowed: &'a Bitmap,
}

impl ItemVectors for Shown<'_> {
    fn nearest(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        self.engine.generation.vectors.search(query, k, Some(self.allowed)).unwrap_or_default()
    }

    fn nearest_of_all(&self, query: &[f32], k: usize) -> Vec<(Ordinal, f32)> {
        self.engine.generation.vectors.search::<Bitmap>(query, k, None).unwrap_or_default()
    }

    fn nearest_to(&self, product: Ordinal, k: usize) -> Vec<(Ordinal, f32)> {
        let Some(row) = self.row(product) else { return Vec::new() };
        let near = self.engine.kept.nearest(product, k, || self.nearest_of_all(row, k));
        let shown: Vec<_> = near.iter().filter(|one| self.allowed.contains(one.0)).copied().collect();
        // Where little may be shown the walk itself must heed it.
        if shown.len() * 2 < near.len() { self.nearest(row, k) } else { shown }
    }

    fn row(&self, product: Ordinal) -> Option<&[f32]> {
        let vectors = &self.engine.generation.vectors;
        vectors.has_direction(product).then(|| vectors.row(product))
    }
}

impl Facts for Shown<'_> {
    fn price(&self, product: Ordinal) -> Option<f64> {
        self.number("final_price", product)
    }

    fn worth(&self, product: Ordinal) -> f32 {
        let rated = || self.number("rating", product).map(|rating| rating / 5.0);
        self.number("margin", product).or_else(rated).unwrap_or(0.5).clamp(0.0, 1.0) as f32
    }

    fn listed_ms(&self, product: Ordinal) -> Option<i64> {
        self.engine.listed_ms(product)
    }

    fn newest(&self) -> &[Ordinal] {
        self.engine.newest()
    }
}

impl Shown<'_> {
    fn number(&self, column: &str, product: Ordinal) -> Option<f64> {
        self.engine.generation.columns.numeric(column)?.view().first(product)
    }
}

impl Names for Snapshot {
    fn product(&self, product: Ordinal) -> String {
        self.name_of(product)
    }

    fn category(&self, category: u32) -> String {
        self.generation.products.category(category).to_owned()
    }

    fn crowd(&self, crowd: u32) -> String {
        self.generation.behaviour.segments.name(crowd).to_owned()
    }
}

impl Snapshot {
    /// When a product came into the shop: its release, or else its first listing.
    fn listed_ms(&self, product: Ordinal) -> Option<i64> {
        let seconds = |column: &str| self.generation.columns.numeric(column)?.view().first(product);
        let listed = seconds("released_at").or_else(|| seconds("created_at"))?;
        Some((listed * 1000.0) as i64)
    }

    /// The products that came last, the newest first, ties by ordinal; found when first asked for.
    fn newest(&self) -> &[Ordinal] {
        self.newest.get_or_init(|| {
            let all = 0..self.generation.products.len() as Ordinal;
            let mut dated: Vec<(i64, Ordinal)> =
                all.filter_map(|ordinal| Some((self.listed_ms(ordinal)?, ordinal))).collect();
            let newest_first = |a: &(i64, Ordinal), b: &(i64, Ordinal)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            if dated.len() > NEWEST {
                dated.select_nth_unstable_by(NEWEST, newest_first);
                dated.truncate(NEWEST);
            }
            dated.sort_unstable_by(newest_first);
            dated.into_iter().map(|(_, ordinal)| ordinal).collect()
        })
    }
}
