//! Products that go with others, from the strongest evidence to the weakest:
//! - tier 4: complements that the merchant states, in that order;
//! - tier 3: products of the same orders, summed over the seeds;
//! - tier 2: products of the orders of a seed and its variants, counted as one product;
//! - tier 1: products the same people buy in other orders, if orders show that their categories go together (strength
//!   W + .2 · content similarity, for W above 0);
//! - tier 0, for a seed without any of these: popular products of the categories bought with the seed's (strength
//!   `ln(1 + pair score) · popularity`). A category of several kinds, such as `Filters & accessories`, says too little of
//!   its products for that, and so does a partner that takes cells or a base of which the seed says nothing.
//!
//! Below tier 4 every product needs evidence ([`EvidenceSettings`](super::EvidenceSettings)): enough orders or people
//! with both, and a confidence that this is no chance. That texts are alike is none: it makes a substitute. No product is
//! of a seed's kind or shares a leaf category with it, unless people buy several of that category; none fits another model
//! than a seed ([`ModelFit`]); none goes with everything. A category fills at most two places. Without evidence the row
//! is short.
//!
//! If the reindex found that a cart model predicts carts better ([`crate::behaviour::CartModel`]), the products with
//! evidence come in its order.

use rustc_hash::FxHashMap;

use super::category_pairs::by_category;
use super::context::{RecommendContext, RecommendRequest};
use super::evidence::Shortfall;
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::behaviour::{CartCandidate, CartModel, ModelFit, Neighbour, PairEvidence, substitutes};
use crate::id::{CategoryNumber, Ordinal};
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Complementary,
    shows: "products that go with others",
    needs: Needs::Products,
    filling: Filling::None,
    is_ordered: false,
    reasons: &["merchant", "bought_together", "variant_bought_together", "also_bought", "category_pair", "popular"],
    basis: |_| RowBasis::Products,
    recommender: Some(|| Box::new(Complementary::default())),
};

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
        let mut candidates = self.candidates(context, request.seeds);
        let Some(cart_model) = &context.behaviour.cart_model else {
            let mut selection = Selection::new(context, request).at_most_per_category(self.per_category);
            selection.pick(candidates);
            return selection.finish();
        };
        let seeds = known(context, request.seeds);
        let likely = likely(context, cart_model, &seeds);
        let chances: FxHashMap<Ordinal, f32> = likely.iter().map(|one| (one.ordinal, one.strength)).collect();
        for candidate in candidates.iter_mut().filter(|one| one.tier <= TIER_OF_ORDERS) {
            match chances.get(&candidate.ordinal) {
                Some(&chance) => (candidate.tier, candidate.strength) = (TIER_OF_ORDERS, chance),
                None => candidate.tier = candidate.tier.min(TIER_OF_ORDERS - 1),
            }
        }
        if context.evidence.complementary == 0 {
            candidates.extend(likely);
        }
        let mut selection = Selection::new(context, request);
        selection.pick(candidates);
        selection.finish()
    }
}

impl Complementary {
    /// The complements of any of the seeds, of all tiers, without the cart model's.
    pub(super) fn candidates(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
        let seeds = known(context, seeds);
        let mut candidates = bought_together(context, &seeds);
        // Where orders hold several products they say what goes together; people who buy both at different times may share
        // no more than a hobby.
        if context.evidence.complementary == 0 || context.behaviour.complements.pairs() == 0 {
            candidates.extend(self.also_bought(context, &seeds));
        }
        retain_complements(context, &seeds, &mut candidates);
        for &seed in &seeds {
            let has_own = |one: &TieredCandidate| pair_evidence(context, seed, one.ordinal).is_some();
            if context.evidence.complementary == 0 || !candidates.iter().any(has_own) {
                let mut of_category = by_category(context, seed);
                retain_complements(context, &[seed], &mut of_category);
                candidates.extend(of_category);
            }
        }
        candidates.extend(stated(context, &seeds));
        candidates
    }

