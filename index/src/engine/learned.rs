//! The learned order over one snapshot: the features of a query's window, the same for serving as for training, and
//! the reranking of a window by the model that ships with the generation.

use rayon::prelude::*;

use crate::error::Result;
use crate::hit::LearnedExplanation;
use crate::id::Ordinal;
use crate::rank::features::{self, FEATURES, FeatureInputs};
use crate::rank::learned::SearchOrderModel;
use crate::rank::signal::{deal_out, slot};
use crate::rank::{Candidate, by_score};
use crate::text::features::QueryFeatures;

use super::Engine;
use super::search::Search;

/// The features and scores of the candidates that a model reordered.
#[derive(Debug)]
pub(super) struct Reranked {
    ordinals: Vec<Ordinal>,
    rows: Vec<f32>,
    scores: Vec<f32>,
}

impl Reranked {
    /// The explanation of a candidate's place in the learned order; `None` for one that was not reordered.
    pub(super) fn explain(&self, candidate: &Candidate) -> Option<LearnedExplanation> {
        let at = self.ordinals.iter().position(|&ordinal| ordinal == candidate.ordinal)?;
        let row = &self.rows[at * FEATURES..][..FEATURES];
        Some(LearnedExplanation {
            score: self.scores[at],
            contribution: candidate.values[const { slot("learned") }],
            features: features::names().map(|(name, _)| name).zip(row.iter().copied()).collect(),
        })
    }
}

/// The features of a query's candidates, in linear order: the input of training.
#[derive(Debug, Clone)]
pub struct FeatureWindow {
    /// The candidates.
    pub ordinals: Vec<Ordinal>,
    /// Their linear scores.
    pub linear: Vec<f32>,
    /// Their features, row after row.
    pub rows: Vec<f32>,
}

impl Engine {
    /// [`Self::window`] of many queries, on all threads.
    ///
    /// # Errors
    /// Those of a search.
    pub fn windows(&self, queries: &[&str]) -> Result<Vec<Option<FeatureWindow>>> {
        queries.par_iter().map(|query| self.window(query)).collect()
    }

    /// The candidates of a query by linear score, for training; `None` where the learned order does not apply:
    /// without words, for a part number, without candidates. Learned ranking must be switched off in the settings.
    ///
    /// # Errors
    /// Those of a search.
    pub fn window(&self, query: &str) -> Result<Option<FeatureWindow>> {
        let snapshot = &*self.0;
        debug_assert!(!snapshot.settings.rank.learned, "training needs the linear order");
        let search = Search { snapshot };
        let Some(mut matched) = search.linear_window(query)? else { return Ok(None) };
        matched.window.retain(|candidate| !snapshot.rewritten.contains(candidate.ordinal));
        matched.window.truncate(snapshot.settings.rank.learned_depth);
        let features = search.features(&matched.understood.wanted, matched.direction.as_deref(), &matched.window);
        Ok(features.filter(|window| !window.ordinals.is_empty()))
    }
}

impl Search<'_> {
    /// Reorders the best of the window by the model's scores, if a model ships with the generation.
    pub(super) fn rerank(self, query: &str, direction: Option<&[f32]>, window: &mut [Candidate]) -> Option<Reranked> {
        let snapshot = self.snapshot;
        let rank = &snapshot.settings.rank;
        let SearchOrderModel { forest, .. } = snapshot.generation.learned.as_deref().filter(|_| rank.learned)?;
        // The forward index lacks products that are new or have other texts since the reindex, so they have no
        // features. The model passes them over, and they keep their linear scores among the others.
        let unread = |candidate: &Candidate| snapshot.rewritten.contains(candidate.ordinal);
        window.sort_unstable_by(|a, b| unread(a).cmp(&unread(b)).then_with(|| by_score(a, b)));
        let depth = window.iter().take_while(|candidate| !unread(candidate)).count().min(rank.learned_depth);
        let top = &mut window[..depth];
        let FeatureWindow { ordinals, rows, .. } = self.features(query, direction, top)?;
        let scores: Vec<f32> =
            top.iter().zip(rows.chunks_exact(FEATURES)).map(|(it, row)| forest.score(it.score, row)).collect();
        deal_out(top, &scores);
        Some(Reranked { ordinals, rows, scores })
    }

    fn features(self, query: &str, direction: Option<&[f32]>, window: &[Candidate]) -> Option<FeatureWindow> {
        let generation = &self.snapshot.generation;
        let mut wording =
            QueryFeatures::new(generation.forward_index.as_deref()?, &mut generation.text.analyzer(), query);
        let leaves = |ordinal| generation.products.leaves(ordinal);
        let inputs = FeatureInputs {
            vectors: &generation.vectors,
            mean: &self.snapshot.derived.mean,
            direction,
            prices: generation.columns.numeric("final_price").map(|column| column.view()),
            leaves: &leaves,
        };
        Some(FeatureWindow {
            rows: features::rows(&inputs, &mut wording, window),
            ordinals: window.iter().map(|candidate| candidate.ordinal).collect(),
            linear: window.iter().map(|candidate| candidate.score).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineSettings, RequestContext, testing};
    use crate::generation::Generation;
    use crate::hit::SearchAnswer;
    use crate::product::Product;
    use crate::query::SearchQuery;
    use crate::rank::learned::ValidationFigures;
    use crate::trees::{BoostSettings, Examples, train};
    use crate::vector::embed::StaticTable;

    type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    /// Thirty lamps that words cannot tell apart, the later the cheaper; a ranking is learned from
    /// searches in which the cheaper was always the better.
    fn shop(settings: EngineSettings) -> Done<Engine> {
        let lamp = |n: usize| Product {
            id: format!("p{n:02}"),
            title: "desk lamp".into(),
            price: Some(4000 - 100 * n as i64),
            ..Product::default()
        };
        let products: Vec<Product> = (0..30).map(lamp).collect();
        let embedder = std::sync::Arc::new(StaticTable::builtin()?);
        let mut linear = settings.clone();
        linear.rank.learned = false;
        let learner = |generation: Generation| -> Result<Option<SearchOrderModel>> {
            let engine = Engine::new(generation, embedder.clone(), linear.clone())?;
            let mut examples = Examples::new(FEATURES);
            for window in engine.windows(&["lamp", "desk lamp", "lamps"])?.into_iter().flatten() {
                let gains: Vec<f32> = window.ordinals.iter().map(|ordinal| ordinal.get() as f32).collect();
                examples.push(&window.rows, &window.linear, &gains, 100.0);
            }
            let boost = BoostSettings { min_rows: 1, feature_share: 1.0, query_share: 1.0, ..BoostSettings::default() };
            let forest = train(&examples, &features::directions(), &boost);
            Ok(Some(SearchOrderModel { forest, measured: ValidationFigures::default() }))
        };
        testing::trained_engine(&products, settings, embedder.clone(), Some(learner))
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
