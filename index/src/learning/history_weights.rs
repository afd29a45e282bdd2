//! Trains the weights of a history: the exponents and the backward weight of the next-item table, and the
//! decay and content weight of the history's sum ([`crate::behaviour::Blend`]).
//!
//! Each shopper's latest purchase (the latest step of any kind, if too few shoppers buy) is held out. From the
//! configured values, one weight after the other climbs to the best mean NDCG@10 of the held-out products. The
//! result is never below the configured values on these products, so there is no bar to pass.

use std::fmt::{Display, Formatter};

use crate::behaviour::{Blend, HeldOutHistories, HistoryWeights, NeighbourTable, NextSettings, Sequences};
use crate::eval::ndcg_of_one;
use crate::progress::Progress;

/// The cut of the metrics.
const DEPTH: usize = 10;
/// The smallest number of shoppers with a held-out step that weights are chosen by.
const MIN_SHOPPERS: usize = 200;
/// Rounds over all weights.
const ROUNDS: usize = 2;

/// The weights, with the values that are tried.
const GRID: [HistoryWeight; 5] = [
    HistoryWeight { name: "decay", values: &[0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0] },
    HistoryWeight { name: "content_weight", values: &[0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4] },
    HistoryWeight { name: "backward_weight", values: &[0.0, 0.1, 0.3, 0.5, 0.7, 1.0] },
    HistoryWeight { name: "source_exponent", values: &[0.2, 0.3, 0.4, 0.5, 0.6, 0.8] },
    HistoryWeight { name: "target_exponent", values: &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5] },
];

/// A weight and the values it may take, ascending.
#[derive(Debug)]
struct HistoryWeight {
    name: &'static str,
    values: &'static [f32],
}

impl HistoryWeight {
    /// The nearest value above or below.
    fn beside(&self, value: f32, upwards: bool) -> Option<f32> {
        let mut values = self.values.iter().copied();
        if upwards { values.find(|&one| one > value) } else { values.rfind(|&one| one < value) }
    }
}

/// One measured choice of weights.
#[derive(Debug, Clone, Copy, PartialEq)]
struct WeightTrial {
    /// One value a weight, in the order of [`GRID`].
    values: [f32; GRID.len()],
    /// Mean NDCG@10 of the held-out products; a product that is not found counts 0.
    ndcg: f64,
    /// Share of the held-out products among the first 10.
    hit_rate: f64,
}

impl Display for WeightTrial {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "NDCG@{DEPTH} {:.4}  HR@{DEPTH} {:.4} ", self.ndcg, self.hit_rate)?;
        GRID.iter().zip(self.values).try_for_each(|(weight, value)| write!(out, "  {} {value}", weight.name))
    }
}

/// Chooses the weights, and notes every trial. `None` if too few shoppers have a step to hold out, or if
/// `settings.replayed_shoppers` is 0.
pub fn train(
    sequences: &Sequences,
    content: &NeighbourTable,
    products: usize,
    settings: &NextSettings,
    progress: &dyn Progress,
) -> Option<HistoryWeights> {
    if settings.replayed_shoppers == 0 {
        return None;
    }
    let (mut rest, mut held_out) = sequences.hold_out_last(|weight| weight >= settings.cart_weight);
    if held_out.len() < MIN_SHOPPERS {
        (rest, held_out) = sequences.hold_out_last(|_| true);
    }
    if held_out.len() < MIN_SHOPPERS {
        return None;
    }
    let every = held_out.len().div_ceil(settings.replayed_shoppers);
    let held_out: Vec<_> = held_out.into_iter().step_by(every).collect();
    let shoppers = held_out.len();
    let histories = HeldOutHistories::new(&rest, held_out, content, products, settings);
    let (trials, best) = climb(&histories, settings);
    progress.note(&format!("weights of a history, by the latest step of {shoppers} shoppers held out:"));
    for trial in &trials {
        progress.note(&format!("  {trial}{}", if *trial == best { "  <- chosen" } else { "" }));
    }
    let settings = with_values(best.values, settings);
    let holdout = histories.into_holdout(&settings);
    Some(HistoryWeights { settings, holdout })
}

/// The settings with other values of the weights.
fn with_values(values: [f32; GRID.len()], settings: &NextSettings) -> NextSettings {
    let [decay, content_weight, backward_weight, source_exponent, target_exponent] = values;
    let blend = Blend { decay, content_weight, ..settings.blend };
    NextSettings { blend, backward_weight, source_exponent, target_exponent, ..settings.clone() }
}

