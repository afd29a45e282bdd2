//! Normalised discounted cumulative gain (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR
//! techniques", TOIS 20(4), 2002; the exponential gain is that of Burges et al., ICML 2005). [`discounted`] is
//! the only discount by rank in the tree: training, validation and benchmarks all use it.

/// The function from ratings to gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gain {
    /// `2^rating - 1`: a perfect product counts much more than a fair one.
    #[default]
    Exponential,
    /// The rating itself.
    Linear,
}

impl Gain {
    /// The gain of a rating of 0 or more; below 0 counts as 0.
    pub fn of(self, rating: f64) -> f64 {
        let rating = rating.max(0.0);
        match self {
            Self::Exponential => rating.exp2() - 1.0,
            Self::Linear => rating,
        }
    }
}

/// A gain at a position of a ranking, counted from 0: `gain / log2(position + 2)`.
pub fn discounted(gain: f64, position: usize) -> f64 {
    gain / ((position + 2) as f64).log2()
}

/// `DCG@k = Σ_{r=1..k} gain_r / log2(r + 1)` of ratings in ranked order.
pub fn dcg(ratings: impl IntoIterator<Item = f64>, k: usize, gain: Gain) -> f64 {
    ratings.into_iter().take(k).enumerate().map(|(position, rating)| discounted(gain.of(rating), position)).sum()
}

/// `nDCG@k = DCG@k / ideal DCG@k`, 0 to 1.
///
/// `ranked` are the ratings in ranked order, 0 for products without a judgement; `judged` are all ratings of
/// the query, in any order, from which the ideal ranking is made. `None` if no rating has a gain: such a query
/// measures nothing.
pub fn ndcg(ranked: impl IntoIterator<Item = f64>, judged: &[f64], k: usize, gain: Gain) -> Option<f64> {
    let mut ideal = judged.to_vec();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = dcg(ideal, k, gain);
    (best > 0.0).then(|| dcg(ranked, k, gain) / best)
}

/// nDCG@k of a query with exactly one relevant product, by the position of that product in the ranking, counted
/// from 0: `1 / log2(position + 2)`, and 0 for a product beyond the cut or not in the ranking.
pub fn ndcg_of_one(position: Option<usize>, k: usize) -> f64 {
    position.filter(|&position| position < k).map_or(0.0, |position| discounted(1.0, position))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-4)
    }

    #[test]
    fn the_worked_example_comes_out() {
        // Ratings 3 2 3 0 1 2: DCG 6.8611, ideal 3 3 2 2 1 0: 7.1410.
        let ranked = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
        assert!((dcg(ranked, 6, Gain::Linear) - 6.8611).abs() < 1e-4);
        assert!(near(ndcg(ranked, &ranked, 6, Gain::Linear), 6.8611 / 7.1410));
    }

    #[test]
    fn exponential_gain_by_hand() {
        // Gains 1 and 7 swapped: (1 + 7/log2(3)) / (7 + 1/log2(3)).
        assert!(near(ndcg([1.0, 3.0], &[3.0, 1.0], 10, Gain::Exponential), 5.416508 / 7.630930));
    }

    #[test]
    fn the_cut_applies_to_the_ideal_as_well() {
        assert!(near(ndcg([2.0, 0.0], &[2.0, 2.0, 2.0], 1, Gain::Exponential), 1.0));
    }

    #[test]
    fn one_relevant_product_is_the_special_case() {
        for position in 0..4 {
            let ranked = (0..4).map(|at| f64::from(u8::from(at == position)));
            assert_eq!(Some(ndcg_of_one(Some(position), 3)), ndcg(ranked, &[1.0], 3, Gain::Linear));
        }
        assert_eq!(ndcg_of_one(None, 3), 0.0);
    }

    #[test]
    fn judged_but_not_found_lowers_it_and_nothing_relevant_is_no_figure() {
        assert!(near(ndcg([0.0, 1.0], &[1.0], 10, Gain::Exponential), 1.0 / 3f64.log2()));
        assert_eq!(ndcg([], &[1.0], 10, Gain::Exponential), Some(0.0));
        assert_eq!(ndcg([0.0], &[0.0, 0.0], 10, Gain::Exponential), None);
    }
}
