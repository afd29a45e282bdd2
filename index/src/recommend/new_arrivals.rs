//! What came into the shop lately, by this shopper's interest:
//! `½^(days / 14) + taste + .2 · p / (1 + p)` with p the popularity, so that a
//! stranger sees the newest and what already sells among it first. Tier 1; what
//! came longer ago than `days` stands on tier 0, for shops where nothing is new.

use super::context::{RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

const DAY_MS: f32 = 86_400_000.0;

/// New products.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArrivals {
    /// For how many days a product is new.
    pub days: f32,
    /// After how many days being new counts half.
    pub half_life_days: f32,
    /// Of popularity.
    pub popularity_weight: f32,
}

impl Default for NewArrivals {
    fn default() -> Self {
        Self { days: 60.0, half_life_days: 14.0, popularity_weight: 0.2 }
    }
}

impl Recommender for NewArrivals {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let scores = context.behaviour.popularity.scores();
        let candidate = |&ordinal: &Ordinal| {
            let days = (request.now_ms - context.facts.listed_ms(ordinal)?) as f32 / DAY_MS;
            let popularity = scores.get(ordinal as usize).copied().unwrap_or_default();
            let strength = (-days.max(0.0) / self.half_life_days).exp2()
                + request.taste(context, ordinal).0
                + self.popularity_weight * popularity / (1.0 + popularity);
            let reason = Reason::New { days_ago: days.max(0.0) as u32 };
            // What is announced for a later day is not there yet.
            (days >= 0.0).then_some(Candidate { ordinal, tier: u8::from(days <= self.days), strength, reason })
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
    use super::super::suite::{NOW_MS, Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&NewArrivals::default());
    }

    #[test]
    fn the_newest_first_what_is_announced_never_and_taste_lifts() {
        let shop = Shop::with_journal();
        let request = Request { now_ms: NOW_MS, limit: 9, ..Request::default() };
        let found = shop.ask(&NewArrivals::default(), &request);
        assert_eq!(found.iter().map(|one| one.ordinal).collect::<Vec<_>>(), [5, 9, 8], "7 comes tomorrow");
        assert_eq!(found[0].reason, Reason::New { days_ago: 1 });
        assert!(found[2].score < 1.0, "8 came long ago");
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        let found = shop.ask(&NewArrivals::default(), &Request { interests: &interests, ..request });
        assert_eq!(found[0].ordinal, 9);
    }
}
