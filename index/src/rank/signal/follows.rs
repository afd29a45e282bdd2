//! The products of a named category that the shopper's history leads to, scored as for-you scores them. Where a query
//! only names a category, what else was bought says the most about what is looked for.

use super::explain::{either, for_a_shopper};
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "follows",
    title: "Follows the history",
    meaning: "Score of for-you for a product of the category that the query names, where it is sure enough; 0 for other searches.",
    range: (Some(0.0), None),
    effect: Effect::Added {
        group: Group::Inferred,
        weight: weight!(personal.follows, 0.0 to 100.0: "weight of the score of for-you, where the query names a category"),
        fill,
    },
    present: |product| product.named && for_a_shopper(product),
    sentence: |_, factor| {
        either(
            factor,
            "It goes with what you looked at or bought.",
            "It goes little with what you looked at or bought.",
        )
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(shopper) = inputs.shopper.filter(|_| inputs.named.is_some()) else { return };
    for candidate in window {
        candidate.values[slot] = shopper.follows.get(&candidate.ordinal).copied().unwrap_or(0.0);
    }
}
