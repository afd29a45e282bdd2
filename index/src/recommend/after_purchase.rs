//! After an order: complements of the products bought (those the placement names, else those of the latest orders),
//! then, in tier 0, products due again among all that were bought. Both come from their own recommenders, so
//! accessories keep their reasons and renewals their dates. Products the shopper has are no accessories.

use super::buy_again::BuyAgain;
use super::complementary::Complementary;
use super::context::{RecommendContext, RecommendRequest};
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::AfterPurchase,
    title: "For what you bought",
    shows: "accessories for products bought, and products due again",
    needs: Needs::ProductsOrShopper,
    filling: Filling::None,
    is_ordered: false,
    reasons: &[
        "merchant",
        "bought_together",
        "variant_bought_together",
        "also_bought",
        "category_pair",
        "reads_like",
        "buy_again",
    ],
    basis: |input| if input.seeds > 0 { RowBasis::Products } else { RowBasis::Purchases },
    because: |basis, names| match basis {
        RowBasis::Products => format!("helps with {names}"),
        _ => "helps with what you bought".to_owned(),
    },
    recommender: Some(|| Box::new(AfterPurchase::default())),
};

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
        candidates.retain(|candidate| !has(candidate));
        let due = self.renewals.due(context, request).into_iter();
        candidates.extend(due.map(|candidate| TieredCandidate { tier: 0, ..candidate }));
        let mut selection = Selection::new(context, request).at_most_per_category(self.accessories.per_category);
        selection.pick(candidates);
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::PurchasedProduct;
    use super::super::reason::Reason;
    use super::super::suite::{TestShop, check};
    use super::*;
    use crate::time::DAY_MS;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
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
