//! Is the difference between two rankings more than luck? The paired bootstrap
//! (Efron and Tibshirani, "An introduction to the bootstrap", 1993; for rankings:
//! Sakai, SIGIR 2006): draw queries with replacement, average the differences,
//! and read the percentiles. Randomness is a seeded generator, so that the same
//! input gives the same interval.

use crate::error::{Error, Result};

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, fast, passes the usual tests.
#[derive(Debug, Clone)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator whose numbers depend on the seed alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must be above 0 (multiply and shift; the bias is below 2^-32
    /// for any bound below 2^32).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }
}

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
    fn the_generator_has_its_published_first_numbers() {
        let mut random = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
        assert!((0..1000).all(|_| random.below(7) < 7));
    }

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
