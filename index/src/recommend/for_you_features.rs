//! The features of the reranker of for-you: one row for each product that a history scores. The training on
//! held-out purchases ([`crate::learning::for_you`]) and the recommender ([`super::ForYou`]) make the same rows.
//! Their order is part of the stored model's format.

use rustc_hash::FxHashMap;

use crate::behaviour::{Blend, CatalogueView, NeighbourTable};
use crate::id::Ordinal;

/// The largest number of candidates that are reranked.
pub const RERANK_DEPTH: usize = 100;
/// The number of features of a row.
pub const FOR_YOU_FEATURES: usize = 17;

/// The tables that features are computed from.
#[derive(Debug, Clone, Copy)]
pub struct ForYouFeatures<'a> {
    /// The next-item table.
    pub next: &'a NeighbourTable,
    /// The content table.
    pub content: &'a NeighbourTable,
    /// The weights of the history's sum over both tables.
    pub blend: &'a Blend,
    /// The summed weight of the interactions with each product; see [`crate::behaviour::Sequences`].
    pub interaction_weights: &'a [f32],
    /// Leaf categories.
    pub catalogue: CatalogueView<'a>,
}

/// The contributions of a history to one product through one table, summed in several ways.
#[derive(Debug, Clone, Copy, Default)]
struct TableScores {
    /// Weighted as in the blend.
    weighted: f32,
    /// The similarity to the latest product of the history alone.
    latest: f32,
    /// The largest similarity.
    largest: f32,
    /// The sum of all similarities.
    sum: f32,
    /// The number of contributions.
    count: f32,
}

impl TableScores {
    fn add(&mut self, weighted: f32, similarity: f32, is_latest: bool) {
        self.weighted += weighted;
        self.latest += if is_latest { similarity } else { 0.0 };
        self.largest = self.largest.max(similarity);
        self.sum += similarity;
        self.count += 1.0;
    }
}

impl ForYouFeatures<'_> {
    /// The candidates of a history (the latest product first): the products with the highest scores, without
    /// those of the history, at most [`RERANK_DEPTH`], best first, ties by ordinal.
    pub fn candidates(&self, history: &[Ordinal]) -> Vec<(Ordinal, f32)> {
        let mut scores: FxHashMap<Ordinal, f32> = FxHashMap::default();
        self.blend.contributions(history, self.next, self.content, |one| {
            *scores.entry(one.product).or_default() += one.score
        });
        let mut top: Vec<(Ordinal, f32)> = scores.into_iter().filter(|one| !history.contains(&one.0)).collect();
        top.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        top.truncate(RERANK_DEPTH);
        top
    }

    /// A row of [`FOR_YOU_FEATURES`] values for each of `products`. Their order counts: the position is a feature.
    pub fn rows(&self, history: &[Ordinal], products: &[Ordinal]) -> Vec<f32> {
        let scores = self.table_scores(history, products);
        let sum =
            |product: &Ordinal| scores.get(product).map_or(0.0, |[next, content]| next.weighted + content.weighted);
        let largest = products.iter().map(sum).fold(f32::MIN_POSITIVE, f32::max);
        let popularity =
            |product: Ordinal| self.interaction_weights.get(product.index()).copied().unwrap_or_default().ln_1p();
        let latest = history.first().copied();
        let mut rows = Vec::with_capacity(products.len() * FOR_YOU_FEATURES);
        for (position, product) in products.iter().enumerate() {
            let [next, content] = scores.get(product).copied().unwrap_or_default();
            let in_category = history.iter().filter(|&&one| self.catalogue.share_leaf(one, *product)).count();
            let shares = |one| f32::from(u8::from(self.catalogue.share_leaf(one, *product)));
            rows.extend_from_slice(&[
                sum(product),
                position as f32,
                sum(product) / largest,
                next.weighted,
                content.weighted,
                next.latest,
                content.latest,
                next.largest,
                content.largest,
                next.sum,
                next.count,
                content.count,
                popularity(*product),
                latest.map_or(0.0, popularity),
                history.len() as f32,
                in_category as f32 / history.len().max(1) as f32,
                latest.map_or(0.0, shares),
            ]);
        }
        rows
    }

    /// The scores of each product through the next-item and the content table.
    fn table_scores(&self, history: &[Ordinal], products: &[Ordinal]) -> FxHashMap<Ordinal, [TableScores; 2]> {
        let mut scores: FxHashMap<Ordinal, [TableScores; 2]> =
            products.iter().map(|&product| (product, Default::default())).collect();
        let mut fading = 1.0;
        for (step, &source) in history.iter().take(self.blend.max_steps).enumerate() {
            let tables = [(self.next, 1.0), (self.content, self.blend.content_weight)];
            for (at, (table, weight)) in tables.into_iter().enumerate() {
                for (product, similarity) in table.row(source) {
                    if let Some(scores) = scores.get_mut(&product) {
                        scores[at].add(fading * weight * similarity, similarity, step == 0);
                    }
                }
            }
            fading *= self.blend.decay;
        }
        scores
    }
}
