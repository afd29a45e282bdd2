//! The meaning of the query and of the product: the cosine of their vectors. A cosine below 0 counts as 0: it
//! is no merit and no fault.

use super::explain::always;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "vectors",
    title: "Meaning",
    meaning: "Cosine of the vectors of query and product; 0 where it is negative.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added { group: Group::Vectors, weight: None, fill },
    present: always,
    sentence: |product, _| sentence(product.candidate.cosine),
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = candidate.cosine.max(0.0);
    }
}

fn sentence(cosine: f32) -> String {
    let how = match cosine {
        same if same >= 0.6 => "means much the same as",
        near if near >= 0.4 => "is near in meaning to",
        _ => "has a little in common with",
    };
    format!("Its text {how} the search (likeness {cosine:.2}).")
}
