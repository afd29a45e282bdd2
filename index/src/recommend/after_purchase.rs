//! After an order: complements of the products bought (those the placement names, else those of the latest orders), and
//! products due again among all that were bought: first those that the shopper buys at a rhythm and needs now (tier 5),
//! last the others (tier 0). Both come from their own recommenders, so accessories keep their reasons and renewals their
//! dates. Products the shopper has are no accessories, nor is the main thing to the accessory that was bought: what costs
//! more than [`MAIN`] times as much as what it goes with, or what a product bought is made for.

use super::buy_again::BuyAgain;
use super::complementary::Complementary;
use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::AfterPurchase,
    shows: "accessories for products bought, and products due again",
    needs: Needs::ProductsOrShopper,
    filling: Filling::None,
    is_ordered: false,
    reasons: &["merchant", "bought_together", "variant_bought_together", "also_bought", "category_pair", "buy_again"],
    basis: |input| if input.seeds > 0 { RowBasis::Products } else { RowBasis::Purchases },
    recommender: Some(|| Box::new(AfterPurchase::default())),
};

/// The price of a main thing relative to its accessory's.
const MAIN: f64 = 2.0;
/// The tier of products that the shopper buys at a rhythm and needs now.
const TIER_OF_RHYTHM: u8 = 5;

/// Accessories and renewals after an order.
#[derive(Debug, Clone, PartialEq)]
pub struct AfterPurchase {
    /// The number of latest products bought whose accessories are shown.
    pub latest: usize,
    /// The source of accessories.
    pub accessories: Complementary,
    /// The source of renewals.
    pub renewals: BuyAgain,
}

impl Default for AfterPurchase {
    fn default() -> Self {
        Self { latest: 5, accessories: Complementary::default(), renewals: BuyAgain::default() }
    }
}

impl Recommender for AfterPurchase {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let latest: Vec<Ordinal> = request.bought.iter().take(self.latest).map(|bought| bought.ordinal).collect();
        let seeds = if request.seeds.is_empty() { &latest } else { request.seeds };
        let has = |candidate: &TieredCandidate| {
            let owned = request.purchased.iter().filter(|&&own| own.index() < context.catalogue.products());
            owned.chain(seeds).any(|&own| context.catalogue.same_group(own, candidate.ordinal))
        };
        let mut candidates = self.accessories.candidates(context, seeds);
        candidates.retain(|candidate| {
            !has(candidate) && (candidate.reason == Reason::Merchant || is_accessory(context, seeds, candidate.ordinal))
        });
        for due in self.renewals.due(context, request) {
            let is_habit = matches!(due.reason, Reason::BuyAgain { times: 3.., .. });
            candidates.push(TieredCandidate { tier: if is_habit { TIER_OF_RHYTHM } else { 0 }, ..due });
        }
        let mut selection = Selection::new(context, request).at_most_per_category(self.accessories.per_category);
        selection.pick(candidates);
        selection.finish()
    }
}

/// True if a product is none of the main things that the products bought go with.
fn is_accessory(context: &RecommendContext<'_>, bought: &[Ordinal], product: Ordinal) -> bool {
    let known: Vec<Ordinal> = bought.iter().copied().filter(|one| one.index() < context.catalogue.products()).collect();
    let is_made_for_it = |&one: &Ordinal| context.behaviour.kinds.is_made_for(&context.catalogue, one, product);
    let most = known.iter().filter_map(|&one| context.facts.price(one)).fold(0.0, f64::max);
    let dear = most > 0.0 && context.facts.price(product).is_some_and(|price| price > MAIN * most);
    !dear && !known.iter().any(is_made_for_it)
}

#[cfg(test)]
mod tests {
    use super::super::context::PurchasedProduct;
    use super::super::suite::{TestShop, check};
    use super::*;
    use crate::time::DAY_MS;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn the_main_thing_is_not_shown_after_its_accessory() {
        let mut shop = TestShop::with_journal();
        let ask = |shop: &TestShop| {
            let request = RecommendRequest { seeds: Ordinal::slice(&[2]), limit: 9, ..RecommendRequest::default() };
            shop.ask(&AfterPurchase::default(), &request).iter().map(|one| one.ordinal.get()).collect::<Vec<_>>()
        };
        assert!(ask(&shop).contains(&0), "prices unknown");
        shop.prices[2] = Some(2_000.0);
        assert!(!ask(&shop).contains(&0), "the phone after the case");
    }

    #[test]
    fn a_phone_gets_its_case_and_bread_its_next_loaf() {
        let bought = [(0, 9), (6, 1)].map(|(ordinal, day)| PurchasedProduct {
            ordinal: Ordinal::new(ordinal),
            last_ms: day * DAY_MS,
            times: 1,
            every_days: None,
            habit: 1.0,
        });
        let request = RecommendRequest {
            bought: &bought,
            purchased: Ordinal::slice(&[0, 6]),
            now_ms: 10 * DAY_MS,
            limit: 9,
            ..RecommendRequest::default()
        };
        let found = TestShop::with_journal().ask(&AfterPurchase::default(), &request);
        assert_eq!(found[0].ordinal, Ordinal::new(2), "{found:?}");
        assert!(
            found.iter().any(|one| one.ordinal.get() == 6 && matches!(one.reason, Reason::BuyAgain { .. })),
            "{found:?}"
        );
        assert!(found.iter().all(|one| one.ordinal.get() != 0), "has it");
    }
}
