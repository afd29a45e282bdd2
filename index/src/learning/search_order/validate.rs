//! Cross-validation by query: every query is measured by a forest that has not seen it.

use super::training_query::{DEPTH, TrainingQuery};
use crate::eval::{Gain, ndcg};
use crate::rank::features::{FEATURES, directions};
use crate::trees::{BoostSettings, Examples, Forest, train};

/// nDCG@10 of each query with a relevant product, in the order of the training queries.
#[derive(Debug, Default)]
pub struct HeldOut {
    /// In linear order.
    pub linear: Vec<f64>,
    /// In the order of a forest that has not seen the query.
    pub learned: Vec<f64>,
}

/// Holds each of `folds` parts out in turn.
pub fn cross_validate(queries: &[TrainingQuery], folds: usize, gain: Gain, boost: &BoostSettings) -> HeldOut {
    let folds = folds.max(2) as u64;
    let mut learned: Vec<Option<f64>> = vec![None; queries.len()];
    for fold in 0..folds {
        let known: Vec<&TrainingQuery> = queries.iter().filter(|query| query.hash % folds != fold).collect();
        let forest = fit(&known, boost);
        for (query, learned) in queries.iter().zip(&mut learned) {
            if query.hash % folds == fold {
                *learned = ndcg(reranked(query, &forest), &query.ratings, DEPTH, gain);
            }
        }
    }
    let mut held_out = HeldOut::default();
    for (query, learned) in queries.iter().zip(learned) {
        let linear = ndcg(query.linear.iter().copied(), &query.ratings, DEPTH, gain);
        if let (Some(linear), Some(learned)) = (linear, learned) {
            held_out.linear.push(linear);
            held_out.learned.push(learned);
        }
    }
    held_out
}

/// Trains a forest on all of these queries.
pub(super) fn fit(queries: &[&TrainingQuery], boost: &BoostSettings) -> Forest {
    let mut examples = Examples::new(FEATURES);
    for query in queries {
        let Some(window) = &query.window else { continue };
        // Without a candidate of some gain, no order of the candidates is better than another.
        if query.gains.iter().any(|&gain| gain > 0.0) {
            examples.push(&window.rows, &window.linear, &query.gains, query.ideal as f32);
        }
    }
    train(&examples, &directions(), boost)
}

/// The ratings of the first candidates in the order of a forest.
fn reranked(query: &TrainingQuery, forest: &Forest) -> Vec<f64> {
    let Some(window) = &query.window else { return query.linear.clone() };
    let scored = window.rows.chunks_exact(FEATURES).zip(&window.linear).map(|(row, &linear)| forest.score(linear, row));
    let mut scored: Vec<(f32, usize)> = scored.zip(0..).collect();
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.into_iter().take(DEPTH).map(|(_, at)| query.rated[at]).collect()
}
