//! Selection among candidates, the same for every recommender: best first, only products that may be shown and are not
//! blocked, one variant of each, a limited number of a leaf category, at most the request's limit.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::Recommendation;
use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use crate::id::{CategoryNumber, Ordinal};

/// The chance of a repeated purchase below which a product is not shown to a shopper who has it.
const SELDOM: f32 = 0.1;

/// A product that may be recommended.
#[derive(Debug, Clone, Copy)]
pub(super) struct TieredCandidate {
    pub(super) ordinal: Ordinal,
    /// The rank of the kind of evidence; every product of a higher tier comes first.
    pub(super) tier: u8,
    /// The strength of the evidence, 0 or more.
    pub(super) strength: f32,
    pub(super) reason: Reason,
}

/// Higher tiers first, then the stronger, ties by ordinal.
pub(super) fn best_first(a: &TieredCandidate, b: &TieredCandidate) -> Ordering {
    b.tier.cmp(&a.tier).then(b.strength.total_cmp(&a.strength)).then(a.ordinal.cmp(&b.ordinal))
}

/// Picks among candidates.
pub(super) struct Selection<'a> {
    context: &'a RecommendContext<'a>,
    limit: usize,
    per_category: usize,
    taken: FxHashSet<(bool, u32)>,
    categories: Vec<CategoryNumber>,
    picked: Vec<Recommendation>,
}

impl<'a> Selection<'a> {
    /// Starts with the request's seeds and exclusions blocked, all their variants included.
    pub(super) fn new(context: &'a RecommendContext<'a>, request: &RecommendRequest<'_>) -> Self {
        let (taken, categories, picked) = Default::default();
        let mut selection = Self { context, limit: request.limit, per_category: usize::MAX, taken, categories, picked };
        selection.block(request.seeds);
        selection.block(request.exclude);
        selection
    }

    /// Excludes these products and their variants.
    pub(super) fn block(&mut self, products: &[Ordinal]) {
        let known = products.iter().filter(|&&product| product.index() < self.context.catalogue.products());
        let keys: Vec<_> = known.map(|&product| self.context.catalogue.variant_key(product)).collect();
        self.taken.extend(keys);
    }

    /// Excludes purchases that are seldom repeated.
    pub(super) fn block_bought_once(&mut self, request: &RecommendRequest<'_>) {
        let repurchase = &self.context.behaviour.repurchase;
        let once = request.purchased.iter().copied().filter(|&product| repurchase.chance(product) < SELDOM);
        self.block(&once.collect::<Vec<_>>());
    }

    /// Limits the number of products of one leaf category, except of those of which people buy several.
    pub(super) fn at_most_per_category(mut self, per_category: usize) -> Self {
        self.per_category = per_category;
        self
    }

    /// Takes the best of the candidates, in any order.
    pub(super) fn pick(&mut self, mut candidates: Vec<TieredCandidate>) {
        candidates.sort_unstable_by(best_first);
        self.fill(candidates);
    }

    /// Takes candidates that come best first, reading no more of them than needed.
    pub(super) fn fill(&mut self, candidates: impl IntoIterator<Item = TieredCandidate>) {
        let mut candidates = candidates.into_iter();
        while !self.is_full() {
            let Some(candidate) = candidates.next() else { return };
            self.consider(candidate);
        }
    }

    /// True once `limit` products are picked.
    pub(super) fn is_full(&self) -> bool {
        self.picked.len() >= self.limit
    }

    /// The picked products.
    pub(super) fn finish(self) -> Vec<Recommendation> {
        self.picked
    }

    /// Takes a candidate unless a rule excludes it.
    fn consider(&mut self, candidate: TieredCandidate) {
        let TieredCandidate { ordinal, tier, strength, reason } = candidate;
        if ordinal.index() >= self.context.catalogue.products() {
            return;
        }
        if self.context.behaviour.kinds.is_add_on(ordinal) && !may_be_an_add_on(&reason) {
            return;
        }
        let key = self.context.catalogue.variant_key(ordinal);
        if self.taken.contains(&key) || !(self.context.allowed)(ordinal) {
            return;
        }
        let leaves = self.context.catalogue.leaves(ordinal);
        let several = &self.context.behaviour.categories.several;
        let bounded = |leaf: &CategoryNumber| several.get(leaf.index()).is_none_or(|&several| several == 0);
        let full = |leaf: &CategoryNumber| {
            bounded(leaf) && self.categories.iter().filter(|&other| other == leaf).count() >= self.per_category
        };
        if self.per_category < usize::MAX {
            if leaves.iter().any(full) {
                return;
            }
            self.categories.extend(leaves);
        }
        self.taken.insert(key);
        let strength = strength.max(0.0);
        let score = f32::from(tier) + strength / (1.0 + strength);
        self.picked.push(Recommendation { ordinal, score, reason });
    }
}

/// True for the reasons for which a row may show a product that goes with everything: the merchant said so, or the
/// shopper chose it before.
fn may_be_an_add_on(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Merchant | Reason::Pinned | Reason::RecentlyViewed | Reason::VariantViewed | Reason::BuyAgain { .. }
    )
}
