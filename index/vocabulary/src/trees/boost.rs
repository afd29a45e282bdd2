//! Gradient boosting: each tree is grown on the gradients of the cost at the sum of the trees before it.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bins::Bins;
use super::forest::Forest;
use super::grow::Growth;
use super::lambda::{Slope, query_slopes};
use super::{Examples, Tree};
use crate::error::{Error, Result};

/// The parameters of [`train`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoostSettings {
    /// The number of trees, 1 to 2000.
    pub trees: usize,
    /// The largest number of leaves of a tree, 2 to 255.
    pub leaves: usize,
    /// Learning rate: the factor on every leaf's value, above 0 to 1.
    pub rate: f64,
    /// The smallest number of rows in a leaf, at least 1.
    pub min_rows: usize,
    /// L2 regularisation, added to the second derivative of a leaf, 0 to 1000: leaves with little evidence take
    /// small steps.
    pub l2: f64,
    /// Share of the features that each tree may split by, above 0 to 1.
    pub feature_share: f64,
    /// Share of the queries that each tree is grown on, above 0 to 1.
    pub query_share: f64,
    /// Truncation level, 1 to 1000: a pair has a gradient only if one of its rows is among the first `depth`
    /// of the present order.
    pub depth: usize,
    /// The factor on the base score that boosting starts from, 0 to 100; 0 starts from 0.
    pub base_scale: f32,
    /// The seed of the draws of features and queries.
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
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the first value outside its range.
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

/// Trains a forest that orders the rows of each query by gain. `directions` holds one constraint a feature:
/// 1 if the score may only rise with it, −1 if it may only fall, 0 if it may do both.
///
/// # Panics
/// If `directions` is not as long as a row.
pub fn train(examples: &Examples, directions: &[i8], settings: &BoostSettings) -> Forest {
    assert_eq!(directions.len(), examples.features, "one direction a feature");
    let bins = Bins::new(examples);
    let mut forest = Forest {
        features: examples.features,
        base_scale: settings.base_scale,
        trees: Vec::with_capacity(settings.trees),
    };
    let mut scores: Vec<f32> = examples.base.iter().map(|base| settings.base_scale * base).collect();
    let mut slopes = vec![Slope::default(); examples.rows()];
    for number in 0..settings.trees {
        fill_slopes(examples, &scores, settings.depth, &mut slopes);
        let mut rows: Vec<u32> = (0..examples.queries())
            .filter(|&query| draw(settings.seed, number, query, "query") < settings.query_share)
            .flat_map(|query| examples.query(query))
            .map(|row| row as u32)
            .collect();
        let features: Vec<usize> = (0..examples.features)
            .filter(|&feature| draw(settings.seed, number, feature, "feature") < settings.feature_share)
            .collect();
        let growth = Growth { bins: &bins, slopes: &slopes, features: &features, directions, settings };
        let tree: Tree = growth.tree(&mut rows);
        scores.par_iter_mut().enumerate().for_each(|(row, score)| *score += tree.score(examples.row(row)));
        forest.trees.push(tree);
    }
    forest
}

/// Computes the slopes of all rows, queries in parallel.
fn fill_slopes(examples: &Examples, scores: &[f32], depth: usize, out: &mut [Slope]) {
    let mut parts = Vec::with_capacity(examples.queries());
    let mut rest = out;
    for query in 0..examples.queries() {
        let (part, others) = rest.split_at_mut(examples.query(query).len());
        parts.push((query, part));
        rest = others;
    }
    parts
        .into_par_iter()
        .for_each_init(Vec::new, |order, (query, part)| query_slopes(examples, query, scores, depth, order, part));
}

/// A pseudorandom number in `0.0..1.0` that depends on its arguments alone. A hash and not a stream of random
/// numbers: leaving a query out must not change the draws of the others.
fn draw(seed: u64, tree: usize, item: usize, what: &str) -> f64 {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&(tree as u64).to_le_bytes());
    key[8..].copy_from_slice(&(item as u64).to_le_bytes());
    let salt = xxh3_64_with_seed(what.as_bytes(), seed);
    (xxh3_64_with_seed(&key, salt) >> 11) as f64 / (1u64 << 53) as f64
}
