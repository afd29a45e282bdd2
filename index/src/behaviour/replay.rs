//! Which weights foresee this shop's own shoppers best? Each shopper's latest
//! purchase (the latest step of any kind, where too few buy) is hidden, the
//! next-item counts are made of what is left, and the weights climb, one after
//! the other, to the best NDCG@10 of the hidden products. All of the last are
//! hidden, so that nothing is learnt from what a shopper did after it.

use std::fmt::{Display, Formatter};

use rayon::prelude::*;

use super::blend::Blend;
use super::lists::SparseCounter;
use super::next::{Around, Sequences, Steps};
use super::settings::NextSettings;
use super::table::{Neighbour, NeighbourTable, keep_best};
use crate::id::Ordinal;

/// Where a hidden product must be found.
const DEPTH: usize = 10;
/// Shoppers whose product is hidden, below which their replay says nothing.
const FEWEST: usize = 200;
/// Partners of a product kept for weighing, for each one a row has room for.
const KEPT_PER_ROW: usize = 3;
/// Rounds over all weights.
const ROUNDS: usize = 2;

/// What is chosen, as numbers to climb.
const KNOBS: [Knob; 5] = [
    Knob { name: "decay", steps: &[0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0] },
    Knob { name: "content_weight", steps: &[0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4] },
    Knob { name: "backward_weight", steps: &[0.0, 0.1, 0.3, 0.5, 0.7, 1.0] },
    Knob { name: "source_exponent", steps: &[0.2, 0.3, 0.4, 0.5, 0.6, 0.8] },
    Knob { name: "target_exponent", steps: &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5] },
];

#[derive(Debug)]
struct Knob {
    name: &'static str,
    steps: &'static [f32],
}

/// One try of the climb.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The weights, in the order of the climb.
    values: [f32; KNOBS.len()],
    /// Mean NDCG@10 over the hidden products; one that is not found counts 0.
    pub ndcg: f64,
    /// The share found among the first 10.
    pub hit_rate: f64,
}

impl Display for Tried {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "NDCG@{DEPTH} {:.4}  HR@{DEPTH} {:.4} ", self.ndcg, self.hit_rate)?;
        KNOBS.iter().zip(self.values).try_for_each(|(knob, value)| write!(out, "  {} {value}", knob.name))
    }
}

/// What a replay hid, and the tables that have not seen it.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// For each shopper the history, the latest first, and what came.
    pub purchases: Vec<(Vec<Ordinal>, Ordinal)>,
    /// The next-item table without it, by the weights that won.
    pub next: NeighbourTable,
    /// The summed worth of all meetings of each product without it.
    pub worth: Vec<f32>,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed {
    /// Shoppers whose product was hidden and looked for.
    pub shoppers: usize,
    /// Every try, in order: the first is the configured one.
    pub tried: Vec<Tried>,
    /// The best.
    pub best: Tried,
    /// What was hidden.
    pub hidden: Hidden,
}

impl Replayed {
    /// The settings with what won.
    pub fn settle(&self, next: &NextSettings) -> NextSettings {
        let [decay, content_weight, backward_weight, source_exponent, target_exponent] = self.best.values;
        let blend = Blend { decay, content_weight, ..next.blend };
        NextSettings { blend, backward_weight, source_exponent, target_exponent, ..next.clone() }
    }
}

/// Climbs from the configured weights; nothing where too few shoppers did enough, or where
/// `settings.replayed_shoppers` is 0.
pub fn replay(
    sequences: &Sequences,
    content: &NeighbourTable,
    products: usize,
    settings: &NextSettings,
) -> Option<Replayed> {
    if settings.replayed_shoppers == 0 {
        return None;
    }
    let (mut rest, mut hidden) = sequences.cut(|weight| weight >= settings.cart_weight);
    if hidden.len() < FEWEST {
        (rest, hidden) = sequences.cut(|_| true);
    }
    if hidden.len() < FEWEST {
        return None;
    }
    let every = hidden.len().div_ceil(settings.replayed_shoppers);
    let hidden: Vec<_> = hidden.into_iter().step_by(every).collect();
    let scene = Scene::new(&rest, hidden, content, products, settings);
    let (tried, best) = scene.climb(settings);
    let next = scene.next(best.values, settings);
    let worth = scene.steps.into_worth();
    Some(Replayed {
        shoppers: scene.hidden.len(),
        tried,
        best,
        hidden: Hidden { purchases: scene.hidden, next, worth },
    })
}

