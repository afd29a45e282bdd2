//! Alternatives to a product: neighbours of its vector, products of the same leaf category, products viewed in the same
//! visits; never a variant of the seed, nor a complement that the merchant states, and only what serves the same need
//! ([`super::alternative`]): fewer are better than wrong ones. Tier 1, strength =
//! .6·cosine + .25·w/(w + .5) + .15·[shares a leaf category], where w is the weight of viewing both (of the next-item
//! table within the leaf category, if the seed has no views), averaged over the seeds. Tier 0 fills up with popular
//! alternatives of the leaf category.

use rustc_hash::FxHashMap;

use super::alternative::is_alternative;
use super::context::{RecommendContext, RecommendRequest, cosine};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Similar,
    shows: "alternatives to a product",
    needs: Needs::Products,
    filling: Filling::CategoryPopular,
    is_ordered: false,
    reasons: &["similar_content", "viewed_together", "same_category"],
    basis: |_| RowBasis::Products,
    recommender: Some(|| Box::new(Similar::default())),
};

/// Alternatives, and the weights of the three kinds of similarity, which should add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// The weight of the cosine of the vectors.
    pub content_weight: f32,
    /// The weight of being viewed in the same visits.
    pub viewed_weight: f32,
    /// The weight of sharing a leaf category.
    pub category_weight: f32,
    /// The weight of viewing both at which that similarity is ½.
    pub viewed_half: f32,
    /// The number of neighbours searched for in the vectors.
    pub neighbours: usize,
}

impl Default for Similar {
    fn default() -> Self {
        Self { content_weight: 0.6, viewed_weight: 0.25, category_weight: 0.15, viewed_half: 0.5, neighbours: 100 }
    }
}

/// The similarities of a product to one seed.
#[derive(Debug, Clone, Copy, Default)]
struct Similarities {
    cosine: Option<f32>,
    /// The weight of viewing both.
    viewed: f32,
    /// The number of visits with both.
    visits: u32,
}

impl Recommender for Similar {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let known = |seed: &&Ordinal| seed.index() < context.catalogue.products();
        let seeds: Vec<Ordinal> = request.seeds.iter().filter(known).copied().collect();
        let share = 1.0 / seeds.len().max(1) as f32;
        let mut found: FxHashMap<Ordinal, TieredCandidate> = FxHashMap::default();
        for &seed in &seeds {
            let found_for_seed = self.similarities(context, seed).into_iter();
            for (ordinal, similarities) in found_for_seed.filter(|one| is_alternative(context, seed, one.0)) {
                let (strength, reason) = self.weigh(context, seed, ordinal, similarities);
                let new = TieredCandidate { ordinal, tier: 1, strength: 0.0, reason };
                found.entry(ordinal).or_insert(new).strength += share * strength;
            }
        }
        let mut selection = Selection::new(context, request);
        seeds.iter().for_each(|&seed| selection.block(&(context.stated)(seed)));
        selection.pick(found.into_values().collect());
        selection.pick(popular_alternatives(context, &seeds));
        selection.finish()
    }
}

impl Similar {
    /// The similarities of other products to a seed.
    fn similarities(&self, context: &RecommendContext<'_>, seed: Ordinal) -> FxHashMap<Ordinal, Similarities> {
        let mut found: FxHashMap<Ordinal, Similarities> = FxHashMap::default();
        let vector = context.vectors.and_then(|vectors| vectors.row(seed));
        if let Some(vectors) = context.vectors {
            for (ordinal, cosine) in vectors.nearest_to(seed, self.neighbours) {
                found.entry(ordinal).or_default().cosine = Some(cosine);
            }
        }
        let behaviour = context.behaviour;
        for neighbour in behaviour.co_viewed.neighbours(seed) {
            let similarities = found.entry(neighbour.ordinal).or_default();
            similarities.viewed = neighbour.score;
            similarities.visits = neighbour.evidence.map_or(0, |evidence| evidence.together);
        }
        if behaviour.co_viewed.row(seed).next().is_none() {
            let next = behaviour.next.row(seed).filter(|&(ordinal, _)| context.catalogue.share_leaf(seed, ordinal));
            next.for_each(|(ordinal, weight)| found.entry(ordinal).or_default().viewed = weight);
        }
        if let (Some(vectors), Some(vector)) = (context.vectors, vector) {
            for (&ordinal, similarities) in found.iter_mut().filter(|(_, similarities)| similarities.cosine.is_none()) {
                similarities.cosine = vectors.row(ordinal).map(|row| cosine(vector, row));
            }
        }
        found
    }

