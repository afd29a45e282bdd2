//! Placements asked as the server asks them, many at once, and how good a list
//! is where several products are right.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Instant;

use jiff::Timestamp;
use rayon::prelude::*;
use tastemaker_index::Engine;
use tastemaker_index::engine::{Placement, RequestContext, Shopper};
use tastemaker_index::eval::{Gain, ndcg};
use tastemaker_index::placement::PlacementKind;

use crate::suite::{Bench, Failure};

/// The engine, made to answer with so many items where its limit is lower, and with what it ranks highest whether or not
/// there is evidence enough to show it: an order is measured by all it can say. Short rows are a merchant's choice
/// (`search.recommend.evidence`), and leave out what is right as well as what is wrong.
pub(crate) fn up_to(bench: &Bench, engine: &Engine, items: usize) -> Result<Engine, Failure> {
    let mut settings = bench.config.search.clone();
    settings.recommend.evidence.complementary = 0;
    settings.recommend.evidence.follows = 0;
    settings.recommend.evidence.buy_again = 0;
    settings.recommend.evidence.likeness = -1.0;
    settings.recommend.evidence.taste = -1.0;
    settings.limits.placement_items = settings.limits.placement_items.max(items);
    Ok(engine.with_settings(settings)?)
}

/// The ids that one placement shows, best first.
pub(crate) fn placement(
    engine: &Engine,
    kind: PlacementKind,
    products: &[&str],
    shopper: Option<&Shopper>,
    limit: usize,
) -> Result<Vec<String>, Failure> {
    let product_ids = products.iter().map(|&id| id.to_owned()).collect();
    let now = Timestamp::from_millisecond(shopper.map_or(0, |shopper| shopper.now_ms))?;
    let request_context = RequestContext { shopper, now, ..RequestContext::default() };
    let answer = engine.recommend(&[Placement::about(kind, product_ids, limit)], None, &request_context)?;
    Ok(answer.into_iter().flat_map(|answer| answer.items).map(|item| item.id).collect())
}

/// Asks every question, on all cores, and says how long that took.
pub(crate) fn each<Q: Sync, A: Send>(
    questions: &[Q],
    ask: impl Fn(&Q) -> Result<A, Failure> + Sync,
) -> Result<Vec<A>, Failure> {
    let started = Instant::now();
    let answers: Result<Vec<A>, String> =
        questions.par_iter().map(|question| ask(question).map_err(|error| error.to_string())).collect();
    println!("{} questions answered in {:.1} s", questions.len(), started.elapsed().as_secs_f64());
    Ok(answers?)
}

/// Of as many right products as there is room for, the share among the first `depth`.
pub(crate) fn found<T: Eq + Hash>(shown: &[T], right: &HashSet<T>, depth: usize) -> f64 {
    let hits = shown.iter().take(depth).filter(|id| right.contains(id)).count();
    hits as f64 / right.len().clamp(1, depth) as f64
}

/// NDCG at a depth where every right product is worth the same.
pub(crate) fn gain<T: Eq + Hash>(shown: &[T], right: &HashSet<T>, depth: usize) -> f64 {
    let ratings = shown.iter().map(|id| f64::from(right.contains(id)));
    let gain = ndcg(ratings, &vec![1.0; right.len()], depth, Gain::Linear);
    // The sum over no ratings at all is -0.
    gain.filter(|&gain| gain > 0.0).unwrap_or_default()
}