    /// Products that the buyers of a seed buy in other orders.
    fn also_bought(&self, context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
        let mut found: FxHashMap<Ordinal, TieredCandidate> = FxHashMap::default();
        let behaviour = context.behaviour;
        for &seed in seeds {
            let similarity: FxHashMap<Ordinal, f32> = behaviour.content.row(seed).collect();
            for Neighbour { ordinal, score, evidence } in behaviour.also_bought.neighbours(seed) {
                let evidence = evidence.unwrap_or(PairEvidence { together: 0, lift: 0.0, llr: 0.0 });
                let Ok(confidence) = admit(context, &evidence) else { continue };
                if !categories_go_together(context, seed, ordinal) {
                    continue;
                }
                let strength = score + self.content_weight * similarity.get(&ordinal).copied().unwrap_or_default();
                let PairEvidence { together: people, lift, .. } = evidence;
                let reason = Reason::AlsoBought { product: seed, people, lift, confidence };
                let candidate =
                    found.entry(ordinal).or_insert(TieredCandidate { ordinal, tier: 1, strength: 0.0, reason });
                candidate.strength += strength;
            }
        }
        found.into_values().collect()
    }
}

/// True if orders show that the categories of two products go together, so that people who buy both in different orders
/// do not merely share a hobby. In a shop without such orders, or without the gate, nothing speaks against it.
fn categories_go_together(context: &RecommendContext<'_>, one: Ordinal, other: Ordinal) -> bool {
    let pairs = &context.behaviour.categories.pairs;
    if context.evidence.complementary == 0 || pairs.pairs() == 0 {
        return true;
    }
    let leaves = context.catalogue.leaves(other);
    context.catalogue.leaves(one).iter().any(|&leaf| {
        pairs.neighbours(leaf).any(|pair| {
            let admit = |evidence| context.evidence.admit_complement(&evidence, context.catalogue.categories());
            leaves.contains(&pair.ordinal) && pair.evidence.is_some_and(|evidence| admit(evidence).is_ok())
        })
    })
}

/// The confidence that lets a pair of products in.
fn admit(context: &RecommendContext<'_>, evidence: &PairEvidence) -> Result<f32, Shortfall> {
    context.evidence.admit_complement(evidence, context.catalogue.products())
}

/// The evidence of orders for two products: of the pair itself or, with variants, of both groups; none if too little.
pub(super) fn pair_evidence(context: &RecommendContext<'_>, seed: Ordinal, other: Ordinal) -> Option<PairEvidence> {
    let of_variants = std::iter::once(seed).chain(context.catalogue.variants(seed)).flat_map(|variant| {
        let row = context.behaviour.complements.neighbours(variant);
        row.filter(|neighbour| neighbour.ordinal == other).filter_map(|neighbour| neighbour.evidence)
    });
    PairEvidence::sum(of_variants).filter(|evidence| admit(context, evidence).is_ok())
}

/// The shortfall of a product that is no complement of a seed for want of evidence; none if it has enough.
pub(super) fn shortfall(context: &RecommendContext<'_>, seed: Ordinal, other: Ordinal) -> Option<Shortfall> {
    let behaviour = context.behaviour;
    let tables = [&behaviour.complements, &behaviour.also_bought];
    let evidence = tables.into_iter().flat_map(|table| {
        std::iter::once(seed).chain(context.catalogue.variants(seed)).flat_map(|variant| {
            let row = table.neighbours(variant);
            row.filter(|neighbour| context.catalogue.same_group(neighbour.ordinal, other))
                .filter_map(|one| one.evidence)
        })
    });
    let mut shortest = Some(Shortfall::Together { together: 0, needed: context.evidence.complementary });
    for evidence in evidence {
        match admit(context, &evidence) {
            Ok(_) => return None,
            Err(short) => shortest = Some(short),
        }
    }
    shortest
}