/// Coordinate ascent over the grid from the configured values: all trials in order, and the best.
fn climb(histories: &HeldOutHistories<'_>, settings: &NextSettings) -> (Vec<WeightTrial>, WeightTrial) {
    let NextSettings { blend, backward_weight, source_exponent, target_exponent, .. } = *settings;
    let start = [blend.decay, blend.content_weight, backward_weight, source_exponent, target_exponent];
    let mut best = measure(histories, start, settings);
    let mut trials = vec![best];
    for _ in 0..ROUNDS {
        let before = best;
        for (at, weight) in GRID.iter().enumerate() {
            for upwards in [true, false] {
                while let Some(value) = weight.beside(best.values[at], upwards) {
                    let mut values = best.values;
                    values[at] = value;
                    if trials.iter().any(|trial| trial.values == values) {
                        break;
                    }
                    let trial = measure(histories, values, settings);
                    trials.push(trial);
                    if trial.ndcg <= best.ndcg {
                        break;
                    }
                    best = trial;
                }
            }
        }
        if best == before {
            break;
        }
    }
    (trials, best)
}

fn measure(histories: &HeldOutHistories<'_>, values: [f32; GRID.len()], settings: &NextSettings) -> WeightTrial {
    let positions = histories.positions(&with_values(values, settings), DEPTH);
    let count = positions.len() as f64;
    let found = positions.iter().filter(|position| position.is_some_and(|position| position < DEPTH)).count();
    WeightTrial {
        values,
        ndcg: positions.iter().map(|&position| ndcg_of_one(position, DEPTH)).sum::<f64>() / count,
        hit_rate: found as f64 / count,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::behaviour::Neighbour;
    use crate::id::Ordinal;
    use crate::progress::Silent;

    /// Shoppers go from an even product to the odd one after it. Some end there, which can be predicted; others
    /// go on to a product that nothing predicts.
    fn sequences(shoppers: u32) -> Sequences {
        let mut all = Sequences::default();
        for shopper in 0..shoppers {
            let step = |product| (Ordinal::new(product), 1.0);
            let first = 2 * (shopper % 20);
            let other = 40 + shopper % 7;
            all.push(&[other, first, first + 1].map(step));
            all.push(&[first, first + 1, other, 40 + (shopper + 1) % 7].map(step));
        }
        all
    }

    fn empty(products: usize) -> NeighbourTable {
        NeighbourTable::from_rows((0..products).map(|_| Vec::new()))
    }

    /// Collects notes.
    #[derive(Default)]
    struct CollectedNotes(Mutex<Vec<String>>);

    impl Progress for CollectedNotes {
        fn stage(&self, _: &'static str, _: Option<u64>) {}
        fn advance(&self, _: u64) {}
        fn note(&self, message: &str) {
            self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(message.to_owned());
        }
    }

    #[test]
    fn the_climb_never_ends_below_its_start_and_notes_every_trial() {
        // Content that points the wrong way must be turned off.
        let misleading = (0..47).map(|product| Ordinal::new((product + 2) % 47));
        let misleading = misleading.map(|ordinal| vec![Neighbour { ordinal, score: 1.0, evidence: None }]);
        let content = NeighbourTable::from_rows(misleading);
        let blend = Blend { content_weight: 6.4, ..Blend::default() };
        let settings = NextSettings { blend, ..NextSettings::default() };
        let notes = [CollectedNotes::default(), CollectedNotes::default()];
        for notes in &notes {
            let Some(trained) = train(&sequences(300), &content, 47, &settings, notes) else {
                panic!("enough shoppers")
            };
            assert!(trained.settings.blend.content_weight < 6.4, "{trained:?}");
        }
        let [notes, again] = notes.map(|notes| notes.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
        assert!(!notes[1].contains("chosen") && notes[1].contains("content_weight 6.4"), "{notes:?}");
        assert_eq!(notes.iter().filter(|note| note.contains("chosen")).count(), 1);
        assert_eq!(notes, again, "the same again");
    }

    #[test]
    fn too_few_shoppers_choose_nothing() {
        let settings = NextSettings::default();
        assert!(train(&sequences(50), &empty(47), 47, &settings, &Silent).is_none());
        let settings = NextSettings { replayed_shoppers: 0, ..settings };
        assert!(train(&sequences(300), &empty(47), 47, &settings, &Silent).is_none());
    }
}
