//! What many shoppers want, most wanted first, then the rest as the shop lists it. One tier; the strength is the
//! popularity score. With a filter on a category this is its best-seller list.

use super::context::{RecommendContext, Request};
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

/// Popular products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Popular;

impl Recommender for Popular {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut selection = Selection::new(context, request);
        selection.fill(best_first(context));
        selection.finish()
    }
}

/// All products by popularity, in the lowest tier; the last are those newer than the journal.
pub(super) fn best_first<'a>(context: &RecommendContext<'a>) -> impl Iterator<Item = Candidate> + use<'a> {
    let popularity = &context.behaviour.popularity;
    let scores = popularity.scores();
    let newer = scores.len() as Ordinal..context.catalogue.products() as Ordinal;
    popularity.best_first().iter().copied().chain(newer).map(|ordinal| {
        let strength = scores.get(ordinal as usize).copied().unwrap_or_default();
        let reason = if strength > 0.0 { Reason::Popular } else { Reason::Listed };
        Candidate { ordinal, tier: 0, strength, reason }
    })
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Shop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&Popular);
    }

    #[test]
    fn the_most_wanted_comes_first_and_a_shop_without_a_journal_still_answers() {
        let shop = Shop::with_journal();
        let found = shop.ask(&Popular, &Request { limit: 3, ..Request::default() });
        assert_eq!(found.iter().map(|r| r.ordinal).collect::<Vec<_>>(), [0, 2, 8], "0 and 2 sell alike, so by ordinal");
        assert!(found.iter().all(|r| r.reason.is_for_everybody()));
        assert_eq!(Shop::without_journal().ask(&Popular, &Request { limit: 2, ..Request::default() }).len(), 2);
    }
}
