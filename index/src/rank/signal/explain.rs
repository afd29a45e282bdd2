//! The explanation of one score: every signal that takes part, with its weight, value, contribution and a
//! sentence. The contributions add up to the score.

use super::{Candidate, Effect, RankSettings, SIGNALS, Scales};
use crate::hit::{Factor, SignalExplanation, WordExplanation};

/// A scored product, and what the sentences of its explanation need.
pub struct Explained<'a> {
    /// The product with the values of its signals.
    pub candidate: &'a Candidate,
    /// The score of each word in each field.
    pub words: &'a [WordExplanation],
    /// Its brand; empty without one.
    pub brand: &'a str,
    /// The product of the boosts that apply to it; 1 without any.
    pub boost: f32,
    /// True if the learned order covers it.
    pub learned: bool,
    /// True if a shopper takes part in the order.
    pub personalized: bool,
    /// True if the query names a category.
    pub named: bool,
}

/// The weight, value and contribution of the signal at `slot`.
pub fn factor(slot: usize, candidate: &Candidate, settings: &RankSettings, scales: &Scales) -> Factor {
    let signal = &SIGNALS[slot];
    let weight = match signal.effect {
        Effect::Added { group, .. } => scales.of(group) * signal.weight(settings),
        Effect::Changed => 1.0,
    };
    Factor::new(weight, candidate.values[slot])
}

/// The signals that take part in a score, in the order of the registry.
pub fn explain(product: &Explained<'_>, settings: &RankSettings, scales: &Scales) -> Vec<SignalExplanation> {
    let present = SIGNALS.iter().enumerate().filter(|(_, signal)| (signal.present)(product));
    let explained = present.map(|(slot, signal)| {
        let factor = factor(slot, product.candidate, settings, scales);
        let sentence = (signal.sentence)(product, factor);
        let Factor { weight, value, contribution } = factor;
        SignalExplanation { name: signal.name, title: signal.title, sentence, weight, value, contribution }
    });
    explained.collect()
}

/// True for every product: for signals that are part of every score.
pub(super) fn always(_: &Explained<'_>) -> bool {
    true
}

/// True if a shopper takes part in the order.
pub(super) fn for_a_shopper(product: &Explained<'_>) -> bool {
    product.personalized
}

/// The first sentence where the signal raises the product, else the second.
pub(super) fn either(factor: Factor, raised: &str, lowered: &str) -> String {
    if factor.contribution >= 0.0 { raised.to_owned() } else { lowered.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::slot;
    use super::*;

    fn unpersonalized(candidate: &Candidate) -> Explained<'_> {
        Explained { candidate, words: &[], brand: "", boost: 1.0, learned: false, personalized: false, named: false }
    }

    #[test]
    fn signals_that_take_no_part_are_left_out_and_a_sentence_fits_the_sign() {
        let settings = RankSettings::default();
        let mut candidate = Candidate::default();
        let signals = explain(&unpersonalized(&candidate), &settings, &Scales::default());
        let names: Vec<&str> = signals.iter().map(|it| it.name).collect();
        assert!(names.contains(&"words") && names.contains(&"popularity"), "{names:?}");
        let absent = ["learned", "rules", "interest", "neighbours", "brand", "stated"];
        assert!(!absent.iter().any(|name| names.contains(name)), "{names:?}");
        candidate.values[slot("brand")] = -2.0;
        let scales = Scales::default().with_gate(1.0, &settings);
        let personal = Explained { brand: "Acme", boost: 5.0, personalized: true, ..unpersonalized(&candidate) };
        let signals = explain(&personal, &settings, &scales);
        assert!(signals.iter().any(|it| it.sentence == "A rule of the shop multiplies its score by 5."));
        assert!(signals.iter().any(|it| it.sentence == "You choose Acme less often than other shoppers do."));
    }
}
