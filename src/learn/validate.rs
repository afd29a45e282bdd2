//! Cross-validation by query: no query is measured by a ranking that saw it.

use tastemaker_index::eval::{Gain, ndcg};
use tastemaker_index::rank::features::{FEATURES, directions};
use tastemaker_index::trees::{BoostSettings, Examples, Forest, train};

use super::lesson::{DEPTH, Lesson};

/// nDCG@10 of each held-out query with a relevant product, in the order of the lessons.
#[derive(Debug, Default)]
pub struct HeldOut {
    /// By the linear score.
    pub linear: Vec<f64>,
    /// By a ranking that did not see the query.
    pub learned: Vec<f64>,
}

/// Holds each fold out in turn.
pub fn cross_validate(lessons: &[Lesson], folds: usize, gain: Gain, boost: &BoostSettings) -> HeldOut {
    let folds = folds.max(2) as u64;
    let mut learned: Vec<Option<f64>> = vec![None; lessons.len()];
    for fold in 0..folds {
        let known: Vec<&Lesson> = lessons.iter().filter(|lesson| lesson.hash % folds != fold).collect();
        let forest = fit(&known, boost);
        for (lesson, learned) in lessons.iter().zip(&mut learned) {
            if lesson.hash % folds == fold {
                *learned = ndcg(ranked(lesson, &forest), &lesson.ratings, DEPTH, gain);
            }
        }
    }
    let mut held_out = HeldOut::default();
    for (lesson, learned) in lessons.iter().zip(learned) {
        let linear = ndcg(lesson.linear.iter().copied(), &lesson.ratings, DEPTH, gain);
        if let (Some(linear), Some(learned)) = (linear, learned) {
            held_out.linear.push(linear);
            held_out.learned.push(learned);
        }
    }
    held_out
}

/// Learns from lessons.
pub(super) fn fit(lessons: &[&Lesson], boost: &BoostSettings) -> Forest {
    let mut examples = Examples::new(FEATURES);
    for lesson in lessons {
        let Some(window) = &lesson.window else { continue };
        // A query without a candidate worth anything teaches no order.
        if lesson.gains.iter().any(|&gain| gain > 0.0) {
            examples.push(&window.rows, &window.linear, &lesson.gains, lesson.ideal as f32);
        }
    }
    train(&examples, &directions(), boost)
}

/// The ratings of a lesson's candidates in learned order.
fn ranked(lesson: &Lesson, forest: &Forest) -> Vec<f64> {
    let Some(window) = &lesson.window else { return lesson.linear.clone() };
    let scored = window.rows.chunks_exact(FEATURES).zip(&window.linear).map(|(row, &linear)| forest.score(linear, row));
    let mut scored: Vec<(f32, usize)> = scored.zip(0..).collect();
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.into_iter().take(DEPTH).map(|(_, at)| lesson.rated[at]).collect()
}
