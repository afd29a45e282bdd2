//! The signals of a search score, one file a signal: its name, title and meaning, its range, the setting that
//! weighs it, and the function that gives its values for a window of candidates. Scoring, explanations, the
//! table of settings and the page `docs/reference/signals.md` iterate over the registry [`SIGNALS`].
//!
//! To add a signal: write its file here, and name it in the two lists below, its `mod` line and its line of
//! the registry. What it needs besides the candidates comes from [`Inputs`]; nothing here sees the engine.

mod explain;
mod inputs;
mod score;
mod table;
mod weight;

mod adjacent;
mod bound;
mod brand;
mod category;
mod coverage;
mod feedback;
mod follows;
mod interest;
mod kind;
mod learned;
mod meant;
mod named;
mod neighbours;
mod other_kind;
mod popularity;
mod purpose;
mod rules;
mod sold_out;
mod stated;
mod vectors;
mod words;

pub use bound::apply as apply_bound;
pub use explain::{Explained, explain, factor};
pub use inputs::{Inputs, IntentInputs, LikelyCategoryInput, ShopperInputs};
pub use interest::nearness as interest_nearness;
pub use learned::deal_out;
pub use named::value as named_value;
pub use rules::apply as apply_rules;
pub use score::{AVAILABILITY, FUSION, INTENT, MEANT, PERSONAL, Scales, add};
pub use stated::{StatedPreference, stated_preferences};
pub use table::table;
pub use weight::{Scale, TunedRange, Weight};

use super::{Candidate, RankSettings};
use crate::hit::Factor;

/// Gives a signal's values: writes one for each candidate of the window, at the signal's slot.
pub type Fill = fn(&Inputs<'_>, &mut [Candidate], usize);

/// One signal: a part of a search score.
pub struct Signal {
    /// The name, as answers and programs spell it.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The meaning of its value, in one sentence.
    pub meaning: &'static str,
    /// The least and the largest value; open where absent.
    pub range: (Option<f32>, Option<f32>),
    /// The way in which it changes the score.
    pub effect: Effect,
    /// True if it takes part in the score of a product and belongs in its explanation.
    pub present: fn(&Explained<'_>) -> bool,
    /// The reason in a sentence, for one product.
    pub sentence: fn(&Explained<'_>, Factor) -> String,
}

/// The way in which a signal changes a score.
#[derive(Clone, Copy)]
pub enum Effect {
    /// Adds `scale of the group × weight × value`.
    Added {
        /// The group it is summed with.
        group: Group,
        /// The setting that weighs it; without one its weight is 1.
        weight: Option<Weight>,
        /// The function that gives its values.
        fill: Fill,
    },
    /// Changes the score itself, in the function of its file; the value is the difference.
    Changed,
}

/// Signals that are summed before the sum is scaled. Groups are added to the score one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The words of the query, scaled by `1 − rank.vector_weight`.
    Words,
    /// The query's vector, scaled by `rank.vector_weight`.
    Vectors,
    /// The product itself.
    Product,
    /// The availability of the product, which no boost outweighs.
    Availability,
    /// The intent that the best candidates have in common.
    Intent,
    /// The understood parts of the query that are more than words.
    Meant,
    /// The preferences that the shopper stated.
    Stated,
    /// The preferences inferred from the shopper's history, scaled by the gate and `rank.personal.weight`.
    Inferred,
}

impl Signal {
    /// Its weight under some settings; 1 without a setting.
    pub fn weight(&self, settings: &RankSettings) -> f32 {
        self.setting().map_or(1.0, |weight| (weight.get)(settings))
    }

    /// The setting that weighs it.
    pub const fn setting(&self) -> Option<&Weight> {
        match &self.effect {
            Effect::Added { weight: Some(weight), .. } => Some(weight),
            _ => None,
        }
    }
}

macro_rules! registry {
    ($($file:ident),* $(,)?) => {
        const NAMES: [&str; COUNT] = [$(stringify!($file)),*];

        /// The number of signals.
        pub const COUNT: usize = [$(stringify!($file)),*].len();

        /// Every signal, in the order in which explanations list them. The slot of a signal is its place here.
        pub static SIGNALS: [Signal; COUNT] = [$($file::SIGNAL),*];

        /// The settings that weigh signals, in the same order, absent where a signal has none.
        pub const WEIGHTS: [Option<Weight>; COUNT] = [$(match $file::SIGNAL.setting() {
            Some(weight) => Some(*weight),
            None => None,
        }),*];
    };
}

registry![
    words, vectors, adjacent, coverage, kind, purpose, other_kind, popularity, sold_out, named, feedback, category,
    learned, rules, interest, neighbours, follows, brand, stated, meant, bound,
];

/// The slot of a signal in a candidate's values. In a constant, a name that is no signal does not compile.
///
/// # Panics
/// Panics if no signal has the name.
pub const fn slot(name: &str) -> usize {
    let mut at = 0;
    while at < COUNT {
        if same(NAMES[at], name) {
            return at;
        }
        at += 1;
    }
    panic!("no signal has this name")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_named_like_its_file_and_says_what_it_means() {
        for (signal, file) in SIGNALS.iter().zip(NAMES) {
            assert_eq!(signal.name, file);
            assert!(!signal.title.is_empty() && signal.meaning.ends_with('.'), "{file}");
        }
    }
}
