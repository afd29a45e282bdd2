//! Products that shoppers who viewed the product bought in the end, if they did so often and surely enough. Tier 1, the
//! strength is the shrunk probability, summed over the seeds. Nothing fills the row up: it says what shoppers did.

use std::collections::HashMap;

use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::ViewedThenBought,
    shows: "products that those who viewed a product bought in the end",
    needs: Needs::Products,
    filling: Filling::None,
    is_ordered: false,
    reasons: &["viewed_then_bought"],
    basis: |_| RowBasis::Products,
    recommender: Some(|| Box::new(ViewedThenBought)),
};

/// Purchases after a view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViewedThenBought;

impl Recommender for ViewedThenBought {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let mut sums: HashMap<Ordinal, TieredCandidate> = HashMap::new();
        for &seed in request.seeds {
            for neighbour in context.behaviour.viewed_then_bought.neighbours(seed) {
                // A table that the shop counted itself may come without evidence, and says nothing of one product.
                let Some(evidence) = neighbour.evidence else { continue };
                let (settings, tried) = (&context.evidence, context.catalogue.products());
                let Ok(confidence) = settings.admit(&evidence, settings.viewed_then_bought, tried) else { continue };
                let reason = Reason::ViewedThenBought { product: seed, together: evidence.together, confidence };
                let new = TieredCandidate { ordinal: neighbour.ordinal, tier: 1, strength: 0.0, reason };
                sums.entry(neighbour.ordinal).or_insert(new).strength += neighbour.score;
            }
        }
        let mut selection = Selection::new(context, request);
        selection.pick(sums.into_values().collect());
        selection.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::{TestShop, check};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn those_who_looked_at_the_other_phone_bought_this_one() {
        let found = TestShop::with_journal().ask(
            &ViewedThenBought,
            &RecommendRequest { seeds: &[Ordinal::new(1)], limit: 3, ..RecommendRequest::default() },
        );
        assert_eq!(found[0].ordinal, Ordinal::new(0));
        assert!(
            matches!(found[0].reason, Reason::ViewedThenBought { together: 10, confidence, .. } if confidence > 0.9)
        );
    }

    #[test]
    fn without_purchases_there_is_no_row() {
        let ask = |shop: &TestShop, seed: u32| {
            let request = RecommendRequest { seeds: &[Ordinal::new(seed)], limit: 9, ..RecommendRequest::default() };
            shop.ask(&ViewedThenBought, &request)
        };
        assert!(ask(&TestShop::without_journal(), 1).is_empty());
        assert!(ask(&TestShop::with_journal(), 9).is_empty(), "looked at, and nothing bought after it");
    }
}