    /// The strength of a product as an alternative to a seed, and the reason.
    fn weigh(
        &self,
        context: &RecommendContext<'_>,
        seed: Ordinal,
        ordinal: Ordinal,
        similarities: Similarities,
    ) -> (f32, Reason) {
        let similarity = similarities.cosine.unwrap_or(0.0).clamp(0.0, 1.0);
        let content = self.content_weight * similarity;
        let viewed = self.viewed_weight * similarities.viewed / (similarities.viewed + self.viewed_half);
        let category = if context.catalogue.share_leaf(seed, ordinal) { self.category_weight } else { 0.0 };
        let reason = if viewed > content && similarities.visits >= context.evidence.follows.max(1) {
            Reason::ViewedTogether { product: seed, visits: similarities.visits }
        } else {
            Reason::SimilarContent { similarity }
        };
        (content + viewed + category, reason)
    }
}

/// Popular products of the seeds' leaf categories that are alternatives to a seed.
fn popular_alternatives(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let mut candidates = Vec::new();
    for &seed in seeds {
        for &category in context.catalogue.leaves(seed) {
            let popular = context.behaviour.categories.popular.row(category);
            let alternatives = popular.filter(|&(ordinal, _)| {
                context.behaviour.popularity.people(ordinal) >= context.evidence.popular
                    && is_alternative(context, seed, ordinal)
            });
            candidates.extend(alternatives.map(|(ordinal, strength)| {
                let reason = Reason::SameCategory { category, people: context.behaviour.popularity.people(ordinal) };
                TieredCandidate { ordinal, tier: 0, strength, reason }
            }));
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;
    use crate::id::CategoryNumber;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn alternatives_come_before_accessories_and_variants_never() {
        let shop = TestShop::with_journal();
        let found = shop.ask(
            &Similar::default(),
            &RecommendRequest { seeds: &[Ordinal::new(0)], limit: 9, ..RecommendRequest::default() },
        );
        assert_eq!(found.first().map(|r| r.ordinal), Some(Ordinal::new(1)), "the other phone");
        assert!(matches!(found[0].reason, Reason::SimilarContent { similarity } if similarity > 0.9));
        let of_case = shop.ask(
            &Similar::default(),
            &RecommendRequest { seeds: &[Ordinal::new(2)], limit: 9, ..RecommendRequest::default() },
        );
        assert!(of_case.iter().all(|r| r.ordinal != Ordinal::new(3)), "3 is a variant of 2");
    }

    #[test]
    fn what_goes_with_it_is_no_alternative() {
        let mut shop = TestShop::with_journal();
        shop.stated = vec![(Ordinal::new(0), vec![Ordinal::new(1)])];
        let found = shop.ask(
            &Similar::default(),
            &RecommendRequest { seeds: &[Ordinal::new(0)], limit: 9, ..RecommendRequest::default() },
        );
        assert!(found.is_empty(), "the other phone is stated to go with it, and a case is no alternative: {found:?}");
    }

    #[test]
    fn without_vectors_or_views_the_category_answers() {
        let mut shop = TestShop::with_journal();
        shop.vectors.clear();
        let found = shop.ask(
            &Similar::default(),
            &RecommendRequest { seeds: &[Ordinal::new(8)], limit: 9, ..RecommendRequest::default() },
        );
        assert_eq!(found.first().map(|r| r.ordinal), Some(Ordinal::new(9)));
        assert!(
            matches!(found[0].reason, Reason::SameCategory { category, people: 10 } if category == CategoryNumber::new(3))
        );
    }
}
