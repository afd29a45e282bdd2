//! Products listed lately, ordered by the shopper's interest: `½^(days / 14) + taste + .2 · p / (1 + p)`, where p is the
//! popularity, so that a stranger sees the newest first, and among those the ones that sell. Tier 1. Products listed
//! before the last `days` days are not new, and not shown.

use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;
use crate::time::DAY_MS;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::NewArrivals,
    shows: "products listed lately",
    needs: Needs::Nothing,
    filling: Filling::None,
    is_ordered: false,
    reasons: &["new"],
    basis: |_| RowBasis::Shop,
    recommender: Some(|| Box::new(NewArrivals::default())),
};

/// New products.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArrivals {
    /// The number of days for which a product is new.
    pub days: f32,
    /// The number of days after which the newness of a product has halved.
    pub half_life_days: f32,
    /// The weight of popularity.
    pub popularity_weight: f32,
}

impl Default for NewArrivals {
    fn default() -> Self {
        Self { days: 60.0, half_life_days: 14.0, popularity_weight: 0.2 }
    }
}

impl Recommender for NewArrivals {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let scores = context.behaviour.popularity.scores();
        let candidate = |&ordinal: &Ordinal| {
            let days = (request.now_ms - context.facts.listed_ms(ordinal)?) as f32 / DAY_MS as f32;
            let popularity = scores.get(ordinal.index()).copied().unwrap_or_default();
            let strength = (-days.max(0.0) / self.half_life_days).exp2()
                + request.taste(context, ordinal).0
                + self.popularity_weight * popularity / (1.0 + popularity);
            let reason = Reason::New { days_ago: days.max(0.0) as u32 };
            // A product announced for a later day cannot be bought yet.
            (0.0..=self.days).contains(&days).then_some(TieredCandidate { ordinal, tier: 1, strength, reason })
        };
        let mut selection = Selection::new(context, request);
        selection.block(request.purchased);
        selection.pick(context.facts.newest().iter().filter_map(candidate).collect());
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Interest;
    use super::super::suite::{NOW_MS, TestShop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn the_newest_first_what_is_announced_never_and_taste_lifts() {
        let shop = TestShop::with_journal();
        let request = RecommendRequest { now_ms: NOW_MS, limit: 9, ..RecommendRequest::default() };
        let found = shop.ask(&NewArrivals::default(), &request);
        assert_eq!(
            found.iter().map(|one| one.ordinal).collect::<Vec<_>>(),
            Ordinal::array([5, 9]),
            "7 comes tomorrow, 8 came long ago"
        );
        assert_eq!(found[0].reason, Reason::New { days_ago: 1 });
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        let found = shop.ask(&NewArrivals::default(), &RecommendRequest { interests: &interests, ..request });
        assert_eq!(found[0].ordinal, Ordinal::new(9));
    }
}
