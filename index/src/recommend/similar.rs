//! Products to take instead: neighbours of the vectors, products of the same
//! leaf category, products viewed in the same visits; never a variant of the
//! seed, nor what the shop says goes with it. Tier 1, strength = .6·cosine +
//! .25·w/(w + .5) + .15·[shares a leaf category], with w the co-view weight (from
//! the next-item table, within the leaf category, where nobody recorded views),
//! averaged over the seeds. Tier 0 fills up with what is popular in the leaf category.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, Request, cosine};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

/// How much each kind of likeness counts; the three should add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// Of the cosine of the vectors.
    pub content_weight: f32,
    /// Of being viewed together.
    pub viewed_weight: f32,
    /// Of sharing a leaf category.
    pub category_weight: f32,
    /// The co-view weight that counts half.
    pub viewed_half: f32,
    /// Neighbours asked of the vectors.
    pub neighbours: usize,
}

impl Default for Similar {
    fn default() -> Self {
        Self { content_weight: 0.6, viewed_weight: 0.25, category_weight: 0.15, viewed_half: 0.5, neighbours: 100 }
    }
}

/// The likeness to one seed, part by part.
#[derive(Debug, Clone, Copy, Default)]
struct Likeness {
    cosine: Option<f32>,
    viewed: f32,
}

impl Recommender for Similar {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let known = |seed: &&Ordinal| (**seed as usize) < context.catalogue.products();
        let seeds: Vec<Ordinal> = request.seeds.iter().filter(known).copied().collect();
        let share = 1.0 / seeds.len().max(1) as f32;
        let mut found: FxHashMap<Ordinal, Candidate> = FxHashMap::default();
        for &seed in &seeds {
            for (ordinal, likeness) in self.like(context, seed) {
                let (strength, reason) = self.weigh(context, seed, ordinal, likeness);
                let new = Candidate { ordinal, tier: 1, strength: 0.0, reason };
                found.entry(ordinal).or_insert(new).strength += share * strength;
            }
        }
        let mut selection = Selection::new(context, request);
        seeds.iter().for_each(|&seed| selection.block(&(context.stated)(seed)));
        selection.pick(found.into_values().collect());
        selection.fill_from_categories(&seeds);
        selection.finish()
    }
}

impl Similar {
    fn like(&self, context: &RecommendContext<'_>, seed: Ordinal) -> FxHashMap<Ordinal, Likeness> {
        let mut found: FxHashMap<Ordinal, Likeness> = FxHashMap::default();
        let vector = context.vectors.and_then(|vectors| vectors.row(seed));
        if let Some(vectors) = context.vectors {
            for (ordinal, cosine) in vectors.nearest_to(seed, self.neighbours) {
                found.entry(ordinal).or_default().cosine = Some(cosine);
            }
        }
        let behaviour = context.behaviour;
        for (ordinal, weight) in behaviour.co_viewed.row(seed) {
            found.entry(ordinal).or_default().viewed = weight;
        }
        if behaviour.co_viewed.row(seed).next().is_none() {
            let alike = behaviour.next.row(seed).filter(|&(ordinal, _)| context.catalogue.share_leaf(seed, ordinal));
            alike.for_each(|(ordinal, weight)| found.entry(ordinal).or_default().viewed = weight);
        }
        if let (Some(vectors), Some(vector)) = (context.vectors, vector) {
            for (&ordinal, likeness) in found.iter_mut().filter(|(_, likeness)| likeness.cosine.is_none()) {
                likeness.cosine = vectors.row(ordinal).map(|row| cosine(vector, row));
            }
        }
        found
    }

    fn weigh(
        &self,
        context: &RecommendContext<'_>,
        seed: Ordinal,
        ordinal: Ordinal,
        likeness: Likeness,
    ) -> (f32, Reason) {
        let similarity = likeness.cosine.unwrap_or(0.0).clamp(0.0, 1.0);
        let content = self.content_weight * similarity;
        let viewed = self.viewed_weight * likeness.viewed / (likeness.viewed + self.viewed_half);
        let category = if context.catalogue.share_leaf(seed, ordinal) { self.category_weight } else { 0.0 };
        let reason = if viewed > content {
            Reason::ViewedTogether { product: seed }
        } else {
            Reason::SimilarContent { similarity }
        };
        (content + viewed + category, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&Similar::default());
    }

    #[test]
    fn alternatives_come_before_accessories_and_variants_never() {
        let shop = Shop::with_journal();
        let found = shop.ask(&Similar::default(), &Request { seeds: &[0], limit: 9, ..Request::default() });
        assert_eq!(found.first().map(|r| r.ordinal), Some(1), "the other phone");
        assert!(matches!(found[0].reason, Reason::SimilarContent { similarity } if similarity > 0.9));
        let of_case = shop.ask(&Similar::default(), &Request { seeds: &[2], limit: 9, ..Request::default() });
        assert!(of_case.iter().all(|r| r.ordinal != 3), "3 is a variant of 2");
    }

    #[test]
    fn what_goes_with_it_is_no_alternative() {
        let mut shop = Shop::with_journal();
        shop.stated = vec![(0, vec![1])];
        let found = shop.ask(&Similar::default(), &Request { seeds: &[0], limit: 9, ..Request::default() });
        assert!(!found.is_empty() && found.iter().all(|r| r.ordinal != 1));
    }

    #[test]
    fn without_vectors_or_views_the_category_answers() {
        let mut shop = Shop::with_journal();
        shop.vectors.clear();
        let found = shop.ask(&Similar::default(), &Request { seeds: &[8], limit: 9, ..Request::default() });
        assert_eq!(found.first().map(|r| r.ordinal), Some(9));
        assert_eq!(found[0].reason, Reason::SameCategory { category: 3 });
    }
}