/// Everything one try reads.
struct Scene<'a> {
    hidden: Vec<(Vec<Ordinal>, Ordinal)>,
    steps: Steps<'a>,
    /// What surrounds each product that is in some history; nothing for the others.
    around: Vec<Vec<Around>>,
    content: &'a NeighbourTable,
    products: usize,
}

impl<'a> Scene<'a> {
    fn new(
        rest: &'a Sequences,
        hidden: Vec<(Vec<Ordinal>, Ordinal)>,
        content: &'a NeighbourTable,
        products: usize,
        settings: &NextSettings,
    ) -> Self {
        let steps = Steps::of(rest, products, settings);
        let mut met = vec![false; products];
        hidden.iter().flat_map(|(history, _)| history).for_each(|&product| met[product as usize] = true);
        let target = steps.powers(settings.target_exponent);
        let worth = |around: &Around| {
            (around.forward + settings.backward_weight * around.backward) / target[around.other as usize]
        };
        let around = (0..products).into_par_iter().map_init(
            || steps.room(),
            |room, product| {
                if !met[product] {
                    return Vec::new();
                }
                let mut around = steps.around(room, product as Ordinal);
                let kept = settings.per_row * KEPT_PER_ROW;
                if around.len() > kept {
                    around.sort_unstable_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.other.cmp(&b.other)));
                    around.truncate(kept);
                }
                around
            },
        );
        let around = around.collect();
        Self { hidden, around, content, products, steps }
    }

    /// Every try and the best.
    fn climb(&self, settings: &NextSettings) -> (Vec<Tried>, Tried) {
        let NextSettings { blend, backward_weight, source_exponent, target_exponent, .. } = *settings;
        let start = [blend.decay, blend.content_weight, backward_weight, source_exponent, target_exponent];
        let mut best = self.attempt(start, settings);
        let mut tried = vec![best];
        for _ in 0..ROUNDS {
            let before = best;
            for (at, knob) in KNOBS.iter().enumerate() {
                for upwards in [true, false] {
                    while let Some(value) = knob.beside(best.values[at], upwards) {
                        let mut values = best.values;
                        values[at] = value;
                        if tried.iter().any(|tried| tried.values == values) {
                            break;
                        }
                        let one = self.attempt(values, settings);
                        tried.push(one);
                        if one.ndcg <= best.ndcg {
                            break;
                        }
                        best = one;
                    }
                }
            }
            if best == before {
                break;
            }
        }
        (tried, best)
    }

    /// The next-item table by some weights.
    fn next(&self, values: [f32; KNOBS.len()], settings: &NextSettings) -> NeighbourTable {
        let [_, _, backward_weight, source_exponent, target_exponent] = values;
        let (source, target) = (self.steps.powers(source_exponent), self.steps.powers(target_exponent));
        let row = |_: &mut (), product: usize| {
            let weighed = |around: &Around| Neighbour {
                ordinal: around.other,
                score: around.both_ways(backward_weight) / (source[product] * target[around.other as usize]),
                evidence: None,
            };
            let mut row: Vec<Neighbour> = self.around[product].iter().map(weighed).collect();
            keep_best(&mut row, settings.per_row);
            row
        };
        NeighbourTable::build(self.products, || (), row)
    }

    fn attempt(&self, values: [f32; KNOBS.len()], settings: &NextSettings) -> Tried {
        let [decay, content_weight, ..] = values;
        let blend = Blend { decay, content_weight, ..settings.blend };
        let next = self.next(values, settings);
        let place = |tally: &mut SparseCounter, (history, wanted): &(Vec<Ordinal>, Ordinal)| {
            blend.speak(history, &next, self.content, |voice| tally.add(voice.other, voice.strength));
            // What is wanted is never in the history: only what beats it need be looked for there.
            let scores: Vec<(Ordinal, f32)> = tally.drain_unsorted().collect();
            let own = scores.iter().find(|found| found.0 == *wanted)?.1;
            let beats = |found: &&(Ordinal, f32)| found.1 > own || (found.1 == own && found.0 < *wanted);
            Some(scores.iter().filter(beats).filter(|found| !history.contains(&found.0)).take(DEPTH).count())
        };
        let places = self.hidden.par_iter().map_init(|| SparseCounter::new(self.products), place);
        let gains: Vec<f64> = places
            .map(|place| place.filter(|&place| place < DEPTH).map_or(0.0, |place| 1.0 / ((place + 2) as f64).log2()))
            .collect();
        let all = gains.len() as f64;
        Tried {
            values,
            ndcg: gains.iter().sum::<f64>() / all,
            hit_rate: gains.iter().filter(|&&gain| gain > 0.0).count() as f64 / all,
        }
    }
}

