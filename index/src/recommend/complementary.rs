//! Products that go with others, from the strongest evidence to the weakest:
//! - tier 4: complements that the merchant states, in that order;
//! - tier 3: products of the same orders, summed over the seeds;
//! - tier 2: products of the orders of a seed's variants;
//! - tier 1: products the same shoppers buy in other orders (strength W + .2 · content similarity, for W above 0);
//! - tier 0: popular products of the categories bought with the seed's (strength `ln(1 + pair score) · popularity`), and
//!   last products of other categories that are similar in words.
//!
//! Below tier 4 no product shares a leaf category with a seed, since it would be a substitute, unless people buy several
//! of that category; a category of which they do not fills at most two places.
//!
//! If the reindex found that a cart model predicts carts better ([`crate::behaviour::CartModel`]), tier 3 holds its
//! likely products of the same cart instead, pairs are of tier 2, and a category fills as many places as are likely.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::behaviour::{CartCandidate, CartModel, Neighbour, PairEvidence, substitutes};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Complementary,
    title: "Goes with it",
    shows: "products that go with others",
    needs: Needs::Products,
    filling: Filling::None,
    is_ordered: false,
    reasons: &[
        "merchant",
        "bought_together",
        "variant_bought_together",
        "also_bought",
        "category_pair",
        "reads_like",
        "popular",
    ],
    basis: |_| RowBasis::Products,
    because: |_, names| format!("goes with {names}"),
    recommender: Some(|| Box::new(Complementary::default())),
};

/// The weight of content similarity alone, far below that of any pair of categories.
const CONTENT_ONLY_WEIGHT: f32 = 0.01;

/// The tier of products of the same orders.
const TIER_OF_ORDERS: u8 = 3;

/// Complements.
#[derive(Debug, Clone, PartialEq)]
pub struct Complementary {
    /// The number of products shown of one leaf category, unless people buy several of it.
    pub per_category: usize,
    /// The strength that a content similarity of 1 adds in tier 1.
    pub content_weight: f32,
}

impl Default for Complementary {
    fn default() -> Self {
        Self { per_category: 2, content_weight: 0.2 }
    }
}

impl Recommender for Complementary {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let Some(cart_model) = &context.behaviour.cart_model else {
            let mut selection = Selection::new(context, request).at_most_per_category(self.per_category);
            selection.pick(self.candidates(context, request.seeds));
            return selection.finish();
        };
        let seeds = known(context, request.seeds);
        let mut likely = likely(cart_model, &seeds);
        retain_complements(context, &seeds, &mut likely);
        likely.extend(stated(context, &seeds));
        let mut selection = Selection::new(context, request);
        selection.pick(likely);
        if !selection.is_full() {
            let mut rest = self.candidates(context, request.seeds);
            rest.iter_mut().for_each(|candidate| candidate.tier = candidate.tier.min(TIER_OF_ORDERS - 1));
            selection.pick(rest);
        }
        selection.finish()
    }
}

impl Complementary {
    /// The complements of any of the seeds, of all tiers, without the cart model's.
    pub(super) fn candidates(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
        let seeds = known(context, seeds);
        let mut candidates = bought_together(context, &seeds);
        candidates.extend(self.also_bought(context, &seeds));
        candidates.extend(by_category(context, &seeds));
        candidates.extend(self.same_texts(context, &seeds));
        retain_complements(context, &seeds, &mut candidates);
        candidates.extend(stated(context, &seeds));
        candidates
    }

    /// Products of other categories that are similar in words, such as the case for the phone: the only complements of
    /// a shop without orders.
    fn same_texts(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
        let row = |&seed: &Ordinal| {
            let elsewhere = move |other: &(Ordinal, f32)| !context.catalogue.share_leaf(seed, other.0);
            let candidate = move |(ordinal, similarity): (Ordinal, f32)| TieredCandidate {
                ordinal,
                tier: 0,
                strength: CONTENT_ONLY_WEIGHT * similarity,
                reason: Reason::ReadsLike { product: seed },
            };
            context.behaviour.content.row(seed).filter(elsewhere).map(candidate)
        };
        seeds.iter().flat_map(row).collect()
    }

    /// Products that the buyers of a seed buy in other orders.
    fn also_bought(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
        let mut found: FxHashMap<Ordinal, TieredCandidate> = FxHashMap::default();
        let behaviour = context.behaviour;
        for &seed in seeds {
            let similarity: FxHashMap<Ordinal, f32> = behaviour.content.row(seed).collect();
            for (ordinal, weight) in behaviour.also_bought.row(seed) {
                let strength = weight + self.content_weight * similarity.get(&ordinal).copied().unwrap_or_default();
                let reason = Reason::AlsoBought { product: seed };
                let candidate =
                    found.entry(ordinal).or_insert(TieredCandidate { ordinal, tier: 1, strength: 0.0, reason });
                candidate.strength += strength;
            }
        }
        found.into_values().collect()
    }
}

