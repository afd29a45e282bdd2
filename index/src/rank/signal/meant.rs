//! The parts of a query that are understood and raise products: for whom it is, a low price, what it is free of.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal, slot};

const SLOT: usize = slot("meant");

pub(super) const SIGNAL: Signal = Signal {
    name: "meant",
    title: "What was meant",
    meaning: "Sum of what the understood parts of the query raise the product by.",
    range: (Some(0.0), None),
    effect: Effect::Added {
        group: Group::Meant,
        weight: weight!(meant, 0.0 to 10.0, try 0.1 to 3.0 Logarithmic: "weight of the understood parts of the query"),
        fill,
    },
    present: |product| product.candidate.values[SLOT] != 0.0,
    sentence: |_, _| "It fits what the query says besides its words.".to_owned(),
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(raise) = inputs.meant else { return };
    window.iter_mut().for_each(|candidate| candidate.values[slot] = raise(candidate));
}
