//! After an order: what goes with the products bought (those the placement names,
//! else the latest orders'), then, on tier 0, what is due again of all that was
//! bought. Both come from their own recommenders, so accessories keep their
//! reasons and renewals their dates; what the shopper has is no accessory.

use super::buy_again::BuyAgain;
use super::complementary::Complementary;
use super::context::{RecommendContext, Request};
use super::select::{Candidate, Selection};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;

/// What helps with what was bought.
#[derive(Debug, Clone, PartialEq)]
pub struct AfterPurchase {
    /// Latest products bought that accessories are sought for.
    pub latest: usize,
    /// How accessories are found.
    pub accessories: Complementary,
    /// How renewals are timed.
    pub renewals: BuyAgain,
}

impl Default for AfterPurchase {
    fn default() -> Self {
        Self { latest: 5, accessories: Complementary::default(), renewals: BuyAgain::default() }
    }
}

impl Recommender for AfterPurchase {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let latest: Vec<Ordinal> = request.bought.iter().take(self.latest).map(|bought| bought.ordinal).collect();
        let seeds = if request.seeds.is_empty() { &latest } else { request.seeds };
        let has = |candidate: &Candidate| {
            let owned = request.purchased.iter().filter(|&&own| (own as usize) < context.catalogue.products());
            owned.chain(seeds).any(|&own| context.catalogue.same_group(own, candidate.ordinal))
        };
        let mut candidates = self.accessories.candidates(context, seeds);
        candidates.retain(|candidate| !has(candidate));
        let due = self.renewals.due(context, request).into_iter();
        candidates.extend(due.map(|candidate| Candidate { tier: 0, ..candidate }));
        let mut selection = Selection::new(context, request).at_most_per_category(self.accessories.per_category);
        selection.pick(candidates);
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::Bought;
    use super::super::reason::Reason;
    use super::super::suite::{Shop, check};
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&AfterPurchase::default());
    }

    #[test]
    fn a_phone_gets_its_case_and_bread_its_next_loaf() {
        let bought = [(0, 9), (6, 1)].map(|(ordinal, day)| Bought {
            ordinal,
            last_ms: day * DAY,
            times: 1,
            every_days: None,
            habit: 1.0,
        });
        let request = Request { bought: &bought, purchased: &[0, 6], now_ms: 10 * DAY, limit: 9, ..Request::default() };
        let found = Shop::with_journal().ask(&AfterPurchase::default(), &request);
        assert_eq!(found[0].ordinal, 2, "{found:?}");
        assert!(found.iter().any(|one| one.ordinal == 6 && matches!(one.reason, Reason::BuyAgain { .. })), "{found:?}");
        assert!(found.iter().all(|one| one.ordinal != 0), "has it");
    }
}
