//! Features as small numbers: each is cut at quantiles of its values, so that a
//! split is a choice among a few bins and a histogram decides it.

use rayon::prelude::*;

use super::Examples;

/// The most bins of a feature.
pub(super) const MAX_BINS: usize = 64;

/// Values looked at to place the cuts; more say nothing new.
const SAMPLED: usize = 100_000;

/// Binned features, column after column.
pub(super) struct Bins {
    /// Cuts by feature, ascending: bin `b` holds values up to and with `cuts[b]`, the last the rest.
    pub(super) cuts: Vec<Vec<f32>>,
    columns: Vec<Vec<u8>>,
}

impl Bins {
    /// Bins all features.
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

    /// The bins of a feature, by row.
    pub(super) fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature]
    }
}

/// Cuts midway between neighbouring values, at quantiles where there are too many.
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
