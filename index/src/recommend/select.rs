//! From candidates to an answer, the same for every recommender: best first,
//! allowed only, nothing blocked, one variant of a product, so many of a leaf
//! category, at most the limit.

use std::collections::HashSet;

use super::Recommendation;
use super::context::{RecommendContext, Request};
use super::reason::Reason;
use crate::behaviour::NO_GROUP;
use crate::id::Ordinal;

/// A product that may be recommended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) ordinal: Ordinal,
    /// How good the kind of evidence is; every product of a higher tier comes first.
    pub(super) tier: u8,
    /// How strong the evidence is, 0 or more.
    pub(super) strength: f32,
    pub(super) reason: Reason<Ordinal, u32>,
}

/// Picks among candidates.
pub(super) struct Selection<'a> {
    context: &'a RecommendContext<'a>,
    limit: usize,
    per_category: usize,
    taken: HashSet<(bool, u32)>,
    categories: Vec<u32>,
    picked: Vec<Recommendation>,
}

impl<'a> Selection<'a> {
    /// Starts with the request's seeds and exclusions blocked, all their variants included.
    pub(super) fn new(context: &'a RecommendContext<'a>, request: &Request<'_>) -> Self {
        let (taken, categories, picked) = Default::default();
        let mut selection = Self { context, limit: request.limit, per_category: usize::MAX, taken, categories, picked };
        selection.block(request.seeds);
        selection.block(request.exclude);
        selection
    }

    /// Never shows these products or their variants.
    pub(super) fn block(&mut self, products: &[Ordinal]) {
        let known = products.iter().filter(|&&product| (product as usize) < self.context.catalogue.products());
        let keys: Vec<_> = known.map(|&product| self.key(product)).collect();
        self.taken.extend(keys);
    }

    /// Shows at most so many of one leaf category.
    pub(super) fn at_most_per_category(mut self, per_category: usize) -> Self {
        self.per_category = per_category;
        self
    }

    /// Takes the best of the candidates, in any order.
    pub(super) fn pick(&mut self, mut candidates: Vec<Candidate>) {
        candidates.sort_by(|a, b| {
            b.tier.cmp(&a.tier).then(b.strength.total_cmp(&a.strength)).then(a.ordinal.cmp(&b.ordinal))
        });
        self.fill(candidates);
    }

    /// Takes candidates that come best first, reading no more of them than needed.
    pub(super) fn fill(&mut self, candidates: impl IntoIterator<Item = Candidate>) {
        let mut candidates = candidates.into_iter();
        while self.picked.len() < self.limit {
            let Some(candidate) = candidates.next() else { return };
            self.consider(candidate);
        }
    }

    /// The answer.
    pub(super) fn finish(self) -> Vec<Recommendation> {
        self.picked
    }

    fn consider(&mut self, candidate: Candidate) {
        let Candidate { ordinal, tier, strength, reason } = candidate;
        let key = self.key(ordinal);
        if self.taken.contains(&key) || !(self.context.allowed)(ordinal) {
            return;
        }
        let leaves = self.context.catalogue.leaves(ordinal);
        let full = |leaf: &u32| self.categories.iter().filter(|&other| other == leaf).count() >= self.per_category;
        if leaves.iter().any(full) {
            return;
        }
        self.categories.extend(leaves);
        self.taken.insert(key);
        let strength = strength.max(0.0);
        let score = f32::from(tier) + strength / (1.0 + strength);
        self.picked.push(Recommendation { ordinal, score, reason: reason.named(self.context.names) });
    }

    /// What variants of one product share.
    fn key(&self, product: Ordinal) -> (bool, u32) {
        match self.context.catalogue.group(product) {
            NO_GROUP => (false, product),
            group => (true, group),
        }
    }
}
