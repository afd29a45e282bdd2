//! What those who looked at the product bought in the end. Tier 1, the strength
//! is the shrunk probability, summed over the seeds; tier 0 fills up with what
//! is popular in its category, and where nothing is yet, with what reads alike.

use std::collections::HashMap;

use super::context::{RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

/// What is bought after a look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewedThenBought;

impl Recommender for ViewedThenBought {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut found: HashMap<Ordinal, Candidate> = HashMap::new();
        for &seed in request.seeds {
            for neighbour in context.behaviour.viewed_then_bought.neighbours(seed) {
                let together = neighbour.evidence.map_or(0, |evidence| evidence.together);
                let reason = Reason::ViewedThenBought { product: seed, together };
                let new = Candidate { ordinal: neighbour.ordinal, tier: 1, strength: 0.0, reason };
                found.entry(neighbour.ordinal).or_insert(new).strength += neighbour.score;
            }
        }
        let mut selection = Selection::new(context, request);
        selection.pick(found.into_values().collect());
        selection.fill_from_categories(request.seeds);
        let alike = request.seeds.iter().flat_map(|&seed| {
            let row = context.behaviour.content.row(seed);
            row.map(move |(ordinal, strength)| (ordinal, strength, Reason::ReadsLike { product: seed }))
        });
        let candidate = |(ordinal, strength, reason)| Candidate { ordinal, tier: 0, strength, reason };
        selection.pick(alike.map(candidate).collect());
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&ViewedThenBought);
    }

    #[test]
    fn those_who_looked_at_the_other_phone_bought_this_one() {
        let found =
            Shop::with_journal().ask(&ViewedThenBought, &Request { seeds: &[1], limit: 3, ..Request::default() });
        assert_eq!(found[0].ordinal, 0);
        assert_eq!(found[0].reason, Reason::ViewedThenBought { product: 1, together: 10 });
    }
}
