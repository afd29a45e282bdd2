//! Is the difference between two rankings more than luck? The paired bootstrap
//! (Efron and Tibshirani, "An introduction to the bootstrap", 1993; for rankings:
//! Sakai, SIGIR 2006): draw queries with replacement, average the differences,
//! and read the percentiles. Randomness is a seeded generator, so that the same
//! input gives the same interval.

use crate::error::{Error, Result};
use crate::random::SplitMix64;

/// The mean difference and where it would lie with other queries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Mean of `after - before`.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the whole interval lies on one side of 0.
    pub fn is_decided(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The percentile interval of the mean of `after[q] - before[q]`, with `confidence` (for example
/// .95), from `rounds` draws (1,000 to 10,000 are usual).
///
/// # Errors
/// [`Error::Invalid`] when the two differ in length or are empty, `rounds` is 0, or `confidence`
/// does not lie between 0 and 1.
pub fn paired_bootstrap(before: &[f64], after: &[f64], rounds: usize, confidence: f64, seed: u64) -> Result<Interval> {
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
    Ok(Interval { mean, low: at(tail), high: at(1.0 - tail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_gain_has_no_width() -> Result<()> {
        let interval = paired_bootstrap(&[0.25, 0.5, 0.0], &[0.5, 0.75, 0.25], 500, 0.95, 1)?;
        assert_eq!(interval, Interval { mean: 0.25, low: 0.25, high: 0.25 });
        assert!(interval.is_decided());
        Ok(())
    }

    #[test]
    fn the_interval_is_about_that_of_the_normal_distribution() -> Result<()> {
        // 400 differences of +1 and -1: standard error 1/20, so the interval is about ±.098.
        let after: Vec<f64> = (0..400).map(|query| if query % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let interval = paired_bootstrap(&[0.0; 400], &after, 4000, 0.95, 7)?;
        assert_eq!(interval.mean, 0.0);
        assert!((interval.high - 0.098).abs() < 0.012 && (interval.low + 0.098).abs() < 0.012, "{interval:?}");
        assert!(!interval.is_decided());
        assert_eq!(interval, paired_bootstrap(&[0.0; 400], &after, 4000, 0.95, 7)?, "the same seed, the same answer");
        Ok(())
    }

    #[test]
    fn what_is_not_paired_is_refused() {
        assert!(paired_bootstrap(&[0.0], &[0.0, 1.0], 10, 0.95, 1).is_err());
        assert!(paired_bootstrap(&[], &[], 10, 0.95, 1).is_err());
        assert!(paired_bootstrap(&[0.0], &[0.0], 10, 1.0, 1).is_err());
    }
}
