//! What a query is about, read off its best hits: the direction they lie in, and the categories that
//! hold most of them. Hits are weighed by their scores, popularity included, so that what shoppers
//! deal with counts for more than what merely has the words. A category is only heeded when it holds
//! enough of the weight; the deepest such one is taken.

use std::collections::BTreeMap;

use super::Snapshot;
use crate::hit::LikelyCategory;
use crate::id::Ordinal;
use crate::product::{CATEGORY_SEPARATOR, is_within};
use crate::rank::{Candidate, evidence};

/// The most categories told.
const MAX_TOLD: usize = 3;
/// A category with a smaller share is not told.
const MIN_SHARE: f32 = 0.1;

/// What a query is about.
#[derive(Debug, Default)]
pub(super) struct Intent {
    /// Likeliest first; the one that is heeded before all others.
    pub(super) categories: Vec<LikelyCategory>,
}

impl Intent {
    /// The category that is heeded, if one is likely enough.
    fn heeded(&self) -> Option<&LikelyCategory> {
        self.categories.first().filter(|category| category.boosted)
    }
}

impl Snapshot {
    /// Reads what the query is about off scored candidates, and says of each how well it fits: adds
    /// `feedback` and `category` to their signals and scores. The mean of the best hits keeps its length,
    /// which is how far they agree: hits that lie apart say little. What the crowd's best hits have in
    /// common counts for less the better the shopper is `known`, 0 to 1, whose own interests then say
    /// more: of three products met four fifths are left, of ten three fifths.
    pub(super) fn apply_intent(&self, window: &mut [Candidate], has_vectors: bool, known: f32) -> Intent {
        let rank = &self.settings.rank;
        let evidence = evidence(window, rank);
        let intent = Intent { categories: self.likely_categories(&evidence) };
        if has_vectors && rank.feedback > 0.0 {
            let vectors = &self.generation.vectors;
            let mut mean = vec![0f32; vectors.dimensions()];
            for &(ordinal, weight) in &evidence {
                mean.iter_mut().zip(vectors.row(ordinal)).for_each(|(sum, x)| *sum += weight * x);
            }
            let heed = (1.0 - known).sqrt();
            for candidate in window.iter_mut() {
                candidate.feedback = heed * vectors.similarity(&mean, candidate.ordinal).max(0.0);
            }
        }
        if let Some(heeded) = intent.heeded() {
            for candidate in window.iter_mut().filter(|candidate| self.lies_in(candidate.ordinal, &heeded.category)) {
                candidate.category = heeded.share;
            }
        }
        for candidate in window {
            candidate.score += rank.feedback * candidate.feedback + rank.category * candidate.category;
        }
        intent
    }

    /// The categories of a product's paths, each level once.
    fn levels(&self, ordinal: Ordinal) -> Vec<&str> {
        let products = &self.generation.products;
        let mut levels = Vec::new();
        for &leaf in products.leaves(ordinal) {
            let path = products.category(leaf);
            let ends = path.match_indices(CATEGORY_SEPARATOR).map(|(end, _)| end).chain([path.len()]);
            for level in ends.map(|end| &path[..end]) {
                if !levels.contains(&level) {
                    levels.push(level);
                }
            }
        }
        levels
    }

    fn lies_in(&self, ordinal: Ordinal, category: &str) -> bool {
        let products = &self.generation.products;
        products.leaves(ordinal).iter().any(|&leaf| is_within(products.category(leaf), category))
    }

    fn likely_categories(&self, evidence: &[(Ordinal, f32)]) -> Vec<LikelyCategory> {
        let mut shares: BTreeMap<&str, f32> = BTreeMap::new();
        let mut leaves: BTreeMap<&str, f32> = BTreeMap::new();
        for &(ordinal, weight) in evidence {
            for level in self.levels(ordinal) {
                *shares.entry(level).or_default() += weight;
            }
            for &leaf in self.generation.products.leaves(ordinal) {
                *leaves.entry(self.generation.products.category(leaf)).or_default() += weight;
            }
        }
        let depth = |path: &str| path.matches(CATEGORY_SEPARATOR).count();
        let likely = shares.into_iter().filter(|(_, share)| *share >= self.settings.rank.category_share);
        let heeded = likely.max_by(|a, b| depth(a.0).cmp(&depth(b.0)).then(a.1.total_cmp(&b.1)).then(b.0.cmp(a.0)));
        let mut others: Vec<(&str, f32)> = leaves.into_iter().filter(|(_, share)| *share >= MIN_SHARE).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        others.retain(|(path, _)| heeded.is_none_or(|(heeded, _)| heeded != *path));
        let told = |(path, share): (&str, f32), boosted| LikelyCategory { category: path.to_owned(), share, boosted };
        let others = others.into_iter().map(|other| told(other, false));
        heeded.map(|heeded| told(heeded, true)).into_iter().chain(others).take(MAX_TOLD).collect()
    }
}
