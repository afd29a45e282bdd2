//! Products to take as well. Tier 4: what the merchant states, in that order.
//! Tier 3: what lies in the same baskets, summed over the seeds. Tier 2: what
//! lies in the baskets of a seed's variants. Tier 1: what the same shoppers buy
//! some other time (strength W + .2 · content similarity, of what W holds). Tier
//! 0: popular products of the categories bought with the seed's (strength
//! `ln(1 + pair score) · popularity`), and last what reads alike and stands in
//! another category. Below tier 4 nothing shares a leaf category
//! with a seed, since that would be a substitute, unless people buy several of
//! it; where they do not, a leaf category fills two places at most.
//!
//! Where the reindex found that carts are foreseen better so, tier 3 is instead what
//! likely lies in the same cart ([`crate::behaviour::CartModel`]), its pairs are of
//! tier 2, and a leaf category fills as many places as are likely.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::behaviour::{CartCandidate, CartModel, Neighbour, PairEvidence, substitutes};
use crate::id::Ordinal;

/// What likeness alone counts beside any pair of categories.
const A_LITTLE: f32 = 0.01;

/// The tier of what lies in the same baskets.
const TIER_OF_BASKETS: u8 = 3;

/// Complements.
#[derive(Debug, Clone, PartialEq)]
pub struct Complementary {
    /// Products shown of one leaf category, where people do not buy several.
    pub per_category: usize,
    /// What a content similarity of 1 adds to what the same shoppers buy.
    pub content_weight: f32,
}

impl Default for Complementary {
    fn default() -> Self {
        Self { per_category: 2, content_weight: 0.2 }
    }
}

impl Recommender for Complementary {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let Some(model) = &context.behaviour.cart_model else {
            let mut selection = Selection::new(context, request).at_most_per_category(self.per_category);
            selection.pick(self.candidates(context, request.seeds));
            return selection.finish();
        };
        let seeds = known(context, request.seeds);
        let mut likely = likely(model, &seeds);
        retain_complements(context, &seeds, &mut likely);
        likely.extend(stated(context, &seeds));
        let mut selection = Selection::new(context, request);
        selection.pick(likely);
        if !selection.is_full() {
            let mut rest = self.candidates(context, request.seeds);
            rest.iter_mut().for_each(|candidate| candidate.tier = candidate.tier.min(TIER_OF_BASKETS - 1));
            selection.pick(rest);
        }
        selection.finish()
    }
}

impl Complementary {
    /// Everything that goes with any of the seeds.
    pub(super) fn candidates(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
        let seeds = known(context, seeds);
        let mut candidates = bought_together(context, &seeds);
        candidates.extend(self.also_bought(context, &seeds));
        candidates.extend(by_category(context, &seeds));
        candidates.extend(self.reads_alike(context, &seeds));
        retain_complements(context, &seeds, &mut candidates);
        candidates.extend(stated(context, &seeds));
        candidates
    }

    /// On the first day of a shop: what reads like a seed and stands elsewhere, such as the case for the phone.
    fn reads_alike(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
        let row = |&seed: &Ordinal| {
            let elsewhere = move |other: &(Ordinal, f32)| !context.catalogue.share_leaf(seed, other.0);
            let candidate = move |(ordinal, alike): (Ordinal, f32)| Candidate {
                ordinal,
                tier: 0,
                strength: A_LITTLE * alike,
                reason: Reason::ReadsLike { product: seed },
            };
            context.behaviour.content.row(seed).filter(elsewhere).map(candidate)
        };
        seeds.iter().flat_map(row).collect()
    }

    fn also_bought(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
        let mut found: FxHashMap<Ordinal, Candidate> = FxHashMap::default();
        let behaviour = context.behaviour;
        for &seed in seeds {
            let alike: FxHashMap<Ordinal, f32> = behaviour.content.row(seed).collect();
            for (ordinal, weight) in behaviour.also_bought.row(seed) {
                let strength = weight + self.content_weight * alike.get(&ordinal).copied().unwrap_or_default();
                let reason = Reason::AlsoBought { product: seed };
                let candidate = found.entry(ordinal).or_insert(Candidate { ordinal, tier: 1, strength: 0.0, reason });
                candidate.strength += strength;
            }
        }
        found.into_values().collect()
    }
}

