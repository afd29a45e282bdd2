//! Products this shopper may want: the contributions of the history through the next-item and the content table
//! ([`crate::behaviour::Blend`]), plus the weighted cosine to the nearest interest vector. If the reindex trained a
//! reranker for this shop, it reorders the highest-scoring candidates. Tier 1; tier 0 fills up with popular products.
//! Purchases and their variants are left out.

use rustc_hash::FxHashMap;

use super::alternative::is_alternative;
use super::context::{RecommendContext, RecommendRequest};
use super::popular;
use super::reason::Reason;
use super::registry::{Description, Filling, Needs, RowBasis};
use super::select::{Selection, TieredCandidate, best_first};
use super::{ForYouFeatures, RERANK_DEPTH, Recommendation, Recommender};
use crate::behaviour::{Behaviour, HistoryContribution};
use crate::id::Ordinal;
use crate::placement::PlacementKind;

pub(super) const DESCRIPTION: Description = Description {
    kind: PlacementKind::ForYou,
    shows: "products this shopper may want next",
    needs: Needs::Shopper,
    filling: Filling::ShopPopular,
    is_ordered: false,
    reasons: &["recently_viewed", "variant_viewed", "follows", "reads_like", "taste", "popular", "listed"],
    basis: RowBasis::history_or_shop,
    recommender: Some(|| Box::new(ForYou::default())),
};

/// Candidates that are scored, those with the highest contributions.
const CANDIDATES: usize = 300;

/// Products for one shopper, and the weight of the interests.
#[derive(Debug, Clone, PartialEq)]
pub struct ForYou {
    /// The score that a cosine of 1 adds.
    pub taste_weight: f32,
    /// The number of neighbours searched for in the vectors for each interest.
    pub neighbours: usize,
}

impl Default for ForYou {
    fn default() -> Self {
        Self { taste_weight: 0.2, neighbours: 40 }
    }
}

/// The contributions of a history to one product.
#[derive(Debug, Clone, Copy, Default)]
struct Contributions {
    score: f32,
    /// The largest contribution, which gives the reason.
    top: Option<HistoryContribution>,
}

