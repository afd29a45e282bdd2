//! Products of another kind than the query names: those in categories that hold nothing of it.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal, slot};

const SLOT: usize = slot("other_kind");

pub(super) const SIGNAL: Signal = Signal {
    name: "other_kind",
    title: "Another kind of product",
    meaning: "-1 if no category of the product holds anything of the kind that the query names, though other matches are of it.",
    range: (Some(-1.0), Some(0.0)),
    effect: Effect::Added {
        group: Group::Words,
        weight: weight!(other_kind, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of products in categories without anything of the kind that the query names"),
        fill,
    },
    present: |product| product.candidate.values[SLOT] != 0.0,
    sentence: |_, _| "Its category holds nothing of what the search names.".to_owned(),
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = if candidate.other_kind { -1.0 } else { 0.0 };
    }
}