/// The seeds there are.
fn known(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Ordinal> {
    seeds.iter().copied().filter(|&seed| (seed as usize) < context.catalogue.products()).collect()
}

/// Drops what is taken instead of a seed.
fn retain_complements(context: &RecommendContext<'_>, seeds: &[Ordinal], candidates: &mut Vec<Candidate>) {
    let several = &context.behaviour.categories.several;
    let instead = |seed, other| substitutes(several, &context.catalogue, seed, other);
    candidates.retain(|candidate| !seeds.iter().any(|&seed| instead(seed, candidate.ordinal)));
}

/// What likely lies in the same cart, by its chance.
fn likely(model: &CartModel, seeds: &[Ordinal]) -> Vec<Candidate> {
    let candidate = |one: CartCandidate| Candidate {
        ordinal: one.ordinal,
        tier: TIER_OF_BASKETS,
        strength: one.probability,
        reason: one.with.map_or(Reason::Popular, |product| Reason::AlsoBought { product }),
    };
    model.candidates(seeds).into_iter().map(candidate).collect()
}

/// First every seed's first, then every seed's second, and so on.
fn stated(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
    let products = context.catalogue.products();
    let mut placed: Vec<(usize, Ordinal)> = Vec::new();
    for &seed in seeds {
        placed.extend((context.stated)(seed).into_iter().enumerate());
    }
    placed.retain(|&(_, ordinal)| (ordinal as usize) < products);
    placed.sort_by_key(|&(place, _)| place);
    let count = placed.len();
    let candidate = |(at, (_, ordinal)): (usize, (usize, Ordinal))| Candidate {
        ordinal,
        tier: 4,
        strength: (count - at) as f32,
        reason: Reason::Merchant,
    };
    placed.into_iter().enumerate().map(candidate).collect()
}

/// From the baskets of the seeds, and where a seed has variants, from theirs.
fn bought_together(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
    let mut found: FxHashMap<(u8, Ordinal), Candidate> = FxHashMap::default();
    let mut add = |tier: u8, neighbour: Neighbour| {
        let Neighbour { ordinal, score, evidence: Some(PairEvidence { together, lift, .. }) } = neighbour else {
            return;
        };
        let reason = match tier {
            TIER_OF_BASKETS => Reason::BoughtTogether { together, lift },
            _ => Reason::VariantBoughtTogether { together, lift },
        };
        let candidate = found.entry((tier, ordinal)).or_insert(Candidate { ordinal, tier, strength: 0.0, reason });
        candidate.strength += score;
    };
    for &seed in seeds {
        context.behaviour.complements.neighbours(seed).for_each(|neighbour| add(TIER_OF_BASKETS, neighbour));
        for variant in context.catalogue.variants(seed) {
            context.behaviour.complements.neighbours(variant).for_each(|neighbour| add(2, neighbour));
        }
    }
    found.into_values().collect()
}

fn by_category(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Candidate> {
    let categories = &context.behaviour.categories;
    let mut candidates = Vec::new();
    for &category in seeds.iter().flat_map(|&seed| context.catalogue.leaves(seed)) {
        for pair in categories.pairs.neighbours(category) {
            let Some(PairEvidence { together, lift, .. }) = pair.evidence else { continue };
            let reason = Reason::CategoryPair { category, partner: pair.ordinal, together, lift };
            candidates.extend(categories.popular.row(pair.ordinal).map(|(ordinal, popularity)| Candidate {
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
    use super::super::suite::{Shop, check};
    use super::*;

    fn ask(shop: &Shop, seed: Ordinal) -> Vec<Recommendation> {
        shop.ask(&Complementary::default(), &Request { seeds: &[seed], limit: 9, ..Request::default() })
    }

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&Complementary::default());
    }

    #[test]
    fn baskets_answer_first_and_say_how_often() {
        let found = ask(&Shop::with_journal(), 0);
        assert_eq!(found[0].ordinal, 2);
        assert!(
            matches!(found[0].reason, Reason::BoughtTogether { together: 30, lift } if lift > 1.5),
            "{:?}",
            found[0]
        );
        assert!(found.iter().all(|r| r.ordinal != 1), "the other phone is a substitute");
    }

    #[test]
    fn a_variant_without_baskets_learns_from_its_sister() {
        let found = ask(&Shop::with_journal(), 3);
        assert_eq!(found[0].ordinal, 0);
        assert!(matches!(found[0].reason, Reason::VariantBoughtTogether { together: 30, .. }));
    }

    #[test]
    fn a_product_without_baskets_learns_from_its_category() {
        let found = ask(&Shop::with_journal(), 1);
        assert_eq!(found[0].ordinal, 2);
        let Reason::CategoryPair { category, partner, .. } = &found[0].reason else { panic!("{:?}", found[0]) };
        assert_eq!((category, partner), (&0, &1));
    }

    #[test]
    fn what_the_merchant_states_comes_first() {
        let mut shop = Shop::with_journal();
        shop.stated = vec![(0, vec![9, 1])];
        let found = ask(&shop, 0);
        assert_eq!(found.iter().take(3).map(|r| r.ordinal).collect::<Vec<_>>(), [9, 1, 2]);
        assert_eq!((&found[0].reason, &found[1].reason), (&Reason::Merchant, &Reason::Merchant));
    }
}
