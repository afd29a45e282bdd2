//! Better products for a little more money: alternatives at 1.05 to 2 times the price of the seed, in the same leaf
//! category and for the same need ([`super::alternative`]). The strength is `similarity · (1 + 4 · P(bought | seed viewed)) · (.5 + value)`, with the shop's value of a
//! sale. Complements that the merchant states, and products of the same orders, are no alternatives. All candidates are
//! of tier 1 and nothing fills the row up: a dearer product that is no alternative would be no upsell.

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
    kind: PlacementKind::Upsell,
    shows: "better products for a little more money",
    needs: Needs::Products,
    filling: Filling::None,
    is_ordered: false,
    reasons: &["step_up"],
    basis: |_| RowBasis::Products,
    recommender: Some(|| Box::new(Upsell::default())),
};

/// Dearer alternatives.
#[derive(Debug, Clone, PartialEq)]
pub struct Upsell {
    /// The least price relative to the seed's.
    pub at_least: f64,
    /// The highest price relative to the seed's.
    pub at_most: f64,
    /// The weight of the chance that a shopper who views the seed buys the product.
    pub bought_weight: f32,
    /// The number of neighbours searched for in the vectors.
    pub neighbours: usize,
}

impl Default for Upsell {
    fn default() -> Self {
        Self { at_least: 1.05, at_most: 2.0, bought_weight: 4.0, neighbours: 200 }
    }
}

impl Recommender for Upsell {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let mut best: FxHashMap<Ordinal, TieredCandidate> = FxHashMap::default();
        let mut selection = Selection::new(context, request);
        let known = request.seeds.iter().filter(|&&seed| seed.index() < context.catalogue.products());
        for &seed in known {
            selection.block(&(context.stated)(seed));
            let in_same_orders = context.behaviour.complements.row(seed).map(|(ordinal, _)| ordinal);
            selection.block(&in_same_orders.collect::<Vec<_>>());
            let Some(price) = context.facts.price(seed).filter(|price| *price > 0.0) else { continue };
            for (ordinal, similarity) in self.alternatives(context, seed) {
                let dearer = context.facts.price(ordinal).map_or(0.0, |other| other / price);
                let within =
                    (self.at_least..=self.at_most).contains(&dearer) && context.catalogue.share_leaf(seed, ordinal);
                if within && is_alternative(context, seed, ordinal) {
                    let strength = similarity * (0.5 + context.facts.value(ordinal));
                    let dearer_percent = ((dearer - 1.0) * 100.0).round() as u32;
                    let reason = Reason::StepUp { product: seed, dearer_percent };
                    let candidate = TieredCandidate { ordinal, tier: 1, strength, reason };
                    let best = best.entry(ordinal).or_insert(candidate);
                    if strength > best.strength {
                        *best = candidate;
                    }
                }
            }
        }
        selection.pick(best.into_values().collect());
        selection.finish()
    }
}

impl Upsell {
    /// The alternatives to a seed, each with its similarity times the weight of its purchases after a view of the seed.
    fn alternatives(&self, context: &RecommendContext<'_>, seed: Ordinal) -> FxHashMap<Ordinal, f32> {
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
            let similarity = found.entry(ordinal).or_insert_with(|| cosine().unwrap_or_default());
            *similarity *= 1.0 + self.bought_weight * chance;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;

    fn ask(shop: &TestShop, seed: u32) -> Vec<Ordinal> {
        let seeds = &[Ordinal::new(seed)];
        let request = RecommendRequest { seeds, limit: 9, ..RecommendRequest::default() };
        shop.ask(&Upsell::default(), &request).iter().map(|found| found.ordinal).collect()
    }

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn the_better_phone_is_offered_for_the_cheaper_and_never_the_other_way() {
        let shop = TestShop::with_journal();
        assert_eq!(ask(&shop, 1), Ordinal::array([0]), "phone 0 costs a quarter more");
        assert!(ask(&shop, 0).is_empty());
        let found = shop.ask(
            &Upsell::default(),
            &RecommendRequest { seeds: &[Ordinal::new(1)], limit: 1, ..RecommendRequest::default() },
        );
        assert_eq!(found[0].reason, Reason::StepUp { product: Ordinal::new(1), dearer_percent: 25 });
    }

    #[test]
    fn what_goes_with_it_is_no_step_up() {
        let mut shop = TestShop::with_journal();
        shop.stated = vec![(Ordinal::new(1), vec![Ordinal::new(0)])];
        assert!(ask(&shop, 1).is_empty());
    }

    #[test]
    fn without_a_price_or_far_above_it_nothing_is_offered() {
        let mut shop = TestShop::with_journal();
        shop.prices[0] = Some(100_000.0);
        assert!(ask(&shop, 1).is_empty());
        shop.prices[1] = None;
        assert!(ask(&shop, 1).is_empty());
    }
}
