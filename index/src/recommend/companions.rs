//! What likely lies in the same cart, for shops whose carts are too thin for pairs to say it alone
//! ([`crate::behaviour::Companions`]). The strength is the chance.

use super::complementary::TIER_OF_BASKETS;
use super::context::RecommendContext;
use super::reason::Reason;
use super::select::Candidate;
use crate::behaviour::Companions;
use crate::id::Ordinal;

/// The companions of a cart.
pub(super) fn candidates(context: &RecommendContext<'_>, companions: &Companions, seeds: &[Ordinal]) -> Vec<Candidate> {
    let allowed = |ordinal: Ordinal| (ordinal as usize) < context.catalogue.products();
    let found = companions.of(seeds).into_iter().filter(|one| allowed(one.ordinal));
    let candidate = found.map(|one| Candidate {
        ordinal: one.ordinal,
        tier: TIER_OF_BASKETS,
        strength: one.chance,
        reason: one.with.map_or(Reason::Popular, |product| Reason::AlsoBought { product }),
    });
    candidate.collect()
}
