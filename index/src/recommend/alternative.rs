//! Alternatives: products that serve the same need as another. They share its leaf category or, within one top
//! category, the kind that both titles name, and are alike. What one is made for, or is bought with, is no alternative,
//! nor is what is for other people, such as children.

use super::complementary::pair_evidence;
use super::context::RecommendContext;
use crate::behaviour::ModelFit;
use crate::id::Ordinal;

/// The largest ratio of the prices of two alternatives whose titles name different kinds: a peg is no tent.
const PRICES: f64 = 3.0;
/// The likeness that one kind in the titles stands for, within a category of several kinds.
const ONE_KIND: f32 = 0.15;
/// The likeness that one leaf category stands for, where it is named after what it holds; half of it where only one of the
/// titles has its name: a daypack is a backpack among backpacks, a rain cover is not.
const ONE_LEAF: f32 = 0.2;

/// True if a product is an alternative to a seed.
pub(super) fn is_alternative(context: &RecommendContext<'_>, seed: Ordinal, other: Ordinal) -> bool {
    let RecommendContext { behaviour, catalogue, facts, evidence, .. } = context;
    // The least likeness there is leaves the gate open, so that an order can be measured by all it can say.
    if evidence.likeness <= -1.0 {
        return true;
    }
    let same_kind = behaviour.kinds.same_kind(seed, other);
    // Without vectors the category and the kind decide.
    let likeness_from = |least: f32| facts.likeness(seed, other).is_none_or(|likeness| likeness >= least);
    let alike = || likeness_from(evidence.likeness);
    let kinds = &behaviour.kinds;
    let is_part = kinds.fit(catalogue, seed, other) == ModelFit::Fits;
    if is_part || kinds.serve_different(seed, other) || facts.for_others(seed, other) {
        return false;
    }
    // In a category that is named after what it holds a product of another name is of that kind too.
    let one_leaf = match facts.share_telling_leaf(seed, other) {
        Some(true) => ONE_LEAF,
        Some(false) => ONE_LEAF / 2.0,
        None => 0.0,
    };
    let known = !catalogue.leaves(seed).is_empty() && !catalogue.leaves(other).is_empty();
    match (catalogue.share_leaf(seed, other), same_kind) {
        // In a category of several kinds one word, such as `lamp`, names several needs.
        (true, Some(true)) => !share_mixed_leaf(context, seed, other) || likeness_from(evidence.likeness - ONE_KIND),
        (true, None) => likeness_from(evidence.likeness - one_leaf) && prices_near(context, seed, other),
        (true, Some(false)) => {
            !share_mixed_leaf(context, seed, other)
                && likeness_from(evidence.likeness - one_leaf)
                && prices_near(context, seed, other)
                && !bought_together(context, seed, other)
        }
        (false, Some(true)) => (facts.near_kin(seed, other) || !known) && alike(),
        (false, None) if !known => alike(),
        (false, _) => {
            viewed_together(context, seed, other)
                && facts.near_kin(seed, other)
                && alike()
                && prices_near(context, seed, other)
                && !bought_together(context, seed, other)
        }
    }
}

/// True if a leaf category that both products share is named after several kinds.
fn share_mixed_leaf(context: &RecommendContext<'_>, one: Ordinal, other: Ordinal) -> bool {
    let RecommendContext { catalogue, facts, .. } = context;
    catalogue.leaves(one).iter().any(|&leaf| catalogue.leaves(other).contains(&leaf) && facts.is_mixed(leaf))
}

/// True if the prices of both, as far as they are known, are near each other.
fn prices_near(context: &RecommendContext<'_>, one: Ordinal, other: Ordinal) -> bool {
    let prices = context.facts.price(one).zip(context.facts.price(other));
    prices.is_none_or(|(one, other)| one.max(other) <= PRICES * one.min(other))
}

/// True if visits show that shoppers compare both.
fn viewed_together(context: &RecommendContext<'_>, one: Ordinal, other: Ordinal) -> bool {
    let tried = context.catalogue.products();
    context.behaviour.co_viewed.neighbours(one).any(|neighbour| {
        let admitted = |evidence| context.evidence.admit(&evidence, context.evidence.complementary, tried).is_ok();
        neighbour.ordinal == other && neighbour.evidence.is_some_and(admitted)
    })
}

/// True if orders show that both go with each other.
fn bought_together(context: &RecommendContext<'_>, one: Ordinal, other: Ordinal) -> bool {
    pair_evidence(context, one, other).is_some() || pair_evidence(context, other, one).is_some()
}
