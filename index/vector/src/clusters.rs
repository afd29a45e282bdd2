//! Clustered rows, the data that this module's tests compare approximate search with exact search on.

use crate::random::SplitMix64;

/// A roughly normal number with mean 0 and variance 1: the sum of twelve uniform numbers, less 6.
pub(crate) fn normal(random: &mut SplitMix64) -> f32 {
    ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0) as f32
}

/// `count` rows around `clusters` random centres; the noise has the variance of the centres.
pub(crate) fn clustered(seed: u64, count: usize, dimensions: usize, clusters: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(seed);
    let centres: Vec<f32> = (0..clusters * dimensions).map(|_| normal(&mut random)).collect();
    let mut rows = Vec::with_capacity(count * dimensions);
    for _ in 0..count {
        let centre = random.below(clusters) * dimensions;
        rows.extend(centres[centre..centre + dimensions].iter().map(|value| value + normal(&mut random)));
    }
    rows
}
