//! The score that a shopper's history gives to the products of a category, the one that for-you has: the sum over the
//! next-item and the content table, weighed as the reindex found best for this shop. The reranker of for-you takes no
//! part: within one category it gained nothing (`docs/decisions`), since it learned to choose between categories.

use rustc_hash::FxHashMap;

use super::Search;
use crate::bitmap::Bitmap;
use crate::engine::shopper::{Shopper, ShopperReader};
use crate::id::Ordinal;

impl Search<'_> {
    /// The scores of the products of `within` that a history leads to, without those of the history itself.
    pub(super) fn follows(self, shopper: &Shopper, within: &Bitmap) -> FxHashMap<Ordinal, f32> {
        let behaviour = &self.snapshot.generation.behaviour;
        let history = ShopperReader::new(self.snapshot).history(shopper).history;
        let mut scores: FxHashMap<Ordinal, f32> = FxHashMap::default();
        behaviour.blend.contributions(&history, &behaviour.next, &behaviour.content, |one| {
            if within.contains(one.product) && !history.contains(&one.product) {
                *scores.entry(one.product).or_default() += one.score;
            }
        });
        scores
    }
}
