//! The kind of the product: the query's head word says what is looked for, the head of a title and of a leaf
//! category say what a product is. A monitor is no monitor arm.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal, slot};

const SLOT: usize = slot("kind");

pub(super) const SIGNAL: Signal = Signal {
    name: "kind",
    title: "Kind of product",
    meaning: "1 if the query's head word is the head of the title, 0.5 if it is that of the leaf category only, -1 if the title has a synonym of it only to describe something else.",
    range: (Some(-1.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Words,
        weight: weight!(kind, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of products that are of the kind that the query names"),
        fill,
    },
    present: |product| product.candidate.values[SLOT] != 0.0,
    sentence: |_, factor| match factor.value {
        value if value >= 1.0 => "It is what the search names, by its title.".to_owned(),
        value if value > 0.0 => "It is what the search names, by its category.".to_owned(),
        _ => "Its title names what the search names only to describe something else.".to_owned(),
    },
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = candidate.kind;
    }
}
