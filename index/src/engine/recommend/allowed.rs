//! The generation as recommenders see it: vectors of the products that may be shown, facts of products, and names.

use rustc_hash::FxHashSet;

use crate::bitmap::Bitmap;
use crate::engine::Snapshot;
use crate::engine::search::{Audiences, TellingLeaves};
use crate::id::{CategoryNumber, Ordinal, SegmentNumber};
use crate::product::{CATEGORY_SEPARATOR, last_level};
use crate::recommend::{ItemVectors, Names, ProductFacts};

/// Parts of the names of categories that hold products of several kinds, in the languages of Snowball's stemmers.
const MIXED: [&str; 14] = [
    " and ",
    " und ",
    " et ",
    " y ",
    " e ",
    " en ",
    " og ",
    " och ",
    " ja ",
    "accessor",
    "accesor",
    "zubehör",
    "tillbehör",
    "other",
];

/// A snapshot, narrowed to the products that may be shown.
pub(super) struct AllowedProducts<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The products in stock that pass the filter.
    pub(super) allowed: &'a Bitmap,
    pub(super) audiences: &'a Audiences,
    /// The leaf categories that are named after what they hold.
    pub(super) telling_leaves: &'a TellingLeaves,
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

    fn likeness(&self, one: Ordinal, other: Ordinal) -> Option<f32> {
        let (one, other, mean) = (self.row(one)?, self.row(other)?, &self.snapshot.derived.mean);
        let (mut dot, mut left, mut right) = (0.0f32, 0.0f32, 0.0f32);
        for ((a, b), mean) in one.iter().zip(other).zip(mean.iter()) {
            let (a, b) = (a - mean, b - mean);
            (dot, left, right) = (dot + a * b, left + a * a, right + b * b);
        }
        let length = (left * right).sqrt();
        (length > 0.0).then(|| dot / length)
    }

    fn near_kin(&self, one: Ordinal, other: Ordinal) -> bool {
        let products = &self.snapshot.generation.products;
        let top = |leaf: CategoryNumber| products.category(leaf).split(CATEGORY_SEPARATOR).next();
        products.leaves(one).iter().any(|&a| products.leaves(other).iter().any(|&b| top(a) == top(b)))
    }

    fn for_others(&self, one: Ordinal, other: Ordinal) -> bool {
        self.audiences.differ(one, other)
    }

    fn share_telling_leaf(&self, one: Ordinal, other: Ordinal) -> Option<bool> {
        let products = &self.snapshot.generation.products;
        let leaves = products.leaves(other);
        let shared = products.leaves(one).iter().filter(|leaf| leaves.contains(leaf));
        let is_called_so = |titled: &FxHashSet<Ordinal>, product| titled.contains(&product);
        shared
            .filter_map(|leaf| self.telling_leaves.get(leaf))
            .map(|titled| is_called_so(titled, one) == is_called_so(titled, other))
            .max()
    }

    fn is_mixed(&self, category: CategoryNumber) -> bool {
        let name = last_level(self.snapshot.generation.products.category(category)).to_lowercase();
        name.contains(['&', ',', '/', '+']) || MIXED.iter().any(|word| name.contains(word))
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

/// Names in the reason for one product: another product of the same name is told apart by its id, so that no reason goes
/// round in a circle.
pub(super) struct NamesBeside<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The product that the reason is for.
    pub(super) beside: Ordinal,
}

impl Names for NamesBeside<'_> {
    fn product(&self, product: Ordinal) -> String {
        let name = self.snapshot.name_of(product);
        let is_same = product != self.beside && name == self.snapshot.name_of(self.beside);
        if is_same { format!("{name} ({})", self.snapshot.generation.products.id(product)) } else { name }
    }

    fn category(&self, category: CategoryNumber) -> String {
        self.snapshot.category(category)
    }

    fn segment(&self, segment: SegmentNumber) -> String {
        self.snapshot.segment(segment)
    }
}
