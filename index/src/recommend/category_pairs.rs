//! Complements for a product without orders of its own: popular products of the categories that orders combine with its.

use std::collections::BTreeSet;

use super::context::RecommendContext;
use super::reason::Reason;
use super::select::TieredCandidate;
use crate::behaviour::{Neighbour, PairEvidence};
use crate::id::{CategoryNumber, Ordinal};

/// Categories say less of a product than the product itself: they need so many times the orders.
const ORDERS_OF_CATEGORIES: u32 = 4;

/// Popular products of the categories that are bought with a seed's. Where products of the partner category are mostly
/// bought with one product of the seed's category each, such as ink with its printer, none of these is for the seed.
pub(super) fn by_category(context: &RecommendContext<'_>, seed: Ordinal) -> Vec<TieredCandidate> {
    let categories = &context.behaviour.categories;
    let popularity = &context.behaviour.popularity;
    let mut candidates = Vec::new();
    let is_gated = context.evidence.complementary > 0;
    let tells = |category: &CategoryNumber| !is_gated || !context.facts.is_mixed(*category);
    let fits = |ordinal| !is_gated || context.behaviour.kinds.name_alike(seed, ordinal);
    for &category in context.catalogue.leaves(seed).iter().filter(|&category| tells(category)) {
        for pair in categories.pairs.neighbours(category).filter(|pair| tells(&pair.ordinal)) {
            let least = ORDERS_OF_CATEGORIES * context.evidence.complementary;
            let Some(evidence) = pair.evidence.filter(|evidence| evidence.together >= least) else { continue };
            let admitted = context.evidence.admit_complement(&evidence, context.catalogue.categories());
            let Ok(confidence) = admitted else { continue };
            let PairEvidence { together, lift, .. } = evidence;
            let popular = categories.popular.row(pair.ordinal);
            let popular = popular.filter(|&(ordinal, _)| popularity.people(ordinal) >= context.evidence.popular);
            let popular = popular.filter(|&(ordinal, _)| fits(ordinal));
            let owned: Vec<_> = popular.map(|one| (one, owner(context, seed, one.0))).collect();
            let owners: BTreeSet<Ordinal> = owned.iter().filter_map(|one| one.1).collect();
            let shared = owned.into_iter().filter(|one| owners.len() < 2 || one.1.is_none());
            candidates.extend(shared.map(|((ordinal, popular), _)| {
                let people = popularity.people(ordinal);
                let reason =
                    Reason::CategoryPair { category, partner: pair.ordinal, together, lift, confidence, people };
                TieredCandidate { ordinal, tier: 0, strength: pair.score.max(0.0).ln_1p() * popular, reason }
            }));
        }
    }
    candidates
}

/// The product of the seed's category, other than the seed, with which at least half of the orders of a product are.
fn owner(context: &RecommendContext<'_>, seed: Ordinal, product: Ordinal) -> Option<Ordinal> {
    let orders = context.behaviour.popularity.purchases().get(product.index()).copied().unwrap_or_default();
    let owns = |other: &Neighbour| {
        let together = other.evidence.map_or(0, |evidence| evidence.together);
        2 * together >= orders.max(1)
            && context.catalogue.share_leaf(seed, other.ordinal)
            && !context.catalogue.same_group(seed, other.ordinal)
    };
    context.behaviour.complements.neighbours(product).find(owns).map(|owner| owner.ordinal)
}
