//! Pseudo-relevance feedback: the similarity of a product to the best candidates. Where most of them lie close
//! together, a product that lies there too is the likelier target, and an accessory with the same words is
//! not. (Rocchio, "Relevance feedback in information retrieval", 1971, with the answer's own best hits in place
//! of judged ones.)

use super::explain::always;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "feedback",
    title: "Like the best hits",
    meaning: "Cosine with the weighted mean of the best candidates' vectors, times the length of that mean.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Intent,
        weight: weight!(feedback, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of the similarity to the best hits, by vectors"),
        fill,
    },
    present: always,
    sentence: |_, factor| format!("It is like what the best hits have in common (likeness {:.2}).", factor.value),
};

/// The mean keeps its length, which measures how far the best candidates agree.
fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    let Some(intent) = inputs.intent.filter(|_| inputs.has_vector && inputs.settings.feedback > 0.0) else { return };
    let mut mean = vec![0f32; inputs.vectors.dimensions()];
    for &(ordinal, weight) in intent.evidence {
        mean.iter_mut().zip(inputs.vectors.row(ordinal)).for_each(|(sum, x)| *sum += weight * x);
    }
    for candidate in window {
        candidate.values[slot] = inputs.vectors.similarity(&mean, candidate.ordinal).max(0.0);
    }
}
