//! Products in more demand than before. Tiers 2 and up: among shoppers of the same region, segments and country, the
//! narrowest first; tier 1: among all shoppers. The strength is the rise of the demand; tier 0 fills up with popular
//! products. Narrowed to a category, this is the category's own list.

use super::context::{RecommendContext, RecommendRequest};
use super::popular;
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Trending,
    shows: "products in more demand than before",
    needs: Needs::Nothing,
    filling: Filling::ShopPopular,
    is_ordered: false,
    reasons: &["trending", "trending_among", "popular", "listed"],
    basis: |_| RowBasis::Shop,
    recommender: Some(|| Box::new(Trending)),
};

/// Trending products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trending;

impl Recommender for Trending {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let trending = &context.behaviour.trending;
        let mut selection = Selection::new(context, request);
        for (at, &segment) in request.segments.iter().enumerate() {
            let reason = Reason::TrendingAmong { segment };
            let rising = context.behaviour.segments.rising(segment);
            let tier = u8::try_from(1 + request.segments.len() - at).unwrap_or(u8::MAX);
            selection.fill(rising.map(|(ordinal, strength)| TieredCandidate { ordinal, tier, strength, reason }));
        }
        let wanted = trending.rising().iter().filter(|&&one| trending.people(one) >= context.evidence.trending);
        selection.fill(wanted.map(|&ordinal| TieredCandidate {
            ordinal,
            tier: 1,
            strength: trending.score(ordinal),
            reason: Reason::Trending { people: trending.people(ordinal) },
        }));
        selection.fill(popular::best_first(context));
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn what_rises_comes_before_what_always_sold() {
        let found =
            TestShop::with_journal().ask(&Trending, &RecommendRequest { limit: 9, ..RecommendRequest::default() });
        assert_eq!(
            (found[0].ordinal.get(), &found[0].reason),
            (9, &Reason::Trending { people: 10 }),
            "honey is the news of the day"
        );
        assert!(found.iter().any(|one| matches!(one.reason, Reason::Popular { .. })));
    }
}
