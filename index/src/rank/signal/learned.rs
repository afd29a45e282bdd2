//! The learned order: a reranker deals the linear scores of the window's best out in its own order. Scores keep
//! their scale, so hits outside the window and the shopper's part need to know nothing of the model.

use super::explain::either;
use super::{Candidate, Effect, Signal, slot};

const SLOT: usize = slot("learned");

pub(super) const SIGNAL: Signal = Signal {
    name: "learned",
    title: "Learned order",
    meaning: "Difference that the learned order makes to the linear score.",
    range: (None, None),
    effect: Effect::Changed,
    present: |product| product.learned,
    sentence: |_, factor| {
        either(
            factor,
            "Judged searches and clicks taught the shop to show it earlier.",
            "Judged searches and clicks taught the shop to show it later.",
        )
    },
};

/// Reorders candidates, which stand in linear order, by the model's `scores`, ties in linear order. The best by
/// the model gets the largest linear score, the next the second, each less than the one before.
pub fn deal_out(top: &mut [Candidate], scores: &[f32]) {
    let linear: Vec<f32> = top.iter().map(|candidate| candidate.score).collect();
    let mut order: Vec<usize> = (0..top.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let placed: Vec<Candidate> =
        order.iter().zip(&linear).map(|(&at, &score)| Candidate { score, ..top[at] }).collect();
    top.copy_from_slice(&placed);
    // Equal linear scores must not undo the learned order.
    for place in 1..top.len() {
        let above = top[place - 1].score;
        if top[place].score >= above {
            top[place].score = above.next_down();
        }
    }
    for (candidate, &at) in top.iter_mut().zip(&order) {
        candidate.values[SLOT] = candidate.score - linear[at];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ordinal;

    #[test]
    fn the_best_by_the_model_gets_the_largest_score_and_ties_do_not_undo_the_order() {
        let mut top = [(1, 0.5), (2, 0.5), (3, 0.2)].map(|(ordinal, score)| Candidate {
            ordinal: Ordinal::new(ordinal),
            score,
            ..Candidate::default()
        });
        deal_out(&mut top, &[0.0, 1.0, 2.0]);
        assert_eq!(top.map(|candidate| candidate.ordinal), Ordinal::array([3, 2, 1]));
        assert!(top[0].score == 0.5 && top[1].score < 0.5 && top[1].score > 0.49 && top[2].score == 0.2);
        assert!(top.iter().zip([0.2, 0.5, 0.5]).all(|(it, linear)| (it.score - it.values[SLOT] - linear).abs() < 1e-6));
    }
}
