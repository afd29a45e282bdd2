//! The next-item table: item-to-item counts with a decay by distance. For every shopper's sequence,
//! `C[i→j] += w / √distance` forwards and `backward_weight` times that backwards, where w is the weight of the
//! interaction with j. Then `W = C / ((n_i + s)^a · (n_j + s)^b)` with n the summed weight of all interactions
//! with a product. A larger b suppresses popular partners, a smaller one recommends them everywhere; s keeps
//! products with one or two interactions from scoring highest. [`crate::learning::history_weights`] chooses a, b
//! and the backward weight. Counted one product at a time from the sequences it lies in, so memory stays linear.

use super::interaction::Interaction;
use super::lists::{Lists, SparseCounter};
use super::settings::NextSettings;
use super::several::substitutes;
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::view::CatalogueView;
use crate::event::InteractionKind;
use crate::id::Ordinal;
use crate::time::day_number;

/// Sequences of products with the weight of each interaction, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    pub(super) products: Lists,
    /// The weights of all steps of all sequences, in the same order.
    weights: Vec<f32>,
    /// The position of each sequence's first weight.
    starts: Vec<usize>,
}

impl Sequences {
    /// Appends one sequence of (product, weight above 0), oldest first.
    pub fn push(&mut self, steps: &[(Ordinal, f32)]) {
        self.starts.push(self.weights.len());
        self.weights.extend(steps.iter().map(|step| step.1));
        self.products.push(&steps.iter().map(|step| step.0).collect::<Vec<_>>());
    }

    /// One sequence a shopper of all interactions, which come sorted by shopper and time.
    pub fn of_shoppers(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, |a, b| a.shopper == b.shopper, |_| true)
    }

    /// One sequence a shopper of purchases.
    pub fn of_buyers(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, |a, b| a.shopper == b.shopper, |kind| kind == InteractionKind::Purchase)
    }

    /// One sequence a visit of its views.
    pub fn of_visits(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, Self::same_visit, |kind| kind == InteractionKind::View)
    }

    /// True if two interactions belong to one session, or, without session ids, to one UTC day of a shopper.
    pub fn same_visit(a: &Interaction, b: &Interaction) -> bool {
        let day = |interaction: &Interaction| interaction.time_ms.get().map(day_number);
        a.shopper == b.shopper && a.session == b.session && (a.session.is_some() || day(a) == day(b))
    }

    /// Groups interactions into sequences. Several interactions in a row with one product are one step with the
    /// largest weight; sequences of one step are left out.
    fn group(
        interactions: &[Interaction],
        settings: &NextSettings,
        same: impl Fn(&Interaction, &Interaction) -> bool,
        wanted: impl Fn(InteractionKind) -> bool,
    ) -> Self {
        let mut all = Self::default();
        let mut steps: Vec<(Ordinal, f32)> = Vec::new();
        for one in interactions.chunk_by(|a, b| same(a, b)) {
            steps.clear();
            for interaction in one.iter().filter(|interaction| wanted(interaction.kind)) {
                let weight = match interaction.kind {
                    InteractionKind::View => settings.view_weight,
                    InteractionKind::AddToCart => settings.cart_weight,
                    InteractionKind::Purchase => settings.purchase_weight,
                };
                match steps.last_mut() {
                    Some(last) if last.0 == interaction.ordinal => last.1 = last.1.max(weight),
                    _ => steps.push((interaction.ordinal, weight)),
                }
            }
            let latest = steps.len().saturating_sub(settings.max_steps);
            if steps.len() - latest > 1 {
                all.push(&steps[latest..]);
            }
        }
        all
    }

    /// The summed weight of the interactions with each of `products` ordinals.
    pub(super) fn interaction_weights(&self, products: usize) -> Vec<f32> {
        let mut sums = vec![0f32; products];
        let steps = self.products.iter().flatten().zip(&self.weights);
        steps.for_each(|(&product, weight)| sums[product.index()] += weight);
        sums
    }

    /// Holds out the last step of each sequence that `wanted` accepts by weight, if steps precede it and none of
    /// them is of the same product. Returns the sequences cut before the held-out steps, the others whole, and the
    /// held-out steps.
    pub fn hold_out_last(&self, wanted: impl Fn(f32) -> bool) -> (Self, Vec<HeldOutStep>) {
        let (mut rest, mut held_out) = (Self::default(), Vec::new());
        for (list, &start) in self.products.iter().zip(&self.starts) {
            let weights = &self.weights[start..start + list.len()];
            let last = weights.iter().rposition(|&weight| wanted(weight));
            let cut = last.filter(|&at| at > 0 && !list[..at].contains(&list[at]));
            if let Some(at) = cut {
                held_out.push(HeldOutStep { history: list[..at].iter().rev().copied().collect(), product: list[at] });
            }
            let length = cut.unwrap_or(list.len());
            if length > 1 {
                let steps = list.iter().copied().zip(weights.iter().copied());
                rest.push(&steps.take(length).collect::<Vec<_>>());
            }
        }
        (rest, held_out)
    }
}

