//! Products that shoppers who viewed the product bought in the end. Tier 1, the strength is the shrunk probability,
//! summed over the seeds; tier 0 fills up with popular products of its category, and after those with products similar
//! in words.

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
    title: "Bought in the end",
    shows: "products that those who viewed a product bought in the end",
    needs: Needs::Products,
    filling: Filling::CategoryPopular,
    is_ordered: false,
    reasons: &["viewed_then_bought", "same_category", "reads_like"],
    basis: |_| RowBasis::Products,
    because: |_, names| format!("bought in the end by those who looked at {names}"),
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
                let together = neighbour.evidence.map_or(0, |evidence| evidence.together);
                let reason = Reason::ViewedThenBought { product: seed, together };
                let new = TieredCandidate { ordinal: neighbour.ordinal, tier: 1, strength: 0.0, reason };
                sums.entry(neighbour.ordinal).or_insert(new).strength += neighbour.score;
            }
        }
        let mut selection = Selection::new(context, request);
        selection.pick(sums.into_values().collect());
        selection.fill_from_categories(request.seeds);
        let similar = request.seeds.iter().flat_map(|&seed| {
            let row = context.behaviour.content.row(seed);
            row.map(move |(ordinal, strength)| (ordinal, strength, Reason::ReadsLike { product: seed }))
        });
        let candidate = |(ordinal, strength, reason)| TieredCandidate { ordinal, tier: 0, strength, reason };
        selection.pick(similar.map(candidate).collect());
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
        assert_eq!(found[0].reason, Reason::ViewedThenBought { product: Ordinal::new(1), together: 10 });
    }
}
