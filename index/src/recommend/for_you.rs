//! What this shopper may want: what the history says through the next-item and
//! the content table ([`crate::behaviour::Blend`]), plus the weighted cosine to
//! the nearest interest vector. Where the reindex learned an order of what a
//! history speaks for, the loudest come in that. Tier 1; tier 0 fills up with what
//! is popular. What was bought, and its variants, is left out.

use rustc_hash::FxHashMap;

use super::context::{RecommendContext, Request};
use super::popular;
use super::reason::Reason;
use super::select::{Candidate, Selection, best_first};
use super::{ForYouFeatures, RERANK_DEPTH, Recommendation, Recommender};
use crate::behaviour::{Behaviour, HistoryContribution};
use crate::id::Ordinal;

/// Products a history speaks for that are weighed, the loudest.
const LOUDEST: usize = 300;

/// How history and taste are mixed.
#[derive(Debug, Clone, PartialEq)]
pub struct ForYou {
    /// What a cosine of 1 adds.
    pub taste_weight: f32,
    /// Neighbours asked of the vectors for each interest.
    pub neighbours: usize,
}

impl Default for ForYou {
    fn default() -> Self {
        Self { taste_weight: 0.2, neighbours: 40 }
    }
}

/// What speaks for one product.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    said: f32,
    /// The loudest voice.
    loudest: Option<HistoryContribution>,
}

impl Recommender for ForYou {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let candidates = || self.candidates(context, request);
        let candidates = context.kept.map_or_else(|| candidates().into(), |kept| kept.spoken(request, candidates));
        let mut selection = Selection::new(context, request);
        selection.block(request.purchased);
        // They come best first.
        selection.fill(candidates.iter().copied());
        selection.fill(popular::best_first(context));
        selection.finish()
    }
}

