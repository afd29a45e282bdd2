//! What this shopper may want: what the history says through the next-item and
//! the content table ([`crate::behaviour::Blend`]), plus the weighted cosine to
//! the nearest interest vector. Where the reindex learned an order of what a
//! history speaks for, the loudest come in that. Tier 1; tier 0 fills up with what
//! is popular. What was bought, and its variants, is left out.

use std::collections::HashMap;

use super::context::{RecommendContext, Request};
use super::popular;
use super::reason::Reason;
use super::select::{Candidate, Selection};
use super::{DEPTH, FEATURES, Foresight, Recommendation, Recommender};
use crate::behaviour::{Behaviour, Voice};
use crate::id::Ordinal;

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
    loudest: Option<Voice>,
}

impl Recommender for ForYou {
    fn recommend(&self, context: &RecommendContext<'_>, request: &Request<'_>) -> Vec<Recommendation> {
        let mut found = said(context, request);
        // A history that speaks for many needs no more: taste then weighs those.
        if let Some(vectors) = context.vectors.filter(|_| found.len() < DEPTH) {
            for interest in request.interests {
                for (ordinal, _) in vectors.nearest(interest.vector, self.neighbours) {
                    found.entry(ordinal).or_default();
                }
            }
        }
        let candidates = found.into_iter().filter_map(|(ordinal, evidence)| {
            let (taste, similarity) = request.taste(context, ordinal);
            let taste = self.taste_weight * taste;
            let strength = evidence.said + taste;
            let reason = match evidence.loudest.filter(|_| evidence.said > taste) {
                Some(Voice { met, content: true, .. }) => Reason::ReadsLike { product: met },
                Some(Voice { met, .. }) => Reason::Follows { product: met },
                None => Reason::Taste { similarity },
            };
            (strength > 0.0).then_some(Candidate { ordinal, tier: 1, strength, reason })
        });
        let candidates = reordered(context, request, candidates.collect());
        let mut selection = Selection::new(context, request);
        selection.block(request.purchased);
        selection.pick(candidates);
        selection.fill(popular::best_first(context));
        selection.finish()
    }
}

/// The loudest in the order that was learned, where one was: it hands out their strengths anew.
fn reordered(context: &RecommendContext<'_>, request: &Request<'_>, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let Some(foreseen) = context.foreseen else { return candidates };
    let Behaviour { blend, next, content, worth, .. } = context.behaviour;
    candidates.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.ordinal.cmp(&b.ordinal)));
    // What was met already was never to be foreseen.
    let new = (0..candidates.len()).filter(|&at| !request.history.contains(&candidates[at].ordinal));
    let places: Vec<usize> = new.take(DEPTH).collect();
    let loudest: Vec<Candidate> = places.iter().map(|&at| candidates[at]).collect();
    let most = loudest.first().map_or(1.0, |first| first.strength).max(f32::MIN_POSITIVE);
    let products: Vec<Ordinal> = loudest.iter().map(|one| one.ordinal).collect();
    let foresight = Foresight { next, content, blend, worth, catalogue: context.catalogue };
    let rows = foresight.rows(request.history, &products);
    let scored = rows.chunks_exact(FEATURES).zip(&loudest);
    let mut order: Vec<(f32, &Candidate)> =
        scored.map(|(row, one)| (foreseen(one.strength / most, row), one)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (at, (_, one)) in places.into_iter().zip(order) {
        candidates[at] = Candidate { strength: candidates[at].strength, ..*one };
    }
    candidates
}

fn said(context: &RecommendContext<'_>, request: &Request<'_>) -> HashMap<Ordinal, Evidence> {
    let mut found: HashMap<Ordinal, Evidence> = HashMap::new();
    let Behaviour { blend, next, content, .. } = context.behaviour;
    blend.speak(request.history, next, content, |voice| {
        let evidence = found.entry(voice.other).or_default();
        evidence.said += voice.strength;
        if evidence.loudest.is_none_or(|loudest| voice.strength > loudest.strength) {
            evidence.loudest = Some(voice);
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::context::Interest;
    use super::super::suite::{Shop, check};
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
        assert_eq!(found[0].reason, Reason::Follows { product: "product 8".to_owned() });
        assert!(found.iter().all(|r| r.ordinal != 8 && r.ordinal != 0), "bought already");
    }

    #[test]
    fn a_learned_order_hands_out_the_same_strengths_anew() {
        let shop = Shop::with_journal();
        let request = Request { history: &[8, 0], limit: 4, ..Request::default() };
        let plain = shop.ask(&ForYou::default(), &request);
        let last_first = |_: f32, row: &[f32]| row[1];
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
