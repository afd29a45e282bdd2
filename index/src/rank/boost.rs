//! Boosting and burying: a merchant's factors on scores, `(score + FLOOR)·factor − FLOOR`, before the shopper's
//! part. The floor lets a factor move products without a score, such as one that nobody bought on a page without
//! words. The factors of several boosts multiply.

use std::sync::Arc;

use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// The score that a product without any is given before it is multiplied.
const FLOOR: f32 = 0.1;
/// The smallest and the largest product of factors.
const LIMITS: (f32, f32) = (0.0, 1000.0);

/// A merchant's boosts: sets of products and the factor of each.
#[derive(Debug, Clone, Default)]
pub struct Boosts(Vec<(Arc<Bitmap>, f32)>);

impl Boosts {
    /// Boosts of sets of products.
    pub fn new(weighed: Vec<(Arc<Bitmap>, f32)>) -> Self {
        Self(weighed)
    }

    /// True if nothing is boosted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The factor of a product's score; 1 where nothing boosts it.
    pub fn factor(&self, ordinal: Ordinal) -> f32 {
        let holding = self.0.iter().filter(|(products, _)| products.contains(ordinal));
        holding.map(|(_, factor)| factor).product::<f32>().clamp(LIMITS.0, LIMITS.1)
    }

    /// A score as boosted.
    pub fn weighed(&self, ordinal: Ordinal, score: f32) -> f32 {
        match self.is_empty() {
            true => score,
            false => (score + FLOOR) * self.factor(ordinal) - FLOOR,
        }
    }

    /// Orders products by their boosted score, ties by ordinal; `score` turns a product's strength into its score.
    /// Without boosts the order stays.
    pub fn order(&self, ranked: &mut [(Ordinal, f32)], score: impl Fn(f32) -> f32) {
        if !self.is_empty() {
            let mut weighed: Vec<(f32, (Ordinal, f32))> =
                ranked.iter().map(|&pair| (self.weighed(pair.0, score(pair.1)), pair)).collect();
            weighed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.0.cmp(&b.1.0)));
            ranked.iter_mut().zip(weighed).for_each(|(place, (_, pair))| *place = pair);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boosts() -> Boosts {
        let of = |ordinals| Arc::new(Bitmap::from_ordinals(4, Ordinal::slice(ordinals).iter().copied()));
        Boosts::new(vec![(of(&[1, 2]), 2.0), (of(&[2]), 3.0), (of(&[3]), 0.0)])
    }

    #[test]
    fn factors_multiply_and_products_without_a_boost_stay() {
        let factors: Vec<f32> = Ordinal::all(4).map(|ordinal| boosts().factor(ordinal)).collect();
        assert_eq!(factors, [1.0, 2.0, 6.0, 0.0]);
        let weighed: Vec<f32> = Ordinal::all(4).map(|ordinal| boosts().weighed(ordinal, 0.5)).collect();
        assert!(
            weighed.iter().zip([0.5, 1.1, 3.5, -0.1]).all(|(found, right)| (found - right).abs() < 1e-6),
            "{weighed:?}"
        );
    }

    #[test]
    fn a_product_without_a_score_can_be_boosted_too() {
        assert!(boosts().weighed(Ordinal::new(1), 0.0) > boosts().weighed(Ordinal::new(0), 0.0));
    }
}
