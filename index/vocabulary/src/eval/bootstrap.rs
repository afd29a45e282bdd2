//! The test if one ranking is surely better than another: the paired bootstrap (Efron and Tibshirani, "An
//! introduction to the bootstrap", 1993; for rankings: Sakai, SIGIR 2006). Queries are drawn with replacement,
//! the differences averaged, and percentiles of many such averages give an interval. Draws are seeded, so the
//! same input gives the same interval.

use crate::error::{Error, Result};
use crate::random::SplitMix64;

/// Draws of [`paired_interval`].
const ROUNDS: usize = 2000;
/// Confidence of [`paired_interval`].
const CONFIDENCE: f64 = 0.95;

/// The mean difference of a measure between two rankings and its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GainInterval {
    /// Mean of `after - before`.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl GainInterval {
    /// True if the second ranking is surely better: the whole interval lies above 0. The only rule by which a
    /// trained model ships or found settings are recommended.
    pub fn is_sure_gain(&self) -> bool {
        self.low > 0.0
    }
}

/// The 95 % interval of the mean of `after[q] - before[q]` from 2,000 draws; see [`paired_bootstrap`].
///
/// # Errors
/// [`Error::Invalid`] if the two differ in length or are empty.
pub fn paired_interval(before: &[f64], after: &[f64], seed: u64) -> Result<GainInterval> {
    paired_bootstrap(before, after, ROUNDS, CONFIDENCE, seed)
}

/// The percentile interval of the mean of `after[q] - before[q]`, with `confidence` (for example
/// .95), from `rounds` draws (1,000 to 10,000 are usual).
///
/// # Errors
/// [`Error::Invalid`] if the two differ in length or are empty, `rounds` is 0, or `confidence`
/// does not lie between 0 and 1.
pub fn paired_bootstrap(
    before: &[f64],
    after: &[f64],
    rounds: usize,
    confidence: f64,
    seed: u64,
) -> Result<GainInterval> {
    if before.len() != after.len() || before.is_empty() {
        let message = format!("needs pairs, found {} before and {} after", before.len(), after.len());
        return Err(Error::invalid("bootstrap", message));
    }
    if rounds == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::invalid("bootstrap", "needs at least one round and a confidence between 0 and 1"));
    }
    let differences: Vec<f64> = before.iter().zip(after).map(|(before, after)| after - before).collect();
    let count = differences.len();
    let mut random = SplitMix64::new(seed);
    let mut draw = || (0..count).map(|_| differences[random.below(count)]).sum::<f64>() / count as f64;
    let mut means: Vec<f64> = (0..rounds).map(|_| draw()).collect();
    means.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let at = |share: f64| means[((share * rounds as f64) as usize).min(rounds - 1)];
    let mean = differences.iter().sum::<f64>() / count as f64;
    Ok(GainInterval { mean, low: at(tail), high: at(1.0 - tail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_gain_has_no_width() -> Result<()> {
        let interval = paired_bootstrap(&[0.25, 0.5, 0.0], &[0.5, 0.75, 0.25], 500, 0.95, 1)?;
        assert_eq!(interval, GainInterval { mean: 0.25, low: 0.25, high: 0.25 });
        assert!(interval.is_sure_gain());
        Ok(())
    }

    #[test]
    fn the_interval_is_about_that_of_the_normal_distribution() -> Result<()> {
        // 400 differences of +1 and -1: standard error 1/20, so the interval is about ±.098.
        let after: Vec<f64> = (0..400).map(|query| if query % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let interval = paired_bootstrap(&[0.0; 400], &after, 4000, 0.95, 7)?;
        assert_eq!(interval.mean, 0.0);
        assert!((interval.high - 0.098).abs() < 0.012 && (interval.low + 0.098).abs() < 0.012, "{interval:?}");
        assert!(!interval.is_sure_gain());
        assert_eq!(interval, paired_bootstrap(&[0.0; 400], &after, 4000, 0.95, 7)?, "the same seed, the same answer");
        Ok(())
    }

    #[test]
    fn unpaired_values_are_refused() {
        assert!(paired_bootstrap(&[0.0], &[0.0, 1.0], 10, 0.95, 1).is_err());
        assert!(paired_bootstrap(&[], &[], 10, 0.95, 1).is_err());
        assert!(paired_bootstrap(&[0.0], &[0.0], 10, 1.0, 1).is_err());
    }
}
