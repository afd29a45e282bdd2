//! The popularity of the product among all shoppers.

use super::explain::always;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "popularity",
    title: "Popularity",
    meaning: "Logarithm of the decayed interactions with the product, divided by the largest of the catalogue.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Product,
        weight: weight!(popularity, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of popularity"),
        fill,
    },
    present: always,
    sentence: |_, factor| {
        format!("Wanted by shoppers: {:.0} of 100, where 100 is the most wanted product.", factor.value * 100.0)
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = inputs.popularity[candidate.ordinal.index()];
    }
}
