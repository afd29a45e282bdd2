//! The availability of the product: what cannot be had comes after what can, unless the query names it exactly.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal, slot};

const SLOT: usize = slot("sold_out");

pub(super) const SIGNAL: Signal = Signal {
    name: "sold_out",
    title: "Sold out",
    meaning: "-1 if the product is sold out, the query does not name it exactly, and what can be had has as many of the words.",
    range: (Some(-1.0), Some(0.0)),
    effect: Effect::Added {
        group: Group::Availability,
        weight: weight!(sold_out, 0.0 to 10.0: "weight that products which are sold out lose; 0 leaves them in their place"),
        fill,
    },
    present: |product| product.candidate.values[SLOT] != 0.0,
    sentence: |_, _| "It is sold out, so it comes after what can be had.".to_owned(),
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(bury) = inputs.bury else { return };
    for candidate in window {
        candidate.values[slot] = if bury.lowers(candidate.ordinal, candidate.held) { -1.0 } else { 0.0 };
    }
}
