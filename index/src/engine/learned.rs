//! Learned ranking where it meets the catalogue: the features of a window, for
//! serving and, the very same, for learning. The window keeps its linear
//! scores and deals them out in the learned order, so that what follows, hits
//! outside the window and the shopper's part, needs to know nothing of it.

use rayon::prelude::*;

use crate::error::Result;
use crate::hit::LearnedExplanation;
use crate::id::Ordinal;
use crate::rank::features::{self, FEATURES, Scene};
use crate::rank::learned::Model;
use crate::rank::{Candidate, by_score};
use crate::text::features::QueryWording;

use super::Snapshot;

/// What a learned ranking made of a window.
#[derive(Debug)]
pub(super) struct Reranked {
    ordinals: Vec<Ordinal>,
    rows: Vec<f32>,
    scores: Vec<f32>,
}

impl Reranked {
    /// What it says of a candidate.
    pub(super) fn explain(&self, candidate: &Candidate) -> Option<LearnedExplanation> {
        let at = self.ordinals.iter().position(|&ordinal| ordinal == candidate.ordinal)?;
        let row = &self.rows[at * FEATURES..][..FEATURES];
        Some(LearnedExplanation {
            score: self.scores[at],
            contribution: candidate.learned,
            features: features::names().map(|(name, _)| name).zip(row.iter().copied()).collect(),
        })
    }
}

/// The candidates of a query as learning sees them, in linear order.
#[derive(Debug, Clone)]
pub struct Window {
    /// The candidates.
    pub ordinals: Vec<Ordinal>,
    /// Their linear scores.
    pub linear: Vec<f32>,
    /// Their features, row after row.
    pub rows: Vec<f32>,
}

impl Snapshot {
    /// [`Self::window`] of many queries, on all threads.
    ///
    /// # Errors
    /// What a search says.
    pub fn windows(&self, queries: &[&str]) -> Result<Vec<Option<Window>>> {
        queries.par_iter().map(|query| self.window(query)).collect()
    }

    /// The candidates of a query by linear score, for learning; nothing where a learned ranking
    /// would not be asked: no words, a part number, no product.
    ///
    /// # Errors
    /// What a search says.
    pub fn window(&self, query: &str) -> Result<Option<Window>> {
        debug_assert!(!self.settings.rank.learned, "learn from the linear order");
        let Some(mut found) = self.linear_window(query)? else { return Ok(None) };
        found.window.retain(|candidate| !self.rewritten.contains(candidate.ordinal));
        found.window.truncate(self.settings.rank.learned_depth);
        let features = self.features(&found.understood.wanted, found.direction.as_deref(), &found.window);
        Ok(features.filter(|window| !window.ordinals.is_empty()))
    }

    /// Deals the window's best linear scores out in the learned order, where a model ships.
    pub(super) fn rerank(&self, query: &str, direction: Option<&[f32]>, window: &mut [Candidate]) -> Option<Reranked> {
        let rank = &self.settings.rank;
        let Model { forest, .. } = self.generation.learned.as_deref().filter(|_| rank.learned)?;
        // Products that are new or read otherwise since the reindex have no wording to compute features
        // from: the model passes them over, and they keep their linear scores among the others.
        let unread = |candidate: &Candidate| self.rewritten.contains(candidate.ordinal);
        window.sort_unstable_by(|a, b| unread(a).cmp(&unread(b)).then_with(|| by_score(a, b)));
        let depth = window.iter().take_while(|candidate| !unread(candidate)).count().min(rank.learned_depth);
        let top = &mut window[..depth];
        let features = self.features(query, direction, top)?;
        let rows_of = features.rows.chunks_exact(FEATURES);
        let scores: Vec<f32> = top.iter().zip(rows_of).map(|(it, row)| forest.score(it.score, row)).collect();
        let mut order: Vec<usize> = (0..depth).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        for (place, &at) in order.iter().enumerate() {
            top[at].score = features.linear[place];
        }
        // Equal linear scores must not undo the learned order.
        let placed: Vec<Candidate> = order.iter().map(|&at| top[at]).collect();
        top.copy_from_slice(&placed);
        for place in 1..depth {
            let above = top[place - 1].score;
            if top[place].score >= above {
                top[place].score = above.next_down();
            }
        }
        for (candidate, &at) in top.iter_mut().zip(&order) {
            candidate.learned = candidate.score - features.linear[at];
        }
        Some(Reranked { ordinals: features.ordinals, rows: features.rows, scores })
    }