impl Knob {
    /// The next value above or below.
    fn beside(&self, value: f32, upwards: bool) -> Option<f32> {
        let mut steps = self.steps.iter().copied();
        if upwards { steps.find(|&step| step > value) } else { steps.rfind(|&step| step < value) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::next::ItemToItem;
    use super::*;

    /// Shoppers go from an even product to the odd one after it: some end there, which is worth foreseeing,
    /// others go on to a product of no meaning.
    fn sequences(shoppers: u32) -> Sequences {
        let mut all = Sequences::default();
        for shopper in 0..shoppers {
            let first = 2 * (shopper % 20);
            let other = 40 + shopper % 7;
            all.push(&[(other, 1.0), (first, 1.0), (first + 1, 1.0)]);
            all.push(&[(first, 1.0), (first + 1, 1.0), (other, 1.0), (40 + (shopper + 1) % 7, 1.0)]);
        }
        all
    }

    fn unlike(products: usize) -> NeighbourTable {
        NeighbourTable::from_rows((0..products).map(|_| Vec::new()))
    }

    #[test]
    fn the_climb_never_ends_below_where_it_began_and_says_what_it_tried() {
        // Content that points the wrong way must be turned off.
        let misleading =
            (0..47).map(|product| vec![Neighbour { ordinal: (product + 2) % 47, score: 1.0, evidence: None }]);
        let content = NeighbourTable::from_rows(misleading);
        let blend = Blend { content_weight: 6.4, ..Blend::default() };
        let settings = NextSettings { blend, ..NextSettings::default() };
        let Some(replayed) = replay(&sequences(300), &content, 47, &settings) else { panic!("enough shoppers") };
        let first = replayed.tried[0];
        assert!(replayed.best.ndcg > first.ndcg, "{replayed:?}");
        let settled = replayed.settle(&settings);
        assert!(settled.blend.content_weight < 6.4, "{settled:?}");
        assert!(replayed.best.to_string().contains("content_weight"));
        let again = replay(&sequences(300), &content, 47, &settings);
        assert_eq!(again.map(|again| again.tried), Some(replayed.tried), "the same again");
    }

    #[test]
    fn too_few_shoppers_choose_nothing() {
        let settings = NextSettings::default();
        assert!(replay(&sequences(50), &unlike(47), 47, &settings).is_none());
        let settings = NextSettings { replayed_shoppers: 0, ..settings };
        assert!(replay(&sequences(300), &unlike(47), 47, &settings).is_none());
    }

    #[test]
    fn what_comes_after_the_hidden_step_is_not_learnt_from() {
        let mut all = Sequences::default();
        all.push(&[(0, 0.5), (4, 0.5), (5, 1.0), (2, 0.5), (3, 0.5)]);
        all.push(&[(0, 0.5), (1, 1.0), (0, 1.0)]);
        let (rest, hidden) = all.cut(|weight| weight >= 1.0);
        assert_eq!(hidden, [(vec![4, 0], 5)], "the second ends where it began, which foresees nothing");
        let table = ItemToItem::build(&rest, 6, &NextSettings::default());
        assert_eq!(table.row(4).map(|(other, _)| other).collect::<Vec<_>>(), [0]);
        assert!([2, 3, 5].iter().all(|&product| table.row(product).count() == 0));
    }
}
