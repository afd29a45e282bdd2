//! The category that the query is likely about, by the categories of its best candidates.

use super::explain::always;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "category",
    title: "Likely category",
    meaning: "Share of the best candidates' weight in the likely category; 0 for products outside of it.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Intent,
        weight: weight!(category, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of the category that the query is likely about"),
        fill,
    },
    present: always,
    sentence: |_, _| "The search is probably about its category.".to_owned(),
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(category) = inputs.intent.and_then(|intent| intent.category.as_ref()) else { return };
    for candidate in window.iter_mut().filter(|candidate| (category.contains)(candidate.ordinal)) {
        candidate.values[slot] = category.share;
    }
}
