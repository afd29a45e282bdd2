//! Boosting: tree after tree, each grown on the slopes at the scores so far.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bins::Bins;
use super::forest::Forest;
use super::grow::Growth;
use super::lambda::{Slope, slopes};
use super::{Examples, Tree};
use crate::error::{Error, Result};

/// How trees are grown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoostSettings {
    /// Trees, 1 to 2000.
    pub trees: usize,
    /// Leaves a tree, 2 to 255.
    pub leaves: usize,
    /// Share of each step that is taken, above 0 to 1.
    pub rate: f64,
    /// Rows a leaf must have, at least 1.
    pub min_rows: usize,
    /// Added to the curvature of a leaf: small leaves take small steps, 0 to 1000.
    pub l2: f64,
    /// Share of the features each tree may use, above 0 to 1.
    pub feature_share: f64,
    /// Share of the queries each tree learns from, above 0 to 1.
    pub query_share: f64,
    /// Pairs below this place of the present order do not count, 1 to 1000.
    pub depth: usize,
    /// What the linear score is multiplied by to begin with, 0 to 100; 0 begins with nothing.
    pub base_scale: f32,
    /// What decides which features and queries a tree sees.
    pub seed: u64,
}

impl Default for BoostSettings {
    fn default() -> Self {
        Self {
            trees: 120,
            leaves: 31,
            rate: 0.1,
            min_rows: 100,
            l2: 1e-3,
            feature_share: 0.5,
            query_share: 0.8,
            depth: 20,
            base_scale: 5.0,
            seed: 1,
        }
    }
}

impl BoostSettings {
    /// Checks every value against its range.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("trees", self.trees as f64, 1.0, 2000.0),
            ("leaves", self.leaves as f64, 2.0, 255.0),
            ("rate", self.rate, 1e-4, 1.0),
            ("min_rows", self.min_rows as f64, 1.0, 1e6),
            ("l2", self.l2, 0.0, 1000.0),
            ("feature_share", self.feature_share, 0.01, 1.0),
            ("query_share", self.query_share, 0.01, 1.0),
            ("depth", self.depth as f64, 1.0, 1000.0),
            ("base_scale", f64::from(self.base_scale), 0.0, 100.0),
        ];
        for (name, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                let message = format!("{value} must lie between {least} and {most}");
                return Err(Error::invalid(format!("learn.{name}"), message));
            }
        }
        Ok(())
    }
}

/// A forest that orders the examples. `directions` holds −1, 0 or 1 a feature: whether the score
/// may only fall, do both, or only rise with it.
///
/// # Panics
/// When there is not one direction a feature.
pub fn train(examples: &Examples, directions: &[i8], settings: &BoostSettings) -> Forest {
    assert_eq!(directions.len(), examples.features, "a direction a feature");
    let bins = Bins::new(examples);
    let mut forest = Forest {
        features: examples.features,
        base_scale: settings.base_scale,
        trees: Vec::with_capacity(settings.trees),
    };
    let mut scores: Vec<f32> = examples.base.iter().map(|base| settings.base_scale * base).collect();
    let mut found = vec![Slope::default(); examples.rows()];
    for number in 0..settings.trees {
        fill_slopes(examples, &scores, settings.depth, &mut found);
        let mut rows: Vec<u32> = (0..examples.queries())
            .filter(|&query| draw(settings.seed, number, query, "query") < settings.query_share)
            .flat_map(|query| examples.query(query))
            .map(|row| row as u32)
            .collect();
        let features: Vec<usize> = (0..examples.features)
            .filter(|&feature| draw(settings.seed, number, feature, "feature") < settings.feature_share)
            .collect();
        let growth = Growth { bins: &bins, slopes: &found, features: &features, directions, settings };
        let tree: Tree = growth.tree(&mut rows);
        scores.par_iter_mut().enumerate().for_each(|(row, score)| *score += tree.score(examples.row(row)));
        forest.trees.push(tree);
    }
    forest
}

/// The slopes of all rows, queries in parallel.
fn fill_slopes(examples: &Examples, scores: &[f32], depth: usize, found: &mut [Slope]) {
    let mut parts = Vec::with_capacity(examples.queries());
    let mut rest = found;
    for query in 0..examples.queries() {
        let (part, others) = rest.split_at_mut(examples.query(query).len());
        parts.push((query, part));
        rest = others;
    }
    parts
        .into_par_iter()
        .for_each_init(Vec::new, |order, (query, part)| slopes(examples, query, scores, depth, order, part));
}

/// A number from 0 to 1 that depends on its arguments alone.
fn draw(seed: u64, tree: usize, item: usize, what: &str) -> f64 {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&(tree as u64).to_le_bytes());
    key[8..].copy_from_slice(&(item as u64).to_le_bytes());
    let salt = xxh3_64_with_seed(what.as_bytes(), seed);
    (xxh3_64_with_seed(&key, salt) >> 11) as f64 / (1u64 << 53) as f64
}
