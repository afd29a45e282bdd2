//! Other shoppers: `m·ln(1 + Σ_p decay^p · W[i_p, j]/(m·w₀))`, the products that shoppers with the same history
//! went on to, in units of the table's median entry `w₀`. Up to about m = 16 of them it is the sum, so that
//! strong ties move a product and many weak ones little.

use super::explain::{either, for_a_shopper};
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

/// The number of median entries beyond which more of them count ever less.
const MANY_NEIGHBOURS: f32 = 16.0;

pub(super) const SIGNAL: Signal = Signal {
    name: "neighbours",
    title: "Other shoppers",
    meaning: "Decayed co-interaction with the shopper's history, in median entries of the table, damped by a logarithm.",
    range: (Some(0.0), None),
    effect: Effect::Added {
        group: Group::Inferred,
        weight: weight!(personal.neighbours, 0.0 to 10.0: "weight of products that shoppers with the same history went on to"),
        fill,
    },
    present: for_a_shopper,
    sentence: |_, factor| {
        either(
            factor,
            "Shoppers who looked at or bought the same products went on to this one.",
            "Shoppers who looked at or bought the same products rarely went on to this one.",
        )
    },
};

fn fill(inputs: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    inputs.fill_inferred(window, slot, |shopper| {
        |ordinal| shopper.taste.neighbours.get(&ordinal).map_or(0.0, |&sum| damped(sum))
    });
}

/// About the sum itself while it is small; it grows with its logarithm beyond [`MANY_NEIGHBOURS`].
fn damped(sum: f32) -> f32 {
    MANY_NEIGHBOURS * (sum / MANY_NEIGHBOURS).ln_1p()
}
