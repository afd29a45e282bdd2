//! Histogram bins: each feature is cut at quantiles of its values into at most [`MAX_BINS`] bins, so that
//! a split is a choice between two bins and a histogram of gradients decides it.

use rayon::prelude::*;

use super::Examples;

/// The largest number of bins of a feature; a bin number fits a byte.
pub(super) const MAX_BINS: usize = 64;

/// The largest number of values of a feature that its quantiles are taken from.
const SAMPLED: usize = 100_000;

/// The bin number of every row by every feature, stored column by column.
pub(super) struct Bins {
    /// The cuts of each feature, ascending: bin `b` holds values in `(cuts[b - 1], cuts[b]]`, the last bin all
    /// larger ones.
    pub(super) cuts: Vec<Vec<f32>>,
    columns: Vec<Vec<u8>>,
}

impl Bins {
    /// Computes the cuts of all features and the bin of every value.
    pub(super) fn new(examples: &Examples) -> Self {
        let cuts: Vec<Vec<f32>> =
            (0..examples.features).into_par_iter().map(|feature| cuts(examples, feature)).collect();
        let column = |(feature, cuts): (usize, &Vec<f32>)| {
            let bin = |row: usize| cuts.partition_point(|&cut| cut < examples.row(row)[feature]) as u8;
            (0..examples.rows()).map(bin).collect()
        };
        let columns = cuts.par_iter().enumerate().map(column).collect();
        Self { cuts, columns }
    }

    /// The bin of every row by one feature.
    pub(super) fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature]
    }
}

/// The cuts of a feature: midway between neighbouring distinct values, or, with more than [`MAX_BINS`] of
/// them, at quantiles.
fn cuts(examples: &Examples, feature: usize) -> Vec<f32> {
    let step = examples.rows().div_ceil(SAMPLED).max(1);
    let mut values: Vec<f32> = (0..examples.rows()).step_by(step).map(|row| examples.row(row)[feature]).collect();
    values.sort_unstable_by(f32::total_cmp);
    let all = values.clone();
    values.dedup();
    if values.len() <= MAX_BINS {
        return values.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0).collect();
    }
    let mut cuts: Vec<f32> = (1..MAX_BINS).map(|bin| all[bin * all.len() / MAX_BINS]).collect();
    cuts.dedup();
    cuts
}
