//! Boosting and burying: a merchant's factors on scores, `(score + FLOOR)·factor − FLOOR`, before
//! the shopper's part. The floor lets a factor move products that have no score yet, such as one
//! nobody bought on a page without words. Factors of several weighings multiply.

use std::sync::Arc;

use super::Candidate;
use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// What a product without any score is taken to have.
const FLOOR: f32 = 0.1;
/// The smallest and the largest product of factors.
const LIMITS: (f32, f32) = (0.0, 1000.0);

/// What a merchant weighs how, in ordinals.
#[derive(Debug, Clone, Default)]
pub struct Boosts(Vec<(Arc<Bitmap>, f32)>);

impl Boosts {
    /// Products and the factor of each set of them.
    pub fn new(weighed: Vec<(Arc<Bitmap>, f32)>) -> Self {
        Self(weighed)
    }

    /// Whether nothing is weighed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a product's score is multiplied by.
    pub fn factor(&self, ordinal: Ordinal) -> f32 {
        let holding = self.0.iter().filter(|(products, _)| products.contains(ordinal));
        holding.map(|(_, factor)| factor).product::<f32>().clamp(LIMITS.0, LIMITS.1)
    }

    /// A score as it is weighed.
    pub fn weighed(&self, ordinal: Ordinal, score: f32) -> f32 {
        match self.is_empty() {
            true => score,
            false => (score + FLOOR) * self.factor(ordinal) - FLOOR,
        }
    }

    /// Orders products by their score as it is weighed, ties by ordinal; `score` makes it of what
    /// stands beside a product. Leaves the order alone where nothing is weighed.
    pub fn order(&self, ranked: &mut [(Ordinal, f32)], score: impl Fn(f32) -> f32) {
        if !self.is_empty() {
            let mut weighed: Vec<(f32, (Ordinal, f32))> =
                ranked.iter().map(|&pair| (self.weighed(pair.0, score(pair.1)), pair)).collect();
            weighed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.0.cmp(&b.1.0)));
            ranked.iter_mut().zip(weighed).for_each(|(place, (_, pair))| *place = pair);
        }
    }

    /// Weighs candidates that have their score but for the shopper's part.
    pub fn apply(&self, candidates: &mut [Candidate]) {
        if self.is_empty() {
            return;
        }
        for candidate in candidates {
            let weighed = self.weighed(candidate.ordinal, candidate.score);
            candidate.boost = weighed - candidate.score;
            candidate.score = weighed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boosts() -> Boosts {
        let of = |ordinals: &[Ordinal]| Arc::new(Bitmap::from_ordinals(4, ordinals.iter().copied()));
        Boosts::new(vec![(of(&[1, 2]), 2.0), (of(&[2]), 3.0), (of(&[3]), 0.0)])
    }

    #[test]
    fn factors_multiply_and_what_is_not_weighed_stays() {
        let factors: Vec<f32> = (0..4).map(|ordinal| boosts().factor(ordinal)).collect();
        assert_eq!(factors, [1.0, 2.0, 6.0, 0.0]);
        let weighed: Vec<f32> = (0..4).map(|ordinal| boosts().weighed(ordinal, 0.5)).collect();
        assert!(
            weighed.iter().zip([0.5, 1.1, 3.5, -0.1]).all(|(found, right)| (found - right).abs() < 1e-6),
            "{weighed:?}"
        );
    }

    #[test]
    fn a_product_without_a_score_can_be_boosted_too() {
        assert!(boosts().weighed(1, 0.0) > boosts().weighed(0, 0.0));
    }

    #[test]
    fn the_part_of_a_boost_in_a_score_is_kept_to_be_told() {
        let mut candidates = [Candidate { ordinal: 1, score: 0.5, ..Candidate::default() }];
        boosts().apply(&mut candidates);
        assert!((candidates[0].score - 1.1).abs() < 1e-6 && (candidates[0].boost - 0.6).abs() < 1e-6);
    }
}
