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

use super::Engine;

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

impl Engine {
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
        found.window.truncate(self.settings.rank.learned_depth);
        let features = self.features(&found.understood.wanted, found.direction.as_deref(), &found.window);
        Ok(features.filter(|window| !window.ordinals.is_empty()))
    }

    /// Deals the window's best linear scores out in the learned order, where a model ships.
    pub(super) fn rerank(&self, query: &str, direction: Option<&[f32]>, window: &mut [Candidate]) -> Option<Reranked> {
        let rank = &self.settings.rank;
        let Model { forest, .. } = self.generation.learned.as_deref().filter(|_| rank.learned)?;
        window.sort_unstable_by(by_score);
        let depth = window.len().min(rank.learned_depth);
        let top = &mut window[..depth];
        let features = self.features(query, direction, top)?;
        let rows_of = features.rows.chunks_exact(FEATURES);
        let scores: Vec<f32> = top.iter().zip(rows_of).map(|(it, row)| forest.score(it.score, row)).collect();
        let mut order: Vec<usize> = (0..depth).collect();
        order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        for (place, &at) in order.iter().enumerate() {
            let dealt = features.linear[place];
            top[at].learned = dealt - features.linear[at];
            top[at].score = dealt;
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
        Some(Reranked { ordinals: features.ordinals, rows: features.rows, scores })
    }

    fn features(&self, query: &str, direction: Option<&[f32]>, window: &[Candidate]) -> Option<Window> {
        let generation = &self.generation;
        let mut wording = QueryWording::new(generation.wording.as_deref()?, &mut generation.text.analyzer(), query);
        let leaves = |ordinal| generation.products.leaves(ordinal);
        let scene = Scene {
            vectors: &generation.vectors.vectors,
            mean: &self.mean,
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
