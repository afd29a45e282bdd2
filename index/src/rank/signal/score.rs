//! The score of a candidate: `Σ over groups of scale · Σ over its signals of weight · value`, a convex
//! combination `(1 − α)·words + α·vectors` of normalised scores first, then everything else. Bruch, Gai and
//! Ingber, "An analysis of fusion functions for hybrid retrieval" (arXiv 2210.11934), find it better than
//! reciprocal rank fusion and easy to tune.

use super::{Candidate, Effect, Group, Inputs, RankSettings, SIGNALS};

/// The groups that are added first: they need nothing but the match.
pub const FUSION: [Group; 3] = [Group::Words, Group::Vectors, Group::Product];

/// The group that is added after the merchant's boosts.
pub const AVAILABILITY: [Group; 1] = [Group::Availability];

/// The groups that need the fused scores of the other candidates.
pub const INTENT: [Group; 1] = [Group::Intent];

/// The groups that need the understood parts of the query.
pub const MEANT: [Group; 1] = [Group::Meant];

/// The groups that need a shopper, added last.
pub const PERSONAL: [Group; 2] = [Group::Stated, Group::Inferred];

/// The scale of each group for one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scales {
    words: f32,
    vectors: f32,
    gate: f32,
    inferred: f32,
    availability: f32,
}

impl Scales {
    /// The scales for a request without a known shopper. Where only one of words and vectors found anything
    /// to score by, it has all the weight.
    pub fn new(has_vector: bool, has_text: bool, settings: &RankSettings) -> Self {
        let (words, vectors) = match (has_text, has_vector) {
            (true, true) => (1.0 - settings.vector_weight, settings.vector_weight),
            (true, false) => (1.0, 0.0),
            (false, _) => (0.0, 1.0),
        };
        Self { words, vectors, availability: 1.0, ..Self::default() }
    }

    /// The same for a shopper whose history has this gate, 0 to 1.
    pub fn with_gate(self, gate: f32, settings: &RankSettings) -> Self {
        Self { gate, inferred: gate * settings.personal.weight, ..self }
    }

    /// The same for a query that names a category, within which the history weighs as much as popularity does. The
    /// gate g becomes 5g / (1 + 4g), that of a fifth of the constant: who asks for no more than a category is better
    /// served by three purchases than by what everybody buys. What can be had still comes first.
    pub fn within_category(self, settings: &RankSettings) -> Self {
        let trust = if settings.personal.weight > 0.0 { 5.0 * self.gate / (1.0 + 4.0 * self.gate) } else { 0.0 };
        Self { inferred: trust * settings.named, availability: settings.named.max(1.0), ..self }
    }

    /// The scale of one group.
    pub fn of(&self, group: Group) -> f32 {
        match group {
            Group::Words => self.words,
            Group::Vectors => self.vectors,
            Group::Inferred => self.inferred,
            Group::Availability => self.availability,
            Group::Product | Group::Intent | Group::Meant | Group::Stated => 1.0,
        }
    }

    /// The gate of the shopper's history, 0 to 1; 0 without a shopper.
    pub fn gate(&self) -> f32 {
        self.gate
    }
}

/// The signals of one group with their weights, ready for the loop over candidates.
struct Summed {
    scale: f32,
    terms: Vec<(usize, f32)>,
}

impl Summed {
    fn new(group: Group, inputs: &Inputs<'_>) -> Self {
        let of_group = |effect: &Effect| matches!(effect, Effect::Added { group: of, .. } if *of == group);
        let members = SIGNALS.iter().enumerate().filter(|(_, signal)| of_group(&signal.effect));
        let mut terms: Vec<(usize, f32)> =
            members.map(|(slot, signal)| (slot, signal.weight(inputs.settings))).collect();
        // Floating-point sums depend on their order, and ties on the last bit. The title's closeness has always
        // been summed before the words' score.
        if group == Group::Words {
            terms.reverse();
        }
        Self { scale: inputs.scales.of(group), terms }
    }
}

