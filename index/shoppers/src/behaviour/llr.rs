//! Association of two things in one basket, from four counts: the signed log-likelihood ratio of the 2×2
//! table (T. Dunning, "Accurate methods for the statistics of surprise and coincidence", Computational
//! Linguistics 19(1), 1993) and the lift.

/// The numbers of baskets with both things, with the first, with the second, and of all baskets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairCounts {
    /// Baskets with both; at most `first` and `second`.
    pub together: f64,
    /// Baskets with the first.
    pub first: f64,
    /// Baskets with the second.
    pub second: f64,
    /// All baskets; at least `first + second - together`.
    pub total: f64,
}

impl PairCounts {
    /// The expected number of baskets with both if the two were independent.
    pub fn expected(&self) -> f64 {
        self.first * self.second / self.total
    }

    /// Observed over expected; 1 is chance.
    pub fn lift(&self) -> f64 {
        self.together / self.expected()
    }

    /// `(together + s) / (expected + s)`, which a single lucky basket cannot make large.
    pub fn smoothed_lift(&self, smoothing: f64) -> f64 {
        (self.together + smoothing) / (self.expected() + smoothing)
    }

    /// `G² = 2 Σ k·ln(k·N / (row·column))`, negative if the two share fewer baskets than expected. 10.8 is
    /// the .999 quantile of the χ² distribution with one degree of freedom.
    pub fn signed_llr(&self) -> f64 {
        let Self { together, first, second, total } = *self;
        let term = |count: f64, row: f64, column: f64| {
            if count > 0.0 { count * (count * total / (row * column)).ln() } else { 0.0 }
        };
        let sum = term(together, first, second)
            + term(first - together, first, total - second)
            + term(second - together, total - first, second)
            + term(total - first - second + together, total - first, total - second);
        // Rounding alone can make the sum negative.
        let llr = 2.0 * sum.max(0.0);
        if together < self.expected() { -llr } else { llr }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts from the cells of the table: both, first only, second only, neither.
    fn cells(both: f64, first: f64, second: f64, neither: f64) -> PairCounts {
        PairCounts {
            together: both,
            first: both + first,
            second: both + second,
            total: both + first + second + neither,
        }
    }

    #[test]
    fn the_ratio_has_its_known_values() {
        let known = [
            (cells(1.0, 0.0, 0.0, 1.0), 4.0 * 2f64.ln()),
            (cells(10.0, 0.0, 0.0, 10.0), 40.0 * 2f64.ln()),
            (cells(5.0, 1995.0, 0.0, 100_000.0), 39.33052),
            (cells(1000.0, 1995.0, 1000.0, 100_000.0), 4730.737),
            (cells(1000.0, 1000.0, 1000.0, 100_000.0), 5734.343),
        ];
        for (counts, llr) in known {
            assert!(
                (counts.signed_llr() - llr).abs() < 1e-6 * llr.max(1000.0),
                "{counts:?} gives {}",
                counts.signed_llr()
            );
        }
    }

    #[test]
    fn fewer_than_expected_is_negative_and_chance_is_zero() {
        assert!(cells(0.0, 10.0, 10.0, 0.0).signed_llr() < -10.0);
        assert!(cells(4.0, 16.0, 16.0, 64.0).signed_llr().abs() < 1e-9);
    }

    #[test]
    fn smoothing_pulls_the_lift_of_rare_pairs_towards_chance() {
        let lucky = cells(1.0, 0.0, 0.0, 99.0);
        assert!((lucky.lift() - 100.0).abs() < 1e-9);
        assert!((lucky.smoothed_lift(1.0) - 2.0 / 1.01).abs() < 1e-9);
    }
}