impl ForYou {
    /// What the history and the tastes speak for, best first.
    fn candidates(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Candidate> {
        let mut found = said(context, request);
        // A history that speaks for many needs no more: taste then weighs the loudest.
        if let Some(vectors) = context.vectors.filter(|_| found.len() < RERANK_DEPTH) {
            for interest in request.interests {
                // What is kept must hold when something comes back into stock.
                let near = match context.kept {
                    Some(_) => vectors.nearest_of_all(interest.vector, 2 * self.neighbours),
                    None => vectors.nearest(interest.vector, self.neighbours),
                };
                for (ordinal, _) in near {
                    found.entry(ordinal).or_default();
                }
            }
        }
        let shown = |one: &(Ordinal, Evidence)| context.kept.is_some() || (context.allowed)(one.0);
        let mut found: Vec<(Ordinal, Evidence)> = found.into_iter().filter(shown).collect();
        if found.len() > LOUDEST {
            let louder =
                |a: &(Ordinal, Evidence), b: &(Ordinal, Evidence)| b.1.said.total_cmp(&a.1.said).then(a.0.cmp(&b.0));
            found.select_nth_unstable_by(LOUDEST, louder);
            found.truncate(LOUDEST);
        }
        let candidates = found.into_iter().filter_map(|(ordinal, evidence)| {
            let (taste, similarity) = request.taste(context, ordinal);
            let taste = self.taste_weight * taste;
            let strength = evidence.said + taste;
            let reason = match evidence.loudest.filter(|_| evidence.said > taste) {
                Some(HistoryContribution { source, content: true, .. }) => Reason::ReadsLike { product: source },
                Some(HistoryContribution { source, .. }) => Reason::Follows { product: source },
                None => Reason::Taste { similarity },
            };
            (strength > 0.0).then_some(Candidate { ordinal, tier: 1, strength, reason })
        });
        let mut candidates: Vec<Candidate> = candidates.collect();
        candidates.sort_unstable_by(best_first);
        reorder(context, request, &mut candidates);
        candidates
    }
}

/// The loudest in the order that was learned, where one was: it hands out their strengths anew.
fn reorder(context: &RecommendContext<'_>, request: &Request<'_>, candidates: &mut [Candidate]) {
    let Some(foreseen) = context.foreseen else { return };
    let Behaviour { blend, next, content, sequence_weights: worth, .. } = context.behaviour;
    // What was met already was never to be foreseen.
    let new = (0..candidates.len()).filter(|&at| !request.history.contains(&candidates[at].ordinal));
    let places: Vec<usize> = new.take(RERANK_DEPTH).collect();
    let loudest: Vec<Candidate> = places.iter().map(|&at| candidates[at]).collect();
    let most = loudest.first().map_or(1.0, |first| first.strength).max(f32::MIN_POSITIVE);
    let products: Vec<Ordinal> = loudest.iter().map(|one| one.ordinal).collect();
    let catalogue = context.catalogue;
    let features = ForYouFeatures { next, content, blend, interaction_weights: worth, catalogue };
    let rows = features.rows(request.history, &products);
    let loud: Vec<f32> = loudest.iter().map(|one| one.strength / most).collect();
    let mut order: Vec<(f32, &Candidate)> = foreseen(&loud, &rows).into_iter().zip(&loudest).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (at, (_, one)) in places.into_iter().zip(order) {
        candidates[at] = Candidate { strength: candidates[at].strength, ..*one };
    }
}

fn said(context: &RecommendContext<'_>, request: &Request<'_>) -> FxHashMap<Ordinal, Evidence> {
    let mut found: FxHashMap<Ordinal, Evidence> = FxHashMap::default();
    let Behaviour { blend, next, content, .. } = context.behaviour;
    blend.contributions(request.history, next, content, |one| {
        let evidence = found.entry(one.product).or_default();
        evidence.said += one.score;
        if evidence.loudest.is_none_or(|loudest| one.score > loudest.score) {
            evidence.loudest = Some(one);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::context::Interest;
    use super::super::suite::{Shop, check};
    use super::super::{FOR_YOU_FEATURES, Kept};
    use super::*;

    #[test]
    fn it_keeps_the_promises_of_every_recommender() {
        check(&ForYou::default());
    }

    #[test]
    fn the_latest_step_speaks_loudest() {
        let shop = Shop::with_journal();
        let request = Request { history: &[8, 0], purchased: &[8, 0], limit: 9, ..Request::default() };
        let found = shop.ask(&ForYou::default(), &request);
        assert_eq!(found[0].ordinal, 7, "follows 8");
        assert_eq!(found[0].reason, Reason::Follows { product: 8 });
        assert!(found.iter().all(|r| r.ordinal != 8 && r.ordinal != 0), "bought already");
    }

    #[test]
    fn a_learned_order_hands_out_the_same_strengths_anew() {
        let shop = Shop::with_journal();
        let request = Request { history: &[8, 0], limit: 4, ..Request::default() };
        let plain = shop.ask(&ForYou::default(), &request);
        let last_first = |_: &[f32], rows: &[f32]| rows.chunks_exact(FOR_YOU_FEATURES).map(|row| row[1]).collect();
        let turned = shop.with_context(|context| {
            let context = RecommendContext { foreseen: Some(&last_first), ..*context };
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
    fn what_is_kept_follows_the_stock_and_belongs_to_one_history() {
        let shop = Shop::with_journal();
        let kept = Kept::default();
        let ask = |history: &[Ordinal], sold_out: Ordinal| {
            shop.with_context(|context| {
                let allowed = |ordinal| ordinal != sold_out;
                let context = RecommendContext { kept: Some(&kept), allowed: &allowed, ..*context };
                let found = ForYou::default().recommend(&context, &Request { history, limit: 4, ..Request::default() });
                found.iter().map(|one| one.ordinal).collect::<Vec<_>>()
            })
        };
        let best = ask(&[8, 0], Ordinal::MAX);
        assert_ne!(ask(&[8, 0], best[0])[0], best[0], "sold out");
        assert_eq!(ask(&[8, 0], Ordinal::MAX), best, "back again");
        assert_ne!(ask(&[6], Ordinal::MAX), best, "another shopper");
    }

    #[test]
    fn taste_finds_products_nobody_met_yet() {
        let shop = Shop::with_journal();
        let vector = shop.vectors[9].clone();
        let interests = [Interest { vector: &vector, weight: 1.0 }];
        let found = shop.ask(&ForYou::default(), &Request { interests: &interests, limit: 3, ..Request::default() });
        assert_eq!(found[0].ordinal, 9);
        assert!(matches!(found[0].reason, Reason::Taste { similarity } if similarity > 0.999));
    }

    #[test]
    fn a_stranger_gets_what_is_popular_and_is_told_so() {
        let shop = Shop::with_journal();
        let found = shop.ask(&ForYou::default(), &Request { limit: 2, ..Request::default() });
        assert_eq!(
            found.iter().map(|r| (r.ordinal, &r.reason)).collect::<Vec<_>>(),
            [(0, &Reason::Popular), (2, &Reason::Popular)]
        );
    }
}
