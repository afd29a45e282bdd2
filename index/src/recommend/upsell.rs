//! A better product for a little more: alternatives at 1.05 to 1.5 times the
//! price of the seed, in the same leaf category. The strength is
//! `likeness · (1 + 4 · P(bought | seed viewed)) · (.5 + worth)`: alike enough to
//! be taken instead, taken by those who looked, and worth selling. What the shop
//! says goes with the seed, or lies in the same baskets, replaces nothing. Tier 1
//! alone: a dearer product that is no alternative would be no upsell.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, Request, cosine};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

/// Dearer alternatives.
#[derive(Debug, Clone, PartialEq)]
pub struct Upsell {
    /// The price beside the seed's, at least.
    pub at_least: f64,
    /// The price beside the seed's, at most.
    pub at_most: f64,
    /// Of the chance that those who looked at the seed buy it.
    pub bought_weight: f32,
    /// Neighbours asked of the vectors.
    pub neighbours: usize,
}

impl Default for Upsell {
    fn default() -> Self {
        Self { at_least: 1.05, at_most: 1.5, bought_weight: 4.0, neighbours: 200 }
    }
}

impl Recommender for Upsell {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut best: FxHashMap<Ordinal, Candidate> = FxHashMap::default();
        let mut selection = Selection::new(context, request);
        let known = request.seeds.iter().filter(|&&seed| (seed as usize) < context.catalogue.products());
        for &seed in known {
            let baskets = context.behaviour.complements.row(seed).map(|(ordinal, _)| ordinal);
            selection.block(&baskets.chain((context.stated)(seed)).collect::<Vec<_>>());
            let Some(price) = context.facts.price(seed).filter(|price| *price > 0.0) else { continue };
            for (ordinal, likeness) in self.alike(context, seed) {
                let dearer = context.facts.price(ordinal).map_or(0.0, |other| other / price);
                if (self.at_least..=self.at_most).contains(&dearer) && context.catalogue.share_leaf(seed, ordinal) {
                    let strength = likeness * (0.5 + context.facts.worth(ordinal));
                    let candidate = Candidate { ordinal, tier: 1, strength, reason: Reason::StepUp { product: seed } };
                    let held = best.entry(ordinal).or_insert(candidate);
                    if strength > held.strength {
                        *held = candidate;
                    }
                }
            }
        }
        selection.pick(best.into_values().collect());
        selection.finish()
    }
}

impl Upsell {
    /// How likely each alternative is taken instead, before its own worth.
    fn alike(&self, context: &RecommendContext<'_>, seed: Ordinal) -> FxHashMap<Ordinal, f32> {
        let mut found: FxHashMap<Ordinal, f32> = FxHashMap::default();
        let vector = context.vectors.and_then(|vectors| Some((vectors, vectors.row(seed)?)));
        if let Some((vectors, _)) = vector {
            found.extend(vectors.nearest_to(seed, self.neighbours));
        }
        let behaviour = context.behaviour;
        for (ordinal, alike) in behaviour.content.row(seed) {
            let known = found.entry(ordinal).or_default();
            *known = known.max(alike);
        }
        for (ordinal, chance) in behaviour.viewed_then_bought.row(seed) {
            let cosine = || vector.and_then(|(vectors, vector)| Some(cosine(vector, vectors.row(ordinal)?)));
            let likeness = found.entry(ordinal).or_insert_with(|| cosine().unwrap_or_default());
            *likeness *= 1.0 + self.bought_weight * chance;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    fn ask(shop: &Shop, seed: Ordinal) -> Vec<Ordinal> {
        let request = Request { seeds: &[seed], limit: 9, ..Request::default() };
        shop.ask(&Upsell::default(), &request).iter().map(|found| found.ordinal).collect()
    }

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&Upsell::default());
    }

    #[test]
    fn the_better_phone_is_offered_for_the_cheaper_and_never_the_other_way() {
        let shop = Shop::with_journal();
        assert_eq!(ask(&shop, 1), [0], "phone 0 costs a quarter more");
        assert!(ask(&shop, 0).is_empty());
        let found = shop.ask(&Upsell::default(), &Request { seeds: &[1], limit: 1, ..Request::default() });
        assert_eq!(found[0].reason, Reason::StepUp { product: 1 });
    }

    #[test]
    fn what_goes_with_it_is_no_step_up() {
        let mut shop = Shop::with_journal();
        shop.stated = vec![(1, vec![0])];
        assert!(ask(&shop, 1).is_empty());
    }

    #[test]
    fn without_a_price_or_far_above_it_nothing_is_offered() {
        let mut shop = Shop::with_journal();
        shop.prices[0] = Some(100_000.0);
        assert!(ask(&shop, 1).is_empty());
        shop.prices[1] = None;
        assert!(ask(&shop, 1).is_empty());
    }
}
