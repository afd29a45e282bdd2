//! What this visit leads to: the votes of visits like it, plus .3 times what
//! mostly comes right after the product met last, plus .1 times what the visit
//! says as a history, each divided by its own best. Tier 1; tier 0 fills up with
//! what is popular. What was met in the visit already may come again, because
//! shoppers go back and forth; the product on the page, and what was bought and
//! is not bought twice, may not.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, Request};
use super::popular;
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::behaviour::Behaviour;
use crate::id::Ordinal;

/// How the three voices are mixed.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// Of what comes right after the latest product, beside the votes of visits.
    pub successor_weight: f32,
    /// Of what the visit says as a history.
    pub history_weight: f32,
    /// Latest products of the visit that have a say.
    pub steps: usize,
}

impl Default for Next {
    fn default() -> Self {
        Self { successor_weight: 0.3, history_weight: 0.1, steps: 20 }
    }
}

impl Recommender for Next {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        // What the page is about is looked at now, whether the visit knows it yet or not.
        let before = request.visit.iter().filter(|product| !request.seeds.contains(product));
        let products = context.catalogue.products();
        let known = request.seeds.iter().chain(before).copied().filter(|&product| (product as usize) < products);
        let visit: &[Ordinal] = &known.take(self.steps).collect::<Vec<_>>();
        let mut selection = Selection::new(context, request);
        selection.block_bought_once(request);
        if let Some(&latest) = visit.first() {
            let Behaviour { sessions, successors, blend, next, content, .. } = context.behaviour;
            let mut said: FxHashMap<Ordinal, f32> = FxHashMap::default();
            blend.contributions(visit, next, content, |one| *said.entry(one.product).or_default() += one.score);
            let voices: [(f32, Vec<(Ordinal, f32)>); 3] = [
                (1.0, sessions.votes(visit)),
                (self.successor_weight, successors.row(latest).collect()),
                (self.history_weight, said.into_iter().collect()),
            ];
            let mut strengths: FxHashMap<Ordinal, f32> = FxHashMap::default();
            for (weight, voice) in voices {
                let loudest = voice.iter().map(|vote| vote.1).fold(f32::MIN_POSITIVE, f32::max);
                voice.iter().for_each(|vote| *strengths.entry(vote.0).or_default() += weight * vote.1 / loudest);
            }
            let reason = Reason::Follows { product: latest };
            let candidate = |(ordinal, strength)| Candidate { ordinal, tier: 1, strength, reason };
            selection.pick(strengths.into_iter().map(candidate).collect());
        }
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
        check(&Next::default());
    }

    #[test]
    fn a_visit_goes_where_visits_like_it_went() {
        let shop = Shop::with_journal();
        let found = shop.ask(&Next::default(), &Request { visit: &[6], limit: 2, ..Request::default() });
        assert_eq!(found[0].ordinal, 9, "those who looked at bread looked at honey next");
        assert_eq!(found[0].reason, Reason::Follows { product: 6 });
    }

    #[test]
    fn nobody_s_visit_gets_what_is_popular() {
        let shop = Shop::with_journal();
        let found = shop.ask(&Next::default(), &Request { limit: 1, ..Request::default() });
        assert_eq!((found[0].ordinal, &found[0].reason), (0, &Reason::Popular));
    }
}
