//! The category that the query names: its products come before all others, the popular first. Without any events all
//! of them have the same popularity, and the text decides.

use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};
use crate::bitmap::Bitmap;
use crate::id::Ordinal;

pub(super) const SIGNAL: Signal = Signal {
    name: "named",
    title: "Named category",
    meaning: "1 plus the popularity of a product of the category that the query names; 0 for other products.",
    range: (Some(0.0), Some(2.0)),
    effect: Effect::Added {
        group: Group::Product,
        weight: weight!(named, 0.0 to 100.0: "weight of the category that the query names; 0 treats such queries as others"),
        fill,
    },
    present: |product| product.named,
    sentence: |_, factor| match factor.value > 0.0 {
        true => "The search names its category.".to_owned(),
        false => "It is not of the category that the search names.".to_owned(),
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = value(inputs.named, inputs.popularity, candidate.ordinal);
    }
}

/// The value for one product; `named` are the products of the category.
pub fn value(named: Option<&Bitmap>, popularity: &[f32], ordinal: Ordinal) -> f32 {
    match named.is_some_and(|named| named.contains(ordinal)) {
        true => 1.0 + popularity[ordinal.index()],
        false => 0.0,
    }
}