/// The seeds that are in the catalogue.
fn known(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<Ordinal> {
    seeds.iter().copied().filter(|&seed| seed.index() < context.catalogue.products()).collect()
}

/// Drops substitutes of a seed, and what fits another model than a seed.
fn retain_complements(context: &RecommendContext<'_>, seeds: &[Ordinal], candidates: &mut Vec<TieredCandidate>) {
    candidates.retain(|candidate| {
        let of_orders =
            matches!(candidate.reason, Reason::BoughtTogether { .. } | Reason::VariantBoughtTogether { .. });
        let is_pair = !matches!(candidate.reason, Reason::CategoryPair { .. });
        !seeds.iter().any(|&seed| is_no_complement(context, seed, candidate.ordinal, (is_pair, of_orders)))
    });
}

/// True for a substitute of a seed, and for what is made for another model. By words alone a product is made for another
/// only as long as no pair of products says otherwise; two products of one kind, such as two colours of lunch bags, are
/// no substitutes if orders hold both.
pub(super) fn is_no_complement(
    context: &RecommendContext<'_>,
    seed: Ordinal,
    other: Ordinal,
    (has_evidence, of_orders): (bool, bool),
) -> bool {
    let RecommendContext { behaviour, catalogue, .. } = context;
    let several = &behaviour.categories.several;
    let buys_several = || {
        let is_several = |leaf: &CategoryNumber| several.get(leaf.index()).is_some_and(|&several| several > 0);
        catalogue.leaves(seed).iter().any(|leaf| is_several(leaf) && catalogue.leaves(other).contains(leaf))
    };
    let is_gated = context.evidence.complementary > 0 && !of_orders;
    let is_one_kind = is_gated && behaviour.kinds.same_kind(seed, other) == Some(true);
    // In one category a tent and its pegs are of two kinds, and orders tell that they go together.
    let are_two_kinds = has_evidence && behaviour.kinds.same_kind(seed, other) == Some(false);
    // A whole family buys in one order, but not in one category.
    let is_for_others = is_gated && context.facts.for_others(seed, other);
    is_for_others
        || (substitutes(several, catalogue, seed, other) && !are_two_kinds)
        || (is_one_kind && !buys_several())
        || match behaviour.kinds.fit(catalogue, seed, other) {
            ModelFit::OtherModel => true,
            ModelFit::OtherWords => !has_evidence,
            ModelFit::Fits | ModelFit::Unknown => false,
        }
}

/// The likely products of the same cart, by their chance.
fn likely(context: &RecommendContext<'_>, cart_model: &CartModel, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let candidate = |one: CartCandidate| {
        let CartCandidate { ordinal, probability, with } = one;
        let people = context.behaviour.popularity.people(ordinal);
        let together = |product| Reason::AlsoBought { product, people: 0, lift: 0.0, confidence: 0.0 };
        let reason = with.map_or(Reason::Popular { people }, together);
        TieredCandidate { ordinal, tier: TIER_OF_ORDERS, strength: probability, reason }
    };
    let mut likely: Vec<TieredCandidate> = cart_model.candidates(seeds).into_iter().map(candidate).collect();
    retain_complements(context, seeds, &mut likely);
    likely
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

/// Products of the orders of the seeds (tier 3), and of the orders of all their variants together (tier 2).
fn bought_together(context: &RecommendContext<'_>, seeds: &[Ordinal]) -> Vec<TieredCandidate> {
    let mut found: FxHashMap<(u8, Ordinal), TieredCandidate> = FxHashMap::default();
    let mut add = |tier: u8, product: Ordinal, ordinal: Ordinal, score: f32, evidence: &PairEvidence| {
        let Ok(confidence) = admit(context, evidence) else { return };
        let PairEvidence { together, lift, .. } = *evidence;
        let reason = match tier {
            TIER_OF_ORDERS => Reason::BoughtTogether { product, together, lift, confidence },
            _ => Reason::VariantBoughtTogether { product, together, lift, confidence },
        };
        let candidate =
            found.entry((tier, ordinal)).or_insert(TieredCandidate { ordinal, tier, strength: 0.0, reason });
        candidate.strength += score;
    };
    let complements = &context.behaviour.complements;
    for &seed in seeds {
        for Neighbour { ordinal, score, evidence } in complements.neighbours(seed) {
            evidence.iter().for_each(|evidence| add(TIER_OF_ORDERS, seed, ordinal, score, evidence));
        }
        let mut of_group: Vec<Neighbour> = Vec::new();
        for variant in std::iter::once(seed).chain(context.catalogue.variants(seed)) {
            of_group.extend(complements.neighbours(variant));
        }
        of_group.sort_by(|a, b| a.ordinal.cmp(&b.ordinal).then(b.score.total_cmp(&a.score)));
        for pairs in of_group.chunk_by(|a, b| a.ordinal == b.ordinal) {
            let evidence = PairEvidence::sum(pairs.iter().filter_map(|pair| pair.evidence));
            let score = pairs.iter().map(|pair| pair.score).sum();
            evidence.iter().for_each(|evidence| add(TIER_OF_ORDERS - 1, seed, pairs[0].ordinal, score, evidence));
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;
    use crate::id::CategoryNumber;

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
            matches!(found[0].reason, Reason::BoughtTogether { together: 30, lift, .. } if lift > 1.5),
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
    fn a_category_of_several_kinds_says_nothing_of_its_products() {
        let mut shop = TestShop::with_journal();
        shop.mixed = vec![CategoryNumber::new(1)];
        let told =
            |one: &Recommendation| matches!(one.reason, Reason::CategoryPair { partner, .. } if partner.get() == 1);
        assert!(!ask(&shop, 1).iter().any(told));
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
