//! What is more wanted now than it used to be. Tiers 2 and up: among shoppers of
//! the same region, segments and country, the narrowest first; tier 1: among all.
//! The strength is how much it is on the rise; tier 0 fills up with what is
//! popular. With a filter on a category this is the category's own list.

use super::context::{RecommendContext, Request};
use super::popular;
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};

/// What is on the rise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trending;

impl Recommender for Trending {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let trending = &context.behaviour.trending;
        let mut selection = Selection::new(context, request);
        for (at, &crowd) in request.crowds.iter().enumerate() {
            let reason = Reason::TrendingAmong { crowd };
            let rising = context.behaviour.segments.rising(crowd);
            let tier = u8::try_from(1 + request.crowds.len() - at).unwrap_or(u8::MAX);
            selection.fill(rising.map(|(ordinal, strength)| Candidate { ordinal, tier, strength, reason }));
        }
        selection.fill(trending.rising().iter().map(|&ordinal| Candidate {
            ordinal,
            tier: 1,
            strength: trending.score(ordinal),
            reason: Reason::Trending,
        }));
        selection.fill(popular::best_first(context));
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&Trending);
    }

    #[test]
    fn what_rises_comes_before_what_always_sold() {
        let found = Shop::with_journal().ask(&Trending, &Request { limit: 9, ..Request::default() });
        assert_eq!((found[0].ordinal, &found[0].reason), (9, &Reason::Trending), "honey is the news of the day");
        assert!(found.iter().any(|one| one.reason == Reason::Popular));
    }
}
