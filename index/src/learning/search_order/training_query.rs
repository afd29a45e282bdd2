//! Training data of the search order: the candidates that the engine finds for each judged query, with their
//! features and gains.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::engine::{Engine, FeatureWindow, RequestContext};
use crate::error::Result;
use crate::eval::{Gain, JudgedQuery, Judgements, dcg};
use crate::id::Ordinal;
use crate::query::SearchQuery;

/// The cut of nDCG.
pub(super) const DEPTH: usize = 10;

/// One judged query with its candidates.
#[derive(Debug)]
pub struct TrainingQuery {
    /// The candidates and their features; `None` if a learned order does not apply to the query.
    pub(super) window: Option<FeatureWindow>,
    /// The gain of each candidate, 0 without a judgement.
    pub(super) gains: Vec<f32>,
    /// All ratings of the query, highest first.
    pub(super) ratings: Vec<f64>,
    /// The ratings of the first products in linear order.
    pub(super) linear: Vec<f64>,
    /// The rating of each candidate, 0 without a judgement.
    pub(super) rated: Vec<f64>,
    /// The ideal DCG of the query.
    pub ideal: f64,
    /// The number that decides the query's fold.
    pub(super) hash: u64,
}

/// Searches every judged query in linear order, which is also the order to beat.
///
/// # Errors
/// As [`Engine::search`].
pub fn training_queries(engine: &Engine, judgements: &Judgements, gain: Gain) -> Result<Vec<TrainingQuery>> {
    let mut settings = engine.settings().clone();
    settings.rank.learned = false;
    let engine = engine.with_settings(settings)?;
    let queries: Vec<&str> = judgements.queries.iter().map(|judged| judged.query.as_str()).collect();
    let windows = engine.windows(&queries)?;
    let pairs = judgements.queries.iter().zip(windows);
    pairs.map(|(judged, window)| training_query(&engine, judged, window, gain)).collect()
}

fn training_query(
    engine: &Engine,
    judged: &JudgedQuery,
    window: Option<FeatureWindow>,
    gain: Gain,
) -> Result<TrainingQuery> {
    let products = &engine.generation().products;
    let mut known: HashMap<Ordinal, f64> = HashMap::new();
    for id in judged.products() {
        if let Some(ordinal) = products.ordinal(id) {
            known.insert(ordinal, judged.rating(id).unwrap_or_default());
        }
    }
    let rating = |ordinal: &Ordinal| known.get(ordinal).copied().unwrap_or_default();
    let rated: Vec<f64> = window.as_ref().map_or_else(Vec::new, |window| window.ordinals.iter().map(rating).collect());
    let mut ratings = judged.ratings();
    ratings.sort_unstable_by(|a, b| b.total_cmp(a));
    let linear = match &window {
        Some(_) => rated.iter().take(DEPTH).copied().collect(),
        None => {
            let query = SearchQuery { query: judged.query.clone(), per_page: DEPTH, ..SearchQuery::default() };
            let answer = engine.search(&query, &RequestContext::default())?;
            answer.hits.iter().map(|hit| judged.rating(&hit.id).unwrap_or_default()).collect()
        }
    };
    Ok(TrainingQuery {
        gains: rated.iter().map(|&rating| gain.of(rating) as f32).collect(),
        ideal: dcg(ratings.iter().copied(), DEPTH, gain),
        ratings,
        linear,
        rated,
        window,
        hash: xxh3_64(judged.query.as_bytes()),
    })
}
