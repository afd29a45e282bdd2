//! The kind of the product where the query says what the thing is for: a battery for a drill is no drill with a
//! battery.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal, slot};

const SLOT: usize = slot("purpose");

pub(super) const SIGNAL: Signal = Signal {
    name: "purpose",
    title: "Thing for a use",
    meaning: "Where the query says what the thing is for: the kind of product, 0 to 1, and -1 for a product that is what the thing is for.",
    range: (Some(-1.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Words,
        weight: weight!(purpose, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of products that are of the kind that the query names before its use"),
        fill,
    },
    present: |product| product.candidate.values[SLOT] != 0.0,
    sentence: |_, factor| match factor.value {
        value if value > 0.0 => "It is the thing that the search names, not what that is for.".to_owned(),
        _ => "It is what the thing is for that the search names.".to_owned(),
    },
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = candidate.purpose;
    }
}
