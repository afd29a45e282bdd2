//! The evidence for a query's intent: its best candidates, weighed by their scores.

use super::{Candidate, RankSettings};
use crate::id::Ordinal;

/// The best `feedback_hits` candidates with weights that sum to 1: a softmax of their scores.
pub fn evidence(candidates: &[Candidate], settings: &RankSettings) -> Vec<(Ordinal, f32)> {
    let mut scored: Vec<(Ordinal, f32)> = candidates.iter().map(|one| (one.ordinal, one.score)).collect();
    scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate(settings.feedback_hits);
    let best = scored.first().map_or(0.0, |(_, score)| *score);
    let mut sum = 0.0;
    for (_, weight) in &mut scored {
        *weight = ((*weight - best) / settings.feedback_spread).exp();
        sum += *weight;
    }
    scored.iter_mut().for_each(|(_, weight)| *weight /= sum);
    scored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_weigh_the_most_and_all_weights_sum_to_one() {
        let candidate = |ordinal, score| Candidate { ordinal: Ordinal::new(ordinal), score, ..Candidate::default() };
        let candidates = [candidate(4, 0.2), candidate(7, 1.0), candidate(2, 1.0), candidate(1, 0.1)];
        let settings = RankSettings { feedback_hits: 3, ..RankSettings::default() };
        let found = evidence(&candidates, &settings);
        assert_eq!(found.iter().map(|(ordinal, _)| *ordinal).collect::<Vec<_>>(), Ordinal::array([2, 7, 4]));
        assert!((found.iter().map(|(_, weight)| weight).sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(found[0].1 == found[1].1 && found[1].1 > 5.0 * found[2].1);
        assert!(evidence(&[], &settings).is_empty());
    }
}
