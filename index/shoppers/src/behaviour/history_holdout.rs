//! The latest purchase of every shopper, held out of the shopper's history, and the next-item counts over
//! what is left. The weights of a history are chosen by them, and the order of for-you is trained on them
//! ([`crate::learning`]). Whatever a shopper did after the held-out purchase is left out too, so that no
//! table has seen what it is measured on.

use rayon::prelude::*;

use super::lists::SparseCounter;
use super::next::{CoOccurrence, HeldOutStep, Sequences, StepCounts};
use super::settings::NextSettings;
use super::table::{Neighbour, NeighbourTable, keep_best};
use crate::id::Ordinal;
use crate::progress::Progress;

/// Partners of a product that are held in memory for weighing, for each one that a row has room for.
const PARTNERS_PER_ROW: usize = 3;

/// Chooses the settings of the next-item table and of the history's sum for this shop, from the sequences of
/// its shoppers, the content table, the number of products and the configured settings. `None` leaves the
/// configured settings.
pub type HistoryWeightsTrainer =
    fn(&Sequences, &NeighbourTable, usize, &NextSettings, &dyn Progress) -> Option<HistoryWeights>;

/// The result of a [`HistoryWeightsTrainer`].
#[derive(Debug)]
pub struct HistoryWeights {
    /// The configured settings with the chosen weights.
    pub settings: NextSettings,
    /// The held-out purchases, and the tables without them.
    pub holdout: HistoryHoldout,
}

/// Held-out purchases, and the tables that have not seen them.
#[derive(Debug, Clone)]
pub struct HistoryHoldout {
    /// One purchase of each shopper with the history before it.
    pub purchases: Vec<HeldOutStep>,
    /// The next-item table without the purchases, by the chosen weights.
    pub next: NeighbourTable,
    /// The summed weight of the interactions with each product, without the purchases.
    pub interaction_weights: Vec<f32>,
}

/// Held-out steps with the counts over the remaining histories, from which next-item tables of any weights are
/// made quickly.
#[derive(Debug)]
pub struct HeldOutHistories<'a> {
    steps: Vec<HeldOutStep>,
    counts: StepCounts<'a>,
    /// The partners of each product that is in the history of a held-out step; empty for the others.
    partners: Vec<Vec<CoOccurrence>>,
    content: &'a NeighbourTable,
}

impl<'a> HeldOutHistories<'a> {
    /// Counts the partners of every product in a history of `steps` over `rest`, the sequences without them.
    /// Only the strongest partners by `settings` are held in memory.
    pub fn new(
        rest: &'a Sequences,
        steps: Vec<HeldOutStep>,
        content: &'a NeighbourTable,
        products: usize,
        settings: &NextSettings,
    ) -> Self {
        let counts = StepCounts::of(rest, products, settings);
        let mut needed = vec![false; products];
        steps.iter().flat_map(|step| &step.history).for_each(|&product| needed[product.index()] = true);
        let target = counts.powers(settings.target_exponent);
        let score = |one: &CoOccurrence| one.both_ways(settings.backward_weight) / target[one.other.index()];
        let partners = (0..products).into_par_iter().map_init(
            || counts.buffers(),
            |buffers, product| {
                if !needed[product] {
                    return Vec::new();
                }
                let mut partners = counts.partners(buffers, Ordinal::from_index(product));
                let limit = settings.per_row * PARTNERS_PER_ROW;
                if partners.len() > limit {
                    partners.sort_unstable_by(|a, b| score(b).total_cmp(&score(a)).then(a.other.cmp(&b.other)));
                    partners.truncate(limit);
                }
                partners
            },
        );
        let partners = partners.collect();
        Self { steps, partners, content, counts }
    }

    /// The next-item table by some settings, of the products in histories.
    pub fn next_table(&self, settings: &NextSettings) -> NeighbourTable {
        let source = self.counts.powers(settings.source_exponent);
        let target = self.counts.powers(settings.target_exponent);
        let row = |_: &mut (), product: Ordinal| {
            let weighed = |one: &CoOccurrence| Neighbour {
                ordinal: one.other,
                score: one.both_ways(settings.backward_weight) / (source[product.index()] * target[one.other.index()]),
                evidence: None,
            };
            let mut row: Vec<Neighbour> = self.partners[product.index()].iter().map(weighed).collect();
            keep_best(&mut row, settings.per_row);
            row
        };
        NeighbourTable::build(self.partners.len(), || (), row)
    }

    /// The position of each held-out product, counted from 0, among the products that its history scores by
    /// some settings, without those of the history itself; `depth` for all further down, `None` for a product
    /// without a score.
    pub fn positions(&self, settings: &NextSettings, depth: usize) -> Vec<Option<usize>> {
        let next = self.next_table(settings);
        let position = |tally: &mut SparseCounter, HeldOutStep { history, product }: &HeldOutStep| {
            settings.blend.contributions(history, &next, self.content, |one| tally.add(one.product, one.score));
            // The held-out product is never in its own history, so only products that beat it need the
            // slower test against the history.
            let scores: Vec<(Ordinal, f32)> = tally.drain_unsorted().collect();
            let own = scores.iter().find(|one| one.0 == *product)?.1;
            let beats = |one: &&(Ordinal, f32)| one.1 > own || (one.1 == own && one.0 < *product);
            Some(scores.iter().filter(beats).filter(|one| !history.contains(&one.0)).take(depth).count())
        };
        self.steps.par_iter().map_init(|| SparseCounter::new(self.partners.len()), position).collect()
    }

    /// The steps with the next-item table by the chosen settings.
    pub fn into_holdout(self, settings: &NextSettings) -> HistoryHoldout {
        let next = self.next_table(settings);
        HistoryHoldout { purchases: self.steps, next, interaction_weights: self.counts.into_interaction_weights() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::next::ItemToItem;
    use super::*;

    #[test]
    fn steps_after_the_held_out_one_are_not_counted() {
        let mut all = Sequences::default();
        let steps = |steps: &[(u32, f32)]| steps.iter().map(|step| (Ordinal::new(step.0), step.1)).collect::<Vec<_>>();
        all.push(&steps(&[(0, 0.5), (4, 0.5), (5, 1.0), (2, 0.5), (3, 0.5)]));
        all.push(&steps(&[(0, 0.5), (1, 1.0), (0, 1.0)]));
        let (rest, held_out) = all.hold_out_last(|weight| weight >= 1.0);
        let expected = HeldOutStep { history: Ordinal::array([4, 0]).to_vec(), product: Ordinal::new(5) };
        assert_eq!(held_out, [expected], "the second ends with a product that its history holds already");
        let table = ItemToItem::build(&rest, 6, &NextSettings::default());
        assert_eq!(table.bare(4).iter().map(|(other, _)| *other).collect::<Vec<_>>(), [0]);
        assert!([2, 3, 5].iter().all(|&product| table.bare(product).is_empty()));
    }
}
