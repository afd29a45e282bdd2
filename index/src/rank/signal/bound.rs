//! The bound on the shopper's part: it is held to the product's own relevance, fades with the specificity of the query,
//! and never lifts a product over one of a better match level that comes first without a shopper. So a taste chooses
//! among what was asked for, and hides nothing of it.

use super::explain::for_a_shopper;
use super::{Candidate, Effect, Signal, slot};

const SLOT: usize = slot("bound");

pub(super) const SIGNAL: Signal = Signal {
    name: "bound",
    title: "Held to the search",
    meaning: "Difference that the bound makes to the shopper's part, which must not hide what was asked for.",
    range: (None, None),
    effect: Effect::Changed,
    present: |product| for_a_shopper(product) && !product.named,
    sentence: |_, _| "What is known of you counts only as far as it fits the search.".to_owned(),
};

/// Exponent of the relevance: a product with half of the best score gets an eighth of the lift.
const RELEVANCE_POWER: i32 = 3;

/// Bounds the shopper's parts of candidates whose scores without them were `neutral`. `most` is the largest part,
/// `fading` is 0 for a query that names one product and 1 for one that leaves the choice open.
pub fn apply(neutral: &[f32], most: f32, fading: f32, window: &mut [Candidate]) {
    let best = neutral.iter().copied().fold(0.0, f32::max);
    for (candidate, &neutral) in window.iter_mut().zip(neutral) {
        let part = candidate.score - neutral;
        let relevance = if best > 0.0 { (neutral / best).clamp(0.0, 1.0).powi(RELEVANCE_POWER) } else { 1.0 };
        let own = if part > 0.0 { relevance } else { 1.0 };
        let bounded = neutral + fading * own * squeezed(part, most);
        candidate.values[SLOT] = bounded - candidate.score;
        candidate.score = bounded;
    }
    hold_below_better_levels(neutral, window);
}

/// Nearly the part itself while it is small, never more than `most`.
fn squeezed(part: f32, most: f32) -> f32 {
    if most > 0.0 { most * (part / most).tanh() } else { 0.0 }
}

/// Lowers each score below those of better match levels that were above it without a shopper.
fn hold_below_better_levels(neutral: &[f32], window: &mut [Candidate]) {
    let mut order: Vec<usize> = (0..window.len()).collect();
    order.sort_unstable_by(|&a, &b| neutral[b].total_cmp(&neutral[a]).then(window[a].ordinal.cmp(&window[b].ordinal)));
    // The least score so far of each level.
    let mut least: Vec<(f32, f32)> = Vec::new();
    for at in order {
        let candidate = &mut window[at];
        let level = level(candidate);
        let better = least.iter().filter(|(of, _)| *of > level).map(|(_, score)| *score);
        let cap = better.fold(f32::INFINITY, f32::min);
        if candidate.score >= cap {
            candidate.values[SLOT] += cap.next_down() - candidate.score;
            candidate.score = cap.next_down();
        }
        match least.iter_mut().find(|(of, _)| *of == level) {
            Some((_, score)) => *score = score.min(candidate.score),
            None => least.push((level, candidate.score)),
        }
    }
}

/// The match level: the share of the query's words, and above all of them the query as the whole title.
fn level(candidate: &Candidate) -> f32 {
    let is_title = candidate.held >= 1.0 && candidate.closeness.coverage >= 0.999;
    candidate.held + f32::from(u8::from(is_title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Ordinal;
    use crate::text::Closeness;

    fn candidate(ordinal: u32, held: f32, coverage: f32, score: f32) -> Candidate {
        let closeness = Closeness { coverage, ..Closeness::default() };
        Candidate { ordinal: Ordinal::new(ordinal), held, closeness, score, ..Candidate::default() }
    }

    #[test]
    fn a_large_part_is_bounded_by_the_relevance_and_fades() {
        let neutral = [1.0, 0.9, 0.3];
        let parts = |fading| {
            let mut window =
                [0, 1, 2].map(|at| candidate(at, 1.0, 0.2, neutral[at as usize] + [0.0, 3.0, 3.0][at as usize]));
            apply(&neutral, 0.4, fading, &mut window);
            window.map(|candidate| (candidate.score, candidate.values[SLOT]))
        };
        let [first, second, third] = parts(1.0);
        assert!(first.0 == 1.0 && second.0 > first.0, "taste chooses among what fits");
        assert!(third.0 < 0.4, "what hardly fits stays behind: {}", third.0);
        assert!((second.0 - (3.9 + second.1)).abs() < 1e-6, "the difference is recorded");
        assert!(parts(0.0).iter().zip(neutral).all(|(one, neutral)| one.0 == neutral), "specific: no taste at all");
    }

    #[test]
    fn no_product_is_lifted_over_a_better_level_that_came_first() {
        let neutral = [1.2, 1.1, 1.0, 0.9];
        let mut window = [
            candidate(0, 1.0, 1.0, 1.2),
            candidate(1, 1.0, 0.3, 1.5),
            candidate(2, 0.0, 0.0, 1.4),
            candidate(3, 1.0, 0.3, 1.3),
        ];
        apply(&neutral, 10.0, 1.0, &mut window);
        let score = |at: usize| window[at].score;
        assert!(score(0) > score(1) && score(0) > score(3), "the whole title is first: {window:?}");
        assert!(score(1) > score(2), "found by words, before what is only alike");
    }
}