/// A step that was held out of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOutStep {
    /// The products before it, the latest first; at least one.
    pub history: Vec<Ordinal>,
    /// The product of the step, which is not in the history.
    pub product: Ordinal,
}

/// The counts of one product near another, before normalising.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CoOccurrence {
    /// The other product.
    pub(super) other: Ordinal,
    /// `Σ w / √distance` of its steps after the product.
    pub(super) forward: f32,
    /// `Σ w / √distance` of its steps before the product.
    pub(super) backward: f32,
}

impl CoOccurrence {
    /// The sum of both, steps backwards weighted by `backward_weight`.
    pub(super) fn both_ways(&self, backward_weight: f32) -> f32 {
        self.forward + backward_weight * self.backward
    }
}

/// Sequences with an index by product, from which co-occurrences are counted one product at a time.
#[derive(Debug)]
pub(super) struct StepCounts<'a> {
    sequences: &'a Sequences,
    /// The sequences that hold each product.
    lies_in: Lists<u32>,
    /// The summed weight of the interactions with each product.
    interaction_weights: Vec<f32>,
    /// `1 / √distance`, by distance.
    decay: Vec<f32>,
    shrinkage: f32,
}

/// Buffers for counting, one pair a thread.
#[derive(Debug)]
pub(super) struct CountBuffers {
    forward: SparseCounter,
    backward: SparseCounter,
}

impl<'a> StepCounts<'a> {
    /// Indexes sequences of products below `products`.
    pub(super) fn of(sequences: &'a Sequences, products: usize, settings: &NextSettings) -> Self {
        let interaction_weights = sequences.interaction_weights(products);
        let decay = (0..=settings.max_distance).map(|distance| 1.0 / (distance.max(1) as f32).sqrt()).collect();
        let lies_in = sequences.products.transpose(products);
        Self { sequences, lies_in, interaction_weights, decay, shrinkage: settings.shrinkage }
    }

    /// Empty buffers for [`Self::partners`].
    pub(super) fn buffers(&self) -> CountBuffers {
        let tally = || SparseCounter::new(self.interaction_weights.len());
        CountBuffers { forward: tally(), backward: tally() }
    }

    /// The co-occurrences of a product with all others, by ordinal ascending.
    pub(super) fn partners(&self, buffers: &mut CountBuffers, product: Ordinal) -> Vec<CoOccurrence> {
        let mut lists = self.lies_in.get(product.index());
        // A sequence that holds the product twice is listed twice, but read once.
        while let Some((&list, rest)) = lists.split_first() {
            lists = &rest[rest.iter().take_while(|&&other| other == list).count()..];
            self.count(buffers, list as usize, product);
        }
        // Both tallies drain by ordinal ascending: merge them.
        let mut before = buffers.backward.drain().peekable();
        let mut partners = Vec::new();
        let earlier = |(other, backward)| CoOccurrence { other, forward: 0.0, backward };
        for (other, forward) in buffers.forward.drain() {
            while let Some(only_before) = before.next_if(|before| before.0 < other) {
                partners.push(earlier(only_before));
            }
            let backward = before.next_if(|before| before.0 == other).map_or(0.0, |before| before.1);
            partners.push(CoOccurrence { other, forward, backward });
        }
        partners.extend(before.map(earlier));
        partners
    }

    /// Adds the steps near each occurrence of `product` in one sequence.
    fn count(&self, buffers: &mut CountBuffers, list: usize, product: Ordinal) {
        let steps = self.sequences.products.get(list);
        let weights = &self.sequences.weights[self.sequences.starts[list]..];
        for at in (0..steps.len()).filter(|&at| steps[at] == product) {
            for (distance, decay) in self.decay.iter().enumerate().skip(1) {
                let add = |tally: &mut SparseCounter, other: usize| {
                    let amount = weights[other] * decay;
                    if steps[other] != product && amount > 0.0 {
                        tally.add(steps[other], amount);
                    }
                };
                if at + distance < steps.len() {
                    add(&mut buffers.forward, at + distance);
                }
                if distance <= at {
                    add(&mut buffers.backward, at - distance);
                }
            }
        }
    }

    /// The summed weight of the interactions with each product.
    pub(super) fn into_interaction_weights(self) -> Vec<f32> {
        self.interaction_weights
    }

    /// `(n + shrinkage)^exponent` of every product.
    pub(super) fn powers(&self, exponent: f32) -> Vec<f32> {
        self.interaction_weights
            .iter()
            .map(|weight| (weight + self.shrinkage).max(f32::EPSILON).powf(exponent))
            .collect()
    }
}

/// Builds item-to-item tables.
#[derive(Debug)]
pub struct ItemToItem;