/// Fills the signals of some groups, and adds the groups to the scores in the order given.
pub fn add(groups: &[Group], inputs: &Inputs<'_>, window: &mut [Candidate]) {
    for (slot, signal) in SIGNALS.iter().enumerate() {
        if let Effect::Added { group, fill, .. } = signal.effect
            && groups.contains(&group)
        {
            fill(inputs, window, slot);
        }
    }
    let summed: Vec<Summed> = groups.iter().map(|&group| Summed::new(group, inputs)).collect();
    for candidate in window {
        for Summed { scale, terms } in &summed {
            let sum = terms.iter().fold(0.0, |sum, &(slot, weight)| sum + weight * candidate.values[slot]);
            candidate.score += scale * sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::super::{COUNT, Explained, ShopperInputs, explain, slot};
    use super::*;
    use crate::error::{Error, Result};
    use crate::id::Ordinal;
    use crate::rank::Taste;
    use crate::text::Closeness;
    use crate::vector::{GraphSettings, VectorIndex, Vectors, build};

    fn no_vectors() -> Result<VectorIndex> {
        let vectors = Vectors::from_rows(4, Vec::new())?;
        let graph = build::build(&vectors, GraphSettings::default(), &|_, _| ());
        VectorIndex::new(vectors, graph)
    }

    fn failed(error: &Error) -> TestCaseError {
        TestCaseError::fail(error.to_string())
    }

    fn inputs<'a>(settings: &'a RankSettings, vectors: &'a VectorIndex, popularity: &'a [f32]) -> Inputs<'a> {
        let scales = Scales::new(true, true, settings);
        let (intent, meant, shopper, named, mean) = (None, None, None, None, &[][..]);
        Inputs {
            settings,
            scales,
            best_text: 16.0,
            has_vector: true,
            popularity,
            vectors,
            mean,
            bury: None,
            named,
            intent,
            meant,
            shopper,
        }
    }

    #[test]
    fn words_vectors_and_popularity_add_up() -> Result<()> {
        let settings = RankSettings { vector_weight: 0.25, popularity: 0.1, ..RankSettings::default() };
        let vectors = no_vectors()?;
        let inputs = inputs(&settings, &vectors, &[0.5, 0.0]);
        let window = [
            Candidate { text: 8.0, cosine: 0.4, ..Candidate::default() },
            Candidate { ordinal: Ordinal::new(1), cosine: -0.2, ..Candidate::default() },
        ];
        let mut scored = window;
        add(&FUSION, &inputs, &mut scored);
        assert!((scored[0].score - (0.75 * 0.5 + 0.25 * 0.4 + 0.1 * 0.5)).abs() < 1e-6);
        assert_eq!(scored[1].score, 0.0, "a cosine below 0 is no merit and no fault");
        let mut scored = window;
        add(&FUSION, &Inputs { scales: Scales::new(false, true, &settings), ..inputs }, &mut scored);
        assert!((scored[0].score - (0.5 + 0.05)).abs() < 1e-6, "without a direction words have all the weight");
        Ok(())
    }

    #[test]
    fn a_shopper_s_signals_count_by_their_weights_behind_the_gate_and_not_for_products_bought() -> Result<()> {
        let mut settings = RankSettings::default();
        settings.personal.weight = 1.0;
        settings.personal.neighbours = 0.5;
        settings.personal.gate = 5.0;
        let follows = Default::default();
        let products = Ordinal::array([1, 2]);
        let neighbours = HashMap::from([(products[0], 16.0 * (1.0f32 / 16.0).exp_m1()), (products[1], 1.0)]);
        let taste =
            Taste { evidence: 5.0, neighbours, purchased: [products[1]].into_iter().collect(), ..Taste::default() };
        let shopper =
            ShopperInputs { taste: &taste, brands: None, brand_shares: &[], stated: Vec::new(), follows: &follows };
        let vectors = no_vectors()?;
        let inputs = inputs(&settings, &vectors, &[]);
        let scales = inputs.scales.with_gate(taste.gate(&settings.personal), &settings);
        let mut window = products.map(|ordinal| Candidate { ordinal, score: 1.0, ..Candidate::default() });
        add(&PERSONAL, &Inputs { scales, shopper: Some(&shopper), ..inputs }, &mut window);
        assert!((window[0].score - (1.0 + 0.5 * 0.5)).abs() < 1e-6, "{window:?}");
        assert_eq!(window[1].score, 1.0, "bought already: nothing is inferred");
        Ok(())
    }

    proptest! {
        #[test]
        fn fused_scores_are_the_formula_s_to_the_last_bit(
            text in 0f32..30.0, cosine in -1f32..1.0, adjacent in 0f32..1.0, coverage in 0f32..1.0, popular in 0f32..1.0,
        ) {
            let settings = RankSettings::default();
            let vectors = no_vectors().map_err(|error| failed(&error))?;
            let popularity = [popular];
            let closeness = Closeness { adjacent, coverage, exact: false };
            let mut window = [Candidate { text, cosine, closeness, ..Candidate::default() }];
            add(&FUSION, &inputs(&settings, &vectors, &popularity), &mut window);
            let close = settings.adjacent * adjacent + settings.coverage * coverage;
            let (words, vectors) = (1.0 - settings.vector_weight, settings.vector_weight);
            let score = words * (text / 16.0 + close) + vectors * cosine.max(0.0) + settings.popularity * popular;
            prop_assert_eq!(window[0].score.to_bits(), score.to_bits());
        }

        #[test]
        fn the_contributions_of_all_signals_add_up_to_the_score(values in proptest::array::uniform21(-1f32..1.0)) {
            let settings = RankSettings::default();
            let scales = Scales::new(true, true, &settings).with_gate(0.4, &settings);
            let mut values = values;
            // Nothing is bounded where the query names a category.
            values[const { slot("bound") }] = 0.0;
            let mut candidate = Candidate { values, ..Candidate::default() };
            let vectors = no_vectors().map_err(|error| failed(&error))?;
            let inputs = Inputs { scales, ..inputs(&settings, &vectors, &[]) };
            for group in [&FUSION[..], &INTENT, &MEANT, &AVAILABILITY, &PERSONAL].concat() {
                let Summed { scale, terms } = Summed::new(group, &inputs);
                candidate.score += scale * terms.iter().map(|&(slot, weight)| weight * values[slot]).sum::<f32>();
            }
            candidate.score += values[slot("learned")] + values[slot("rules")];
            let explained =
                Explained { candidate: &candidate, words: &[], brand: "", boost: 2.0, learned: true, personalized: true, named: true };
            let signals = explain(&explained, &settings, &scales);
            // Signals that only speak of what is there are silent at 0.
            let silent = values.iter().filter(|value| **value == 0.0).count();
            prop_assert!((COUNT - silent..COUNT).contains(&signals.len()), "{}", signals.len());
            let sum: f32 = signals.iter().map(|signal| signal.contribution).sum();
            prop_assert!((sum - candidate.score).abs() < 1e-5, "{} is not {}", sum, candidate.score);
        }
    }
}