/// The seeds that are in the catalogue.
fn known(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Ordinal> {
    seeds.iter().copied().filter(|&seed| seed.index() < context.catalogue.products()).collect()
}

/// Drops substitutes of a seed.
fn retain_complements(context: &RecommendContext<'_>, seeds: &[Ordinal], candidates: &mut Vec<TieredCandidate>) {
    let several = &context.behaviour.categories.several;
    let is_substitute = |seed, other| substitutes(several, &context.catalogue, seed, other);
    candidates.retain(|candidate| !seeds.iter().any(|&seed| is_substitute(seed, candidate.ordinal)));
}

/// The likely products of the same cart, by their chance.
fn likely(cart_model: &CartModel, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let candidate = |one: CartCandidate| TieredCandidate {
        ordinal: one.ordinal,
        tier: TIER_OF_ORDERS,
        strength: one.probability,
        reason: one.with.map_or(Reason::Popular, |product| Reason::AlsoBought { product }),
    };
    cart_model.candidates(seeds).into_iter().map(candidate).collect()
}

/// Stated complements: first every seed's first, then every seed's second, and so on.
fn stated(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let products = context.catalogue.products();
    let mut placed: Vec<(usize, Ordinal)> = Vec::new();
    for &seed in seeds {
        placed.extend((context.stated)(seed).into_iter().enumerate());
    }
    placed.retain(|&(_, ordinal)| ordinal.index() < products);
    placed.sort_by_key(|&(place, _)| place);
    let count = placed.len();
    let candidate = |(at, (_, ordinal)): (usize, (usize, Ordinal))| TieredCandidate {
        ordinal,
        tier: 4,
        strength: (count - at) as f32,
        reason: Reason::Merchant,
    };
    placed.into_iter().enumerate().map(candidate).collect()
}

/// Products of the orders of the seeds (tier 3) and of their variants (tier 2).
fn bought_together(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let mut found: FxHashMap<(u8, Ordinal), TieredCandidate> = FxHashMap::default();
    let mut add = |tier: u8, neighbour: Neighbour| {
        let Neighbour { ordinal, score, evidence: Some(PairEvidence { together, lift, .. }) } = neighbour else {
            return;
        };
        let reason = match tier {
            TIER_OF_ORDERS => Reason::BoughtTogether { together, lift },
            _ => Reason::VariantBoughtTogether { together, lift },
        };
        let candidate =
            found.entry((tier, ordinal)).or_insert(TieredCandidate { ordinal, tier, strength: 0.0, reason });
        candidate.strength += score;
    };
    for &seed in seeds {
        context.behaviour.complements.neighbours(seed).for_each(|neighbour| add(TIER_OF_ORDERS, neighbour));
        for variant in context.catalogue.variants(seed) {
            context.behaviour.complements.neighbours(variant).for_each(|neighbour| add(2, neighbour));
        }
    }
    found.into_values().collect()
}

/// Popular products of the categories that are bought with a seed's.
fn by_category(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let categories = &context.behaviour.categories;
    let mut candidates = Vec::new();
    for &category in seeds.iter().flat_map(|&seed| context.catalogue.leaves(seed)) {
        for pair in categories.pairs.neighbours(category) {
            let Some(PairEvidence { together, lift, .. }) = pair.evidence else { continue };
            let reason = Reason::CategoryPair { category, partner: pair.ordinal, together, lift };
            candidates.extend(categories.popular.row(pair.ordinal).map(|(ordinal, popularity)| TieredCandidate {
                ordinal,
                tier: 0,
                strength: pair.score.max(0.0).ln_1p() * popularity,
                reason,
            }));
        }
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;

    fn ask(shop: &TestShop, seed: u32) -> Vec<Recommendation> {
        shop.ask(
            &Complementary::default(),
            &RecommendRequest { seeds: Ordinal::slice(&[seed]), limit: 9, ..RecommendRequest::default() },
        )
    }

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn baskets_answer_first_and_say_how_often() {
        let found = ask(&TestShop::with_journal(), 0);
        assert_eq!(found[0].ordinal, Ordinal::new(2));
        assert!(
            matches!(found[0].reason, Reason::BoughtTogether { together: 30, lift } if lift > 1.5),
            "{:?}",
            found[0]
        );
        assert!(found.iter().all(|r| r.ordinal != Ordinal::new(1)), "the other phone is a substitute");
    }

    #[test]
    fn a_variant_without_baskets_learns_from_its_sister() {
        let found = ask(&TestShop::with_journal(), 3);
        assert_eq!(found[0].ordinal, Ordinal::new(0));
        assert!(matches!(found[0].reason, Reason::VariantBoughtTogether { together: 30, .. }));
    }

    #[test]
    fn a_product_without_baskets_learns_from_its_category() {
        let found = ask(&TestShop::with_journal(), 1);
        assert_eq!(found[0].ordinal, Ordinal::new(2));
        let Reason::CategoryPair { category, partner, .. } = &found[0].reason else { panic!("{:?}", found[0]) };
        assert_eq!([category, partner].map(|category| category.get()), [0, 1]);
    }

    #[test]
    fn what_the_merchant_states_comes_first() {
        let mut shop = TestShop::with_journal();
        shop.stated = vec![(Ordinal::new(0), Ordinal::array([9, 1]).to_vec())];
        let found = ask(&shop, 0);
        assert_eq!(found.iter().take(3).map(|r| r.ordinal).collect::<Vec<_>>(), Ordinal::array([9, 1, 2]));
        assert_eq!((&found[0].reason, &found[1].reason), (&Reason::Merchant, &Reason::Merchant));
    }
}
