//! Judged queries as lessons: the candidates the engine finds for each, and
//! what each candidate is worth.

use std::collections::HashMap;

use tastemaker_index::engine::{RequestContext, Window};
use tastemaker_index::eval::{Gain, JudgedQuery, Judgements, dcg};
use tastemaker_index::id::Ordinal;
use tastemaker_index::{Engine, Result};
use xxhash_rust::xxh3::xxh3_64;

/// How deep a ranking is measured.
pub(super) const DEPTH: usize = 10;

/// One judged query.
#[derive(Debug)]
pub struct Lesson {
    /// Its candidates; nothing where a learned ranking is not asked.
    pub(super) window: Option<Window>,
    /// What each candidate is worth, 0 for what nobody judged.
    pub(super) gains: Vec<f32>,
    /// All its ratings.
    pub(super) ratings: Vec<f64>,
    /// The ratings of the linear ranking's first products.
    pub(super) linear: Vec<f64>,
    /// The ratings of candidates.
    pub(super) rated: Vec<f64>,
    /// The best discounted gain it could reach.
    pub ideal: f64,
    /// Decides its fold.
    pub(super) hash: u64,
}

/// The lessons of judgements by what the engine finds, the linear ranking being the one to beat.
///
/// # Errors
/// What searching says.
pub fn lessons(engine: &Engine, judgements: &Judgements, gain: Gain) -> Result<Vec<Lesson>> {
    let mut settings = engine.settings().clone();
    settings.rank.learned = false;
    let engine = engine.with_settings(settings)?;
    let queries: Vec<&str> = judgements.queries.iter().map(|judged| judged.query.as_str()).collect();
    let windows = engine.windows(&queries)?;
    judgements.queries.iter().zip(windows).map(|(judged, window)| lesson(&engine, judged, window, gain)).collect()
}

fn lesson(engine: &Engine, judged: &JudgedQuery, window: Option<Window>, gain: Gain) -> Result<Lesson> {
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
            let query = tastemaker_index::query::SearchQuery {
                query: judged.query.clone(),
                per_page: DEPTH,
                ..Default::default()
            };
            let found = engine.search(&query, &RequestContext::default())?;
            found.hits.iter().map(|hit| judged.rating(&hit.id).unwrap_or_default()).collect()
        }
    };
    Ok(Lesson {
        gains: rated.iter().map(|&rating| gain.of(rating) as f32).collect(),
        ideal: dcg(ratings.iter().copied(), DEPTH, gain),
        ratings,
        linear,
        rated,
        window,
        hash: xxh3_64(judged.query.as_bytes()),
    })
}
