//! The intent of a query, read off its best hits: the direction they lie in, and the categories that hold most of
//! them. Hits are weighed by their scores, popularity included, so that products shoppers deal with count for more
//! than products that merely have the words. A category changes the order only if it holds enough of the weight;
//! the deepest such category is taken.

use std::collections::BTreeMap;

use super::Search;
use crate::hit::LikelyCategory;
use crate::id::Ordinal;
use crate::product::{CATEGORY_SEPARATOR, is_within};
use crate::rank::signal::{self, INTENT, Inputs, IntentInputs, LikelyCategoryInput};
use crate::rank::{Candidate, evidence};

/// The most categories an answer lists.
const MAX_LISTED: usize = 3;
/// A category with a smaller share is not listed.
const MIN_SHARE: f32 = 0.1;

/// The intent of a query.
#[derive(Debug, Default)]
pub(super) struct Intent {
    /// The likely categories, likeliest first; before all others the one that changes the order.
    pub(super) categories: Vec<LikelyCategory>,
}

impl Intent {
    /// The category that changes the order, if one is likely enough.
    fn boosted(&self) -> Option<&LikelyCategory> {
        self.categories.first().filter(|category| category.boosted)
    }
}

impl Search<'_> {
    /// Reads the intent off fused candidates, and adds its signals to their scores.
    pub(super) fn add_intent(self, inputs: &Inputs<'_>, window: &mut [Candidate]) -> Intent {
        let evidence = evidence(window, inputs.settings);
        let intent = Intent { categories: self.likely_categories(&evidence) };
        let boosted = intent.boosted();
        let contains = |ordinal| boosted.is_some_and(|boosted| self.lies_in(ordinal, &boosted.category));
        let category = boosted.map(|boosted| LikelyCategoryInput { share: boosted.share, contains: &contains });
        let intent_inputs = IntentInputs { evidence: &evidence, category };
        signal::add(&INTENT, &Inputs { intent: Some(&intent_inputs), ..*inputs }, window);
        intent
    }

    /// The categories of a product's paths, each level once.
    fn levels(&self, ordinal: Ordinal) -> Vec<&str> {
        let products = &self.snapshot.generation.products;
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
        let products = &self.snapshot.generation.products;
        products.leaves(ordinal).iter().any(|&leaf| is_within(products.category(leaf), category))
    }

    fn likely_categories(&self, evidence: &[(Ordinal, f32)]) -> Vec<LikelyCategory> {
        let products = &self.snapshot.generation.products;
        let mut shares: BTreeMap<&str, f32> = BTreeMap::new();
        let mut leaves: BTreeMap<&str, f32> = BTreeMap::new();
        for &(ordinal, weight) in evidence {
            for level in self.levels(ordinal) {
                *shares.entry(level).or_default() += weight;
            }
            for &leaf in products.leaves(ordinal) {
                *leaves.entry(products.category(leaf)).or_default() += weight;
            }
        }
        let depth = |path: &str| path.matches(CATEGORY_SEPARATOR).count();
        let likely = shares.into_iter().filter(|(_, share)| *share >= self.snapshot.settings.rank.category_share);
        let boosted = likely.max_by(|a, b| depth(a.0).cmp(&depth(b.0)).then(a.1.total_cmp(&b.1)).then(b.0.cmp(a.0)));
        let mut others: Vec<(&str, f32)> = leaves.into_iter().filter(|(_, share)| *share >= MIN_SHARE).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        others.retain(|(path, _)| boosted.is_none_or(|(boosted, _)| boosted != *path));
        let listed = |(path, share): (&str, f32), boosted| LikelyCategory { category: path.to_owned(), share, boosted };
        let others = others.into_iter().map(|other| listed(other, false));
        boosted.map(|boosted| listed(boosted, true)).into_iter().chain(others).take(MAX_LISTED).collect()
    }
}
