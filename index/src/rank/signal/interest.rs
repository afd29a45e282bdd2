//! The shopper's interests: `max over k of w_k·cos(u_k, v − mean)` over the interest vectors. A long-term
//! interest has its weight over that of the strongest, the session has weight 1.

use super::explain::{either, for_a_shopper};
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};
use crate::id::Ordinal;
use crate::rank::Taste;
use crate::vector::{VectorIndex, dot};

pub(super) const SIGNAL: Signal = Signal {
    name: "interest",
    title: "Interests",
    meaning: "Cosine with the nearest interest vector of the shopper, both centred on the catalogue's mean.",
    range: (Some(-1.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Inferred,
        weight: weight!(personal.interest, 0.0 to 10.0: "weight of the interest vector's cosine"),
        fill,
    },
    present: for_a_shopper,
    sentence: |_, factor| {
        either(factor, "It is close to what you looked at or bought.", "It is far from what you looked at or bought.")
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    inputs.fill_inferred(window, slot, |shopper| nearness(inputs.vectors, inputs.mean, shopper.taste));
}

/// The value of the signal by product; 0 without vectors.
pub fn nearness<'a>(vectors: &'a VectorIndex, mean: &'a [f32], taste: &'a Taste) -> impl Fn(Ordinal) -> f32 + use<'a> {
    let strongest = taste.interests.first().map_or(1.0, |(weight, _)| *weight);
    let long_term = taste.interests.iter().map(|(weight, vector)| (weight / strongest, vector));
    let interests: Vec<(f32, &[f32], f32)> = long_term
        .chain(taste.session.iter().map(|vector| (1.0, vector)))
        .map(|(weight, vector)| (weight, &vector[..], dot(mean, vector)))
        .collect();
    let mean_squared = dot(mean, mean);
    move |ordinal| {
        if interests.is_empty() || !vectors.has_direction(ordinal) {
            return 0.0;
        }
        // The cosine with the row minus the mean of all rows, without writing that difference down.
        let row = vectors.row(ordinal);
        let length = (dot(row, row) - 2.0 * dot(row, mean) + mean_squared).max(0.0).sqrt();
        if length <= f32::EPSILON {
            return 0.0;
        }
        let cosines = interests.iter().map(|(weight, vector, offset)| weight * (dot(row, vector) - offset) / length);
        cosines.reduce(f32::max).unwrap_or(0.0).clamp(-1.0, 1.0)
    }
}
