//! The merchant's boosts: rules multiply the score that a product has before the shopper's part.

use super::{Candidate, Effect, Signal, slot};
use crate::rank::Boosts;

const SLOT: usize = slot("rules");

pub(super) const SIGNAL: Signal = Signal {
    name: "rules",
    title: "Rules of the shop",
    meaning: "Difference that the boosts of rules make to the score.",
    range: (None, None),
    effect: Effect::Changed,
    present: |product| product.boost != 1.0,
    sentence: |product, _| format!("A rule of the shop multiplies its score by {}.", product.boost),
};

/// Boosts candidates that have their whole score but the shopper's part.
pub fn apply(boosts: &Boosts, window: &mut [Candidate]) {
    if boosts.is_empty() {
        return;
    }
    for candidate in window {
        let boosted = boosts.weighed(candidate.ordinal, candidate.score);
        candidate.values[SLOT] = boosted - candidate.score;
        candidate.score = boosted;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bitmap::Bitmap;
    use crate::id::Ordinal;

    #[test]
    fn the_difference_that_a_boost_makes_is_recorded() {
        let boosts = Boosts::new(vec![(Arc::new(Bitmap::from_ordinals(4, Ordinal::array([1, 2]))), 2.0)]);
        let mut candidates = [Candidate { ordinal: Ordinal::new(1), score: 0.5, ..Candidate::default() }];
        apply(&boosts, &mut candidates);
        assert!((candidates[0].score - 1.1).abs() < 1e-6 && (candidates[0].values[SLOT] - 0.6).abs() < 1e-6);
    }
}
