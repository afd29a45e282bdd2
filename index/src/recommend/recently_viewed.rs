//! What the shopper looked at before and did not buy: `.9^p · (1 + taste)`, p = 0
//! the latest and taste the weighted cosine to the nearest interest, so that a
//! stray look sinks. The product on the page is not among them. Tier 1 alone.

use super::context::{RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};

/// What was viewed before.
#[derive(Debug, Clone, PartialEq)]
pub struct RecentlyViewed {
    /// What a step back leaves, 0 to 1.
    pub decay: f32,
}

impl Default for RecentlyViewed {
    fn default() -> Self {
        Self { decay: 0.9 }
    }
}

impl Recommender for RecentlyViewed {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut say = 1.0;
        let candidates = request.history.iter().map(|&ordinal| {
            let strength = say * (1.0 + request.taste(context, ordinal).0);
            say *= self.decay;
            Candidate { ordinal, tier: 1, strength, reason: Reason::RecentlyViewed }
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
    use super::super::suite::{Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&RecentlyViewed::default());
    }

    #[test]
    fn the_latest_first_what_was_bought_never_and_taste_lifts() {
        let shop = Shop::with_journal();
        let request = Request { history: &[4, 7, 9, 0], purchased: &[0], limit: 9, ..Request::default() };
        let order = |request: &Request<'_>| -> Vec<u32> {
            shop.ask(&RecentlyViewed::default(), request).iter().map(|found| found.ordinal).collect()
        };
        assert_eq!(order(&request), [4, 7, 9]);
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        assert_eq!(order(&Request { interests: &interests, ..request }), [9, 7, 4]);
    }
}
