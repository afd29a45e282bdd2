//! Popular products, the most popular first, then the others in the order of the shop's list. One tier; the strength is
//! the popularity score. Narrowed to a category, this is its best-seller list.

use super::context::{RecommendContext, RecommendRequest};
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Popular,
    shows: "products in demand with all shoppers",
    needs: Needs::Nothing,
    filling: Filling::ShopPopular,
    is_ordered: false,
    reasons: &["popular", "listed"],
    basis: |_| RowBasis::Shop,
    recommender: Some(|| Box::new(Popular)),
};

/// Popular products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Popular;

impl Recommender for Popular {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let mut selection = Selection::new(context, request);
        selection.fill(best_first(context));
        selection.finish()
    }
}

/// All products by popularity, in the lowest tier; products added since the reindex come last. Only what enough people
/// want is called popular.
pub(super) fn best_first<'a>(context: &RecommendContext<'a>) -> impl Iterator<Item = TieredCandidate> + use<'a> {
    let popularity = &context.behaviour.popularity;
    let scores = popularity.scores();
    let least = context.evidence.popular;
    let newer = (scores.len()..context.catalogue.products()).map(Ordinal::from_index);
    popularity.best_first().iter().copied().chain(newer).map(move |ordinal| {
        let strength = scores.get(ordinal.index()).copied().unwrap_or_default();
        let people = popularity.people(ordinal);
        let is_popular = strength > 0.0 && people >= least;
        let reason = if is_popular { Reason::Popular { people } } else { Reason::Listed };
        TieredCandidate { ordinal, tier: 0, strength, reason }
    })
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
    fn the_most_wanted_comes_first_and_a_shop_without_a_journal_still_answers() {
        let shop = TestShop::with_journal();
        let found = shop.ask(&Popular, &RecommendRequest { limit: 3, ..RecommendRequest::default() });
        assert_eq!(
            found.iter().map(|r| r.ordinal).collect::<Vec<_>>(),
            Ordinal::array([0, 2, 7]),
            "0 and 2 sell alike, so by ordinal; 7 sells as jam 8 does, whose views of the same day count no more"
        );
        assert!(found.iter().all(|r| r.reason.is_for_everybody()));
        assert_eq!(
            TestShop::without_journal()
                .ask(&Popular, &RecommendRequest { limit: 2, ..RecommendRequest::default() })
                .len(),
            2
        );
    }
}