impl Recommender for ForYou {
    fn recommend(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<Recommendation> {
        let candidates = || self.candidates(context, request);
        let candidates =
            context.lists.map_or_else(|| candidates().into(), |lists| lists.candidates(request, candidates));
        let mut selection = Selection::new(context, request);
        selection.block(request.purchased);
        // They are sorted already.
        selection.fill(candidates.iter().copied());
        selection.fill(popular::best_first(context));
        selection.finish()
    }
}

impl ForYou {
    /// The candidates of the history and the interests, best first. With a list cache they ignore stock and filters.
    fn candidates(&self, context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> Vec<TieredCandidate> {
        let mut found = contributions(context, request);
        // A history with many candidates needs no more of the vectors: interests only change their scores.
        if let Some(vectors) = context.vectors.filter(|_| found.len() < RERANK_DEPTH) {
            for interest in request.interests {
                // A cached list must still hold when a product comes back into stock.
                let near = match context.lists {
                    Some(_) => vectors.nearest_of_all(interest.vector, 2 * self.neighbours),
                    None => vectors.nearest(interest.vector, self.neighbours),
                };
                for (ordinal, _) in near {
                    found.entry(ordinal).or_default();
                }
            }
        }
        let is_allowed = |one: &(Ordinal, Contributions)| context.lists.is_some() || (context.allowed)(one.0);
        let mut found: Vec<(Ordinal, Contributions)> = found.into_iter().filter(is_allowed).collect();
        if found.len() > CANDIDATES {
            let by_score = |a: &(Ordinal, Contributions), b: &(Ordinal, Contributions)| {
                b.1.score.total_cmp(&a.1.score).then(a.0.cmp(&b.0))
            };
            found.select_nth_unstable_by(CANDIDATES, by_score);
            found.truncate(CANDIDATES);
        }
        let candidates = found.into_iter().filter_map(|(ordinal, contributions)| {
            let (taste, similarity) = request.taste(context, ordinal);
            let taste = self.taste_weight * taste;
            let strength = contributions.score + taste;
            let top = contributions.top.filter(|_| contributions.score > taste);
            let reason = reason(context, request, ordinal, top).unwrap_or(Reason::Taste { similarity });
            let likeness = match reason {
                Reason::Taste { similarity } => similarity,
                _ => f32::INFINITY,
            };
            let is_sure = strength > 0.0 && likeness >= context.evidence.taste;
            is_sure.then_some(TieredCandidate { ordinal, tier: 1, strength, reason })
        });
        let mut candidates: Vec<TieredCandidate> = candidates.collect();
        candidates.sort_unstable_by(best_first);
        rerank(context, request, &mut candidates);
        candidates
    }
}

/// The reason for a candidate with its largest contribution, if the contribution has evidence. A product that the shopper
/// looked at before needs no other product as its cause.
fn reason(
    context: &RecommendContext<'_>,
    request: &RecommendRequest<'_>,
    ordinal: Ordinal,
    top: Option<HistoryContribution>,
) -> Option<Reason> {
    let products = context.catalogue.products();
    if request.history.contains(&ordinal) {
        return Some(Reason::RecentlyViewed);
    }
    let mut known = request.history.iter().filter(|&&one| one.index() < products);
    if ordinal.index() < products && known.any(|&one| context.catalogue.same_group(one, ordinal)) {
        return Some(Reason::VariantViewed);
    }
    let HistoryContribution { source: product, content, .. } = top?;
    if content {
        // Texts share words by chance: only what serves the same need is said to be similar.
        if !is_alternative(context, product, ordinal) {
            return None;
        }
        let (_, similarity) = context.behaviour.content.row(product).find(|one| one.0 == ordinal)?;
        return Some(Reason::ReadsLike { product, similarity });
    }
    let pair = context.behaviour.next.neighbours(product).find(|one| one.ordinal == ordinal)?;
    let people = pair.evidence.map_or(0, |evidence| evidence.together);
    context.evidence.admits_follower(pair.evidence.as_ref(), products).then_some(Reason::Follows { product, people })
}

/// Reorders the highest-scoring candidates by the trained reranker, if there is one. The strengths stay at their places
/// in the list, so that the new order fits in with the candidates that are not reordered.
fn rerank(context: &RecommendContext<'_>, request: &RecommendRequest<'_>, candidates: &mut [TieredCandidate]) {
    let Some(reranker) = context.reranker else { return };
    let Behaviour { blend, next, content, sequence_weights, .. } = context.behaviour;
    // Products of the history keep their places: in training they were no candidates.
    let is_new = |at: &usize| !request.history.contains(&candidates[*at].ordinal);
    let places: Vec<usize> = (0..candidates.len()).filter(is_new).take(RERANK_DEPTH).collect();
    let top: Vec<TieredCandidate> = places.iter().map(|&at| candidates[at]).collect();
    let most = top.first().map_or(1.0, |first| first.strength).max(f32::MIN_POSITIVE);
    let products: Vec<Ordinal> = top.iter().map(|one| one.ordinal).collect();
    let features =
        ForYouFeatures { next, content, blend, interaction_weights: sequence_weights, catalogue: context.catalogue };
    let rows = features.rows(request.history, &products);
    let relative: Vec<f32> = top.iter().map(|one| one.strength / most).collect();
    let mut order: Vec<(f32, &TieredCandidate)> = reranker(&relative, &rows).into_iter().zip(&top).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (at, (_, one)) in places.into_iter().zip(order) {
        candidates[at] = TieredCandidate { strength: candidates[at].strength, ..*one };
    }
}

/// The contributions of the history to every product that it leads to.
fn contributions(context: &RecommendContext<'_>, request: &RecommendRequest<'_>) -> FxHashMap<Ordinal, Contributions> {
    let mut found: FxHashMap<Ordinal, Contributions> = FxHashMap::default();
    let Behaviour { blend, next, content, .. } = context.behaviour;
    blend.contributions(request.history, next, content, |contribution| {
        let sum = found.entry(contribution.product).or_default();
        sum.score += contribution.score;
        if sum.top.is_none_or(|top| contribution.score > top.score) {
            sum.top = Some(contribution);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::context::Interest;
    use super::super::suite::{TestShop, check};
    use super::super::{FOR_YOU_FEATURES, ListCache};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&DESCRIPTION);
    }

    #[test]
    fn the_latest_step_contributes_most() {
        let shop = TestShop::with_journal();
        let request = RecommendRequest {
            history: Ordinal::slice(&[8, 0]),
            purchased: Ordinal::slice(&[8, 0]),
            limit: 9,
            ..RecommendRequest::default()
        };
        let found = shop.ask(&ForYou::default(), &request);
        assert_eq!(found[0].ordinal, Ordinal::new(7), "follows 8");
        assert_eq!(found[0].reason, Reason::Follows { product: Ordinal::new(8), people: 25 });
        assert!(found.iter().all(|r| r.ordinal != Ordinal::new(8) && r.ordinal != Ordinal::new(0)), "bought already");
    }

    #[test]
    fn a_reranker_leaves_the_strengths_at_their_places() {
        let shop = TestShop::with_journal();
        let request = RecommendRequest { history: Ordinal::slice(&[8, 0]), limit: 4, ..RecommendRequest::default() };
        let plain = shop.ask(&ForYou::default(), &request);
        let last_first = |_: &[f32], rows: &[f32]| rows.chunks_exact(FOR_YOU_FEATURES).map(|row| row[1]).collect();
        let turned = shop.with_context(|context| {
            let context = RecommendContext { reranker: Some(&last_first), ..*context };
            ForYou::default().recommend(&context, &request)
        });
        let new = |found: &[Recommendation]| -> Vec<Ordinal> {
            let follows = found.iter().filter(|one| matches!(one.reason, Reason::Follows { .. }));
            follows.map(|one| one.ordinal).filter(|ordinal| !request.history.contains(ordinal)).collect()
        };
        let mut expected = new(&plain);
        expected.reverse();
        assert!(expected.len() > 1, "{plain:?}");
        assert_eq!(new(&turned), expected);
        let scores = |found: &[Recommendation]| found.iter().map(|one| one.score).collect::<Vec<_>>();
        assert_eq!(scores(&turned), scores(&plain));
    }

    #[test]
    fn cached_candidates_follow_the_stock_and_belong_to_one_history() {
        let shop = TestShop::with_journal();
        let lists = ListCache::default();
        let ask = |history: &[u32], sold_out: Option<Ordinal>| {
            let history = Ordinal::slice(history);
            shop.with_context(|context| {
                let allowed = |ordinal| Some(ordinal) != sold_out;
                let context = RecommendContext { lists: Some(&lists), allowed: &allowed, ..*context };
                let found = ForYou::default()
                    .recommend(&context, &RecommendRequest { history, limit: 4, ..RecommendRequest::default() });
                found.iter().map(|one| one.ordinal).collect::<Vec<_>>()
            })
        };
        let best = ask(&[8, 0], None);
        assert_ne!(ask(&[8, 0], Some(best[0]))[0], best[0], "sold out");
        assert_eq!(ask(&[8, 0], None), best, "back again");
        assert_ne!(ask(&[6], None), best, "another shopper");
    }

    #[test]
    fn taste_finds_products_without_interactions() {
        let shop = TestShop::with_journal();
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        let found = shop.ask(
            &ForYou::default(),
            &RecommendRequest { interests: &interests, limit: 3, ..RecommendRequest::default() },
        );
        assert_eq!(found[0].ordinal, Ordinal::new(9));
        assert!(matches!(found[0].reason, Reason::Taste { similarity } if similarity > 0.999));
    }

    #[test]
    fn a_stranger_gets_popular_products_with_that_reason() {
        let shop = TestShop::with_journal();
        let found = shop.ask(&ForYou::default(), &RecommendRequest { limit: 2, ..RecommendRequest::default() });
        assert_eq!(
            found.iter().map(|r| (r.ordinal.get(), &r.reason)).collect::<Vec<_>>(),
            [(0, &Reason::Popular { people: 30 }), (2, &Reason::Popular { people: 30 })]
        );
    }
}
