//! Products the shopper viewed before and did not buy: `.9^p · (1 + taste)`, where p = 0 is the latest and taste the
//! weighted cosine to the nearest interest, so that a view out of line with the interests sinks. The product on the
//! page is left out. All candidates are of tier 1.

use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::RecentlyViewed,
    shows: "products the shopper viewed and did not buy",
    needs: Needs::Shopper,
    filling: Filling::None,
    is_ordered: true,
    reasons: &["recently_viewed"],
    basis: RowBasis::history_or_shop,
    recommender: Some(|| Box::new(RecentlyViewed::default())),
};

/// Products viewed before.
#[derive(Debug, Clone, PartialEq)]
pub struct RecentlyViewed {
    /// The weight of a view relative to the one after it, 0 to 1.
    pub decay: f32,
}

impl Default for RecentlyViewed {
    fn default() -> Self {
        Self { decay: 0.9 }
    }
}

impl Recommender for RecentlyViewed {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let mut weight = 1.0;
        let candidates = request.history.iter().map(|&ordinal| {
            let strength = weight * (1.0 + request.taste(context, ordinal).0);
            weight *= self.decay;
            TieredCandidate { ordinal, tier: 1, strength, reason: Reason::RecentlyViewed }
        });
        let candidates = candidates.collect();
        let mut selection = Selection::new(context, request);
        selection.block(request.purchased);
        selection.pick(candidates);
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Interest;
    use super::super::suite::{TestShop, check};
    use super::*;
    use crate::id::Ordinal;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn the_latest_first_what_was_bought_never_and_taste_lifts() {
        let shop = TestShop::with_journal();
        let request = RecommendRequest {
            history: Ordinal::slice(&[4, 7, 9, 0]),
            purchased: &[Ordinal::new(0)],
            limit: 9,
            ..RecommendRequest::default()
        };
        let order = |request: &RecommendRequest<'_>| -> Vec<u32> {
            shop.ask(&RecentlyViewed::default(), request).iter().map(|found| found.ordinal.get()).collect()
        };
        assert_eq!(order(&request), [4, 7, 9]);
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        assert_eq!(order(&RecommendRequest { interests: &interests, ..request }), [9, 7, 4]);
    }
}