impl ItemToItem {
    /// The products that the same shoppers buy, in either order. Pairs of one variant group and pairs of
    /// substitutes are left out.
    pub fn also_bought(
        sequences: &Sequences,
        catalogue: &CatalogueView<'_>,
        several: &[u8],
        settings: &NextSettings,
    ) -> NeighbourTable {
        let either_way =
            NextSettings { backward_weight: 1.0, source_exponent: 0.5, target_exponent: 0.2, ..settings.clone() };
        let goes_with = |one, other| !catalogue.same_group(one, other) && !substitutes(several, catalogue, one, other);
        Self::build_of(sequences, catalogue.products(), &either_way, goes_with)
    }

    /// The strongest partners of each of `products` ordinals. Steps of weight 0 count nothing.
    pub fn build(sequences: &Sequences, products: usize, settings: &NextSettings) -> NeighbourTable {
        Self::build_of(sequences, products, settings, |_, _| true)
    }

    fn build_of(
        sequences: &Sequences,
        products: usize,
        settings: &NextSettings,
        wanted: impl Fn(Ordinal, Ordinal) -> bool + Sync,
    ) -> NeighbourTable {
        let counts = StepCounts::of(sequences, products, settings);
        let (source, target) = (counts.powers(settings.source_exponent), counts.powers(settings.target_exponent));
        let row = |buffers: &mut CountBuffers, product: Ordinal| {
            let weighed = |one: CoOccurrence| Neighbour {
                ordinal: one.other,
                score: one.both_ways(settings.backward_weight) / (source[product.index()] * target[one.other.index()]),
                evidence: None,
            };
            let partners = counts.partners(buffers, product).into_iter();
            let partners = partners.filter(|one| wanted(product, one.other));
            let mut partners: Vec<Neighbour> = partners.map(weighed).filter(|partner| partner.score > 0.0).collect();
            keep_best(&mut partners, settings.per_row);
            partners
        };
        NeighbourTable::build(products, || counts.buffers(), row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(sequences: &[&[u32]], settings: &NextSettings) -> NeighbourTable {
        let mut all = Sequences::default();
        for sequence in sequences {
            all.push(&sequence.iter().map(|&product| (Ordinal::new(product), 1.0)).collect::<Vec<_>>());
        }
        ItemToItem::build(&all, 4, settings)
    }

    /// Settings without shrinkage, steps backwards at half the weight.
    fn plain() -> NextSettings {
        let (backward_weight, source_exponent, target_exponent, shrinkage) = (0.5, 0.5, 0.2, 0.0);
        NextSettings { backward_weight, source_exponent, target_exponent, shrinkage, ..NextSettings::default() }
    }

    #[test]
    fn the_formula_by_hand() {
        let table = table(&[&[0, 1, 2], &[0, 2]], &plain());
        let row = |product| table.bare(product);
        // n = 2, 1, 2. From 0: to 1 one step, to 2 two steps and one step.
        let expect = [(2, (0.5f32.sqrt() + 1.0) / (2f32.powf(0.5) * 2f32.powf(0.2))), (1, 1.0 / 2f32.powf(0.5))];
        for (found, expected) in row(0).iter().zip(expect) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-6, "{found:?} {expected:?}");
        }
        // From 1: forwards to 2 in full, backwards to 0 by half.
        assert_eq!(row(1).iter().map(|pair| pair.0).collect::<Vec<_>>(), [2, 0]);
        assert!((row(1)[0].1 / row(1)[1].1 - 2.0).abs() < 1e-6);
        assert!(row(3).is_empty());
    }

    #[test]
    fn a_product_is_never_its_own_partner_and_repeats_count_each_time() {
        let table = table(&[&[0, 1, 0, 1]], &NextSettings { max_distance: 1, ..plain() });
        let row = table.bare(0);
        assert_eq!(row.len(), 1);
        assert!((row[0].1 - 2.5 / (2f32.powf(0.5) * 2f32.powf(0.2))).abs() < 1e-6, "{row:?}");
    }

    #[test]
    fn rows_have_a_limit_and_distance_has_an_end() {
        let settings = NextSettings { max_distance: 2, per_row: 1, ..NextSettings::default() };
        let table = table(&[&[0, 1, 2, 3]], &settings);
        assert_eq!(table.bare(0).iter().map(|pair| pair.0).collect::<Vec<_>>(), [1]);
        assert_eq!(table.bare(3).iter().map(|pair| pair.0).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_purchase_after_its_view_is_one_strong_step() {
        let interaction = |ordinal, kind| Interaction { kind, ordinal: Ordinal::new(ordinal), ..Interaction::NOTHING };
        let log = [
            interaction(1, InteractionKind::View),
            interaction(1, InteractionKind::Purchase),
            interaction(2, InteractionKind::View),
        ];
        let sequences = Sequences::of_shoppers(&log, &NextSettings::default());
        assert_eq!(sequences.products.get(0), Ordinal::array([1, 2]));
        assert_eq!(sequences.weights, [1.0, 0.5]);
    }
}
