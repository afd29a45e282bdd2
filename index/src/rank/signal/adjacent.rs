//! Neighbours in the query that are neighbours in the title too (sequential dependence).

use super::explain::always;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "adjacent",
    title: "Words side by side",
    meaning: "Share of the query's pairs of neighbouring words that follow each other in the title.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Words,
        weight: weight!(adjacent, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of query words that follow each other in the title"),
        fill,
    },
    present: always,
    sentence: |_, _| "Words that stand side by side in the search do so in its title.".to_owned(),
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = candidate.closeness.adjacent;
    }
}
