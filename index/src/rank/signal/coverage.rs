//! The share of the title that the query names: a title that says nothing else is the likelier target.

use super::explain::always;
use super::weight::weight;
use super::{Candidate, Effect, Group, Inputs, Signal};

pub(super) const SIGNAL: Signal = Signal {
    name: "coverage",
    title: "Share of the title",
    meaning: "Share of the title's words that the query names.",
    range: (Some(0.0), Some(1.0)),
    effect: Effect::Added {
        group: Group::Words,
        weight: weight!(coverage, 0.0 to 10.0, try 0.01 to 2.0 Logarithmic: "weight of the share of the title that the query names"),
        fill,
    },
    present: always,
    sentence: |_, factor| format!("The search names {:.0} % of the words of its title.", factor.value * 100.0),
};

fn fill(_: &Inputs<'_>, window: &mut [Candidate], slot: usize) {
    for candidate in window {
        candidate.values[slot] = candidate.closeness.coverage;
    }
}