    fn features(&self, query: &str, direction: Option<&[f32]>, window: &[Candidate]) -> Option<Window> {
        let generation = &self.generation;
        let mut wording = QueryWording::new(generation.wording.as_deref()?, &mut generation.text.analyzer(), query);
        let leaves = |ordinal| generation.products.leaves(ordinal);
        let scene = Scene {
            vectors: &generation.vectors,
            mean: &self.derived.mean,
            direction,
            prices: generation.columns.numeric("final_price").map(|column| column.view()),
            leaves: &leaves,
        };
        Some(Window {
            rows: features::rows(&scene, &mut wording, window),
            ordinals: window.iter().map(|candidate| candidate.ordinal).collect(),
            linear: window.iter().map(|candidate| candidate.score).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::{EngineSettings, RequestContext};
    use crate::generation::{BuildInput, BuildSettings, Generation, build_and_learn};
    use crate::hit::SearchAnswer;
    use crate::product::Product;
    use crate::progress::Silent;
    use crate::query::SearchQuery;
    use crate::rank::learned::{BoostSettings, Examples, Measured, train};
    use crate::vector::embed::StaticTable;

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    /// Thirty lamps that words cannot tell apart, the later the cheaper; a ranking is learned from
    /// searches in which the cheaper was always the better.
    fn shop(settings: EngineSettings) -> Done<Engine> {
        let folder = tempfile::tempdir()?;
        let catalogue = folder.path().join("products.jsonl");
        let lamp = |n: usize| Product {
            id: format!("p{n:02}"),
            title: "desk lamp".into(),
            price: Some(4000 - 100 * n as i64),
            ..Product::default()
        };
        let lines = (0..30).map(|n| serde_json::to_string(&lamp(n))).collect::<serde_json::Result<Vec<_>>>()?;
        std::fs::write(&catalogue, lines.join("\n"))?;
        let embedder = std::sync::Arc::new(StaticTable::builtin()?);
        let mut input = BuildInput {
            catalogue: &catalogue,
            catalogue_version: 0,
            events: &mut std::iter::empty(),
            embedder: &embedder,
            now: jiff::Timestamp::UNIX_EPOCH,
            keep: 1,
            settings: &BuildSettings::default(),
            pages: None,
            tables: None,
        };
        let mut learner = |generation: Generation| -> Result<Option<Model>> {
            let mut linear = settings.clone();
            linear.rank.learned = false;
            let engine = Engine::new(generation, embedder.clone(), linear)?;
            let mut examples = Examples::new(FEATURES);
            for window in engine.windows(&["lamp", "desk lamp", "lamps"])?.into_iter().flatten() {
                let gains: Vec<f32> = window.ordinals.iter().map(|&ordinal| ordinal as f32).collect();
                examples.push(&window.rows, &window.linear, &gains, 100.0);
            }
            let boost = BoostSettings { min_rows: 1, feature_share: 1.0, query_share: 1.0, ..BoostSettings::default() };
            let forest = train(&examples, &features::directions(), &boost);
            Ok(Some(Model { forest, measured: Measured::default() }))
        };
        let generations = folder.path().join("generations");
        let built = build_and_learn(&generations, &mut input, &Silent, &mut |_| {}, Some(&mut learner))?;
        Ok(Engine::new(built.generation, embedder.clone(), settings)?)
    }

    fn found(engine: &Engine) -> Done<(Vec<String>, SearchAnswer)> {
        let query = SearchQuery { query: "desk lamp".into(), explain: true, ..SearchQuery::default() };
        let answer = engine.search(&query, &RequestContext::default())?;
        Ok((answer.hits.iter().map(|hit| hit.id.clone()).collect(), answer))
    }

    #[test]
    fn a_model_that_ships_orders_the_page_and_explains_itself() -> Done {
        let (ids, answer) = found(&shop(EngineSettings::default())?)?;
        assert_eq!(ids[..3], ["p29", "p28", "p27"]);
        assert_eq!(answer.total, 30);
        for hit in &answer.hits {
            let why = hit.explain.as_ref().ok_or("no explanation")?;
            let learned = why.learned.as_ref().ok_or("not learned")?;
            assert!(learned.features.len() == FEATURES && learned.features["price_of_median"].is_finite());
        }
        Ok(())
    }

    #[test]
    fn switched_off_the_linear_order_is_back_and_only_the_order_differs() -> Done {
        let mut settings = EngineSettings::default();
        settings.rank.learned = false;
        let (ids, answer) = found(&shop(settings)?)?;
        assert_eq!(ids[..3], ["p00", "p01", "p02"]);
        assert_eq!(answer.total, 30);
        assert!(answer.hits.iter().all(|hit| hit.explain.as_ref().is_some_and(|why| why.learned.is_none())));
        Ok(())
    }
}
