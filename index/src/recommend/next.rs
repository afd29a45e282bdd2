//! The likely next products of the visit under way: the votes of similar visits, plus .3 times the products that mostly
//! follow the latest one directly, plus .1 times the contributions of the visit as a history, each of the three divided
//! by its own maximum. Tier 1. Only without a visit and a product to go by does it show popular products (tier 0). Products
//! of the visit may come again, because shoppers go back and forth; the product on the page may not, nor may purchases
//! that are seldom repeated, nor what is for other people or fits another model than the product on the page.

use rustc_hash::FxHashMap;

use super::alternative::is_alternative;
use super::context::{RecommendContext, RecommendRequest};
use super::popular;
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate};
use super::{Recommendation, Recommender};
use crate::behaviour::{Behaviour, ModelFit};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::Next,
    shows: "likely next products of the visit under way",
    needs: Needs::ProductsOrShopper,
    filling: Filling::ShopPopular,
    is_ordered: false,
    reasons: &["recently_viewed", "viewed_together", "reads_like", "follows", "popular", "listed"],
    basis: |input| match input {
        input if input.visit > 0 => RowBasis::Visit,
        input if input.seeds > 0 => RowBasis::Products,
        input => RowBasis::history_or_shop(input),
    },
    recommender: Some(|| Box::new(Next::default())),
};

/// The next products of a visit, and the weights of the three sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// The weight of direct successors of the latest product; that of similar visits is 1.
    pub successor_weight: f32,
    /// The weight of the visit as a history.
    pub history_weight: f32,
    /// The number of latest products of the visit that count.
    pub steps: usize,
}

impl Default for Next {
    fn default() -> Self {
        Self { successor_weight: 0.3, history_weight: 0.1, steps: 20 }
    }
}

impl Recommender for Next {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        // The products of the page are viewed right now, even if their event has not arrived yet.
        let before = request.visit.iter().filter(|product| !request.seeds.contains(product));
        let products = context.catalogue.products();
        let known = request.seeds.iter().chain(before).copied().filter(|&product| product.index() < products);
        let visit: &[Ordinal] = &known.take(self.steps).collect::<Vec<_>>();
        let mut selection = Selection::new(context, request);
        selection.block_bought_once(request);
        if let Some(&latest) = visit.first() {
            let mut likely: Vec<(Ordinal, f32)> = self.strengths(context, visit, latest).into_iter().collect();
            likely.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            // Reasons are looked up only for as many as the row takes.
            selection.fill(likely.into_iter().filter_map(|(ordinal, strength)| {
                let fits = !request.seeds.iter().any(|&seed| is_for_another(context, seed, ordinal));
                let reason = reason(context, visit, ordinal).filter(|_| fits)?;
                Some(TieredCandidate { ordinal, tier: 1, strength, reason })
            }));
        }
        if visit.is_empty() || context.evidence.follows == 0 {
            selection.fill(popular::best_first(context));
        }
        selection.finish()
    }
}

impl Next {
    /// The weighted sum of the three sources for a visit, the latest product first.
    fn strengths(&self, context: &RecommendContext<'_>, visit: &[Ordinal], latest: Ordinal) -> FxHashMap<Ordinal, f32> {
        let Behaviour { sessions, successors, blend, next, content, .. } = context.behaviour;
        let mut contributions: FxHashMap<Ordinal, f32> = FxHashMap::default();
        blend.contributions(visit, next, content, |one| *contributions.entry(one.product).or_default() += one.score);
        let sources: [(f32, Vec<(Ordinal, f32)>); 3] = [
            (1.0, sessions.votes(visit)),
            (self.successor_weight, successors.row(latest).collect()),
            (self.history_weight, contributions.into_iter().collect()),
        ];
        let mut strengths: FxHashMap<Ordinal, f32> = FxHashMap::default();
        for (weight, source) in sources {
            let most = source.iter().map(|one| one.1).fold(f32::MIN_POSITIVE, f32::max);
            source.iter().for_each(|one| *strengths.entry(one.0).or_default() += weight * one.1 / most);
        }
        strengths
    }
}

/// True for what is for other people, or made for another model, than a product on the page.
fn is_for_another(context: &RecommendContext<'_>, seed: Ordinal, other: Ordinal) -> bool {
    let RecommendContext { behaviour, catalogue, facts, evidence, .. } = context;
    evidence.follows > 0
        && seed.index() < catalogue.products()
        && (facts.for_others(seed, other) || behaviour.kinds.fit(catalogue, seed, other) == ModelFit::OtherModel)
}

/// The reason for a product: it was viewed in the visit, or the latest product of the visit has past visits with both,
/// people with both, or similar texts. A product without evidence is not shown.
fn reason(context: &RecommendContext<'_>, visit: &[Ordinal], ordinal: Ordinal) -> Option<Reason> {
    let Behaviour { sessions, next, content, .. } = context.behaviour;
    let others = || visit.iter().copied();
    if visit.contains(&ordinal) {
        return Some(Reason::RecentlyViewed);
    }
    let least = context.evidence.follows.max(1);
    let visits = others().map(|product| (product, sessions.together(product, ordinal)));
    if let Some((product, visits)) = visits.into_iter().find(|one| one.1 >= least) {
        return Some(Reason::ViewedTogether { product, visits });
    }
    others().find_map(|product| {
        let pair = next.neighbours(product).find(|one| one.ordinal == ordinal);
        let pair =
            pair.filter(|pair| context.evidence.admits_follower(pair.evidence.as_ref(), context.catalogue.products()));
        let people = pair.map(|pair| pair.evidence.map_or(0, |evidence| evidence.together));
        let similar = || {
            let near = content.row(product).find(|one| one.0 == ordinal);
            near.filter(|_| is_alternative(context, product, ordinal))
        };
        match people {
            Some(people) => Some(Reason::Follows { product, people }),
            None => similar().map(|(_, similarity)| Reason::ReadsLike { product, similarity }),
        }
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
    fn a_visit_goes_where_visits_like_it_went() {
        let shop = TestShop::with_journal();
        let found = shop.ask(
            &Next::default(),
            &RecommendRequest { visit: &[Ordinal::new(6)], limit: 2, ..RecommendRequest::default() },
        );
        assert_eq!(found[0].ordinal, Ordinal::new(9), "those who looked at bread looked at honey next");
        assert_eq!(found[0].reason, Reason::ViewedTogether { product: Ordinal::new(6), visits: 5 });
    }

    #[test]
    fn a_product_with_nothing_to_follow_it_has_a_short_row() {
        let shop = TestShop::with_journal();
        for seed in 0..10 {
            let seeds = &[Ordinal::new(seed)];
            let found =
                shop.ask(&Next::default(), &RecommendRequest { seeds, limit: 9, ..RecommendRequest::default() });
            let is_filling = |one: &Recommendation| matches!(one.reason, Reason::Popular { .. } | Reason::Listed);
            assert!(!found.iter().any(is_filling), "{seed}: {found:?}");
        }
    }

    #[test]
    fn nobody_s_visit_gets_what_is_popular() {
        let shop = TestShop::with_journal();
        let found = shop.ask(&Next::default(), &RecommendRequest { limit: 1, ..RecommendRequest::default() });
        assert_eq!((found[0].ordinal.get(), &found[0].reason), (0, &Reason::Popular { people: 30 }));
    }
}
