//! What comes next: item-to-item with distance decay. For every shopper's
//! sequence, `C[i→j] += w / √distance` forwards, less of it backwards, where w is
//! what meeting j was worth; then `W = C / ((n_i + s)^a · (n_j + s)^b)` with n the
//! summed worth of all meetings: a larger b would drown popular partners, a
//! smaller one recommend them everywhere, and s keeps what was met once or twice
//! from looking certain. The replay chooses a and b. Counted row by row from the lists a
//! product lies in, so memory is linear.

use super::interaction::Interaction;
use super::lists::{Lists, SparseCounter};
use super::settings::NextSettings;
use super::several::substitutes;
use super::table::{Neighbour, NeighbourTable, keep_best};
use super::view::CatalogueView;
use crate::event::InteractionKind;
use crate::id::Ordinal;

/// Sequences of weighted products, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    pub(super) products: Lists,
    /// One per step of all sequences, in the same order.
    weights: Vec<f32>,
    /// Where each sequence's weights begin.
    starts: Vec<usize>,
}

impl Sequences {
    /// Appends one sequence of (product, weight above 0), oldest first.
    pub fn push(&mut self, steps: &[(Ordinal, f32)]) {
        self.starts.push(self.weights.len());
        self.weights.extend(steps.iter().map(|step| step.1));
        self.products.push(&steps.iter().map(|step| step.0).collect::<Vec<_>>());
    }

    /// One sequence a shopper over everything, from interactions sorted by shopper and time.
    pub fn of_shoppers(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, |a, b| a.shopper == b.shopper, |_| true)
    }

    /// One sequence a shopper over what was bought.
    pub fn of_buyers(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, |a, b| a.shopper == b.shopper, |kind| kind == InteractionKind::Purchase)
    }

    /// One sequence a visit over its views.
    pub fn of_visits(interactions: &[Interaction], settings: &NextSettings) -> Self {
        Self::group(interactions, settings, Self::same_visit, |kind| kind == InteractionKind::View)
    }

    /// Whether two interactions belong to one visit, or to a shopper's UTC day, where visits have no name.
    pub fn same_visit(a: &Interaction, b: &Interaction) -> bool {
        let day = |interaction: &Interaction| interaction.time_ms.get().map(|time| time.div_euclid(86_400_000));
        a.shopper == b.shopper && a.session == b.session && (a.session.is_some() || day(a) == day(b))
    }

    /// A product met several times in a row is one step with the strongest weight.
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

    /// The summed worth of all meetings of each of `products` ordinals.
    pub(super) fn worth(&self, products: usize) -> Vec<f32> {
        let mut worth = vec![0f32; products];
        let steps = self.products.iter().flatten().zip(&self.weights);
        steps.for_each(|(&product, weight)| worth[product as usize] += weight);
        worth
    }

    /// Cuts each sequence before its last step that `wanted` accepts by weight, if that brings a product
    /// the sequence did not hold and something comes before it: what is left to learn from, and for each
    /// cut what came before, the latest first, with what came.
    pub(super) fn cut(&self, wanted: impl Fn(f32) -> bool) -> (Self, Vec<(Vec<Ordinal>, Ordinal)>) {
        let (mut rest, mut cuts) = (Self::default(), Vec::new());
        for (list, &start) in self.products.iter().zip(&self.starts) {
            let weights = &self.weights[start..start + list.len()];
            let last = weights.iter().rposition(|&weight| wanted(weight));
            let cut = last.filter(|&at| at > 0 && !list[..at].contains(&list[at]));
            if let Some(at) = cut {
                cuts.push((list[..at].iter().rev().copied().collect(), list[at]));
            }
            let kept = cut.unwrap_or(list.len());
            if kept > 1 {
                let steps = list.iter().copied().zip(weights.iter().copied());
                rest.push(&steps.take(kept).collect::<Vec<_>>());
            }
        }
        (rest, cuts)
    }
}

/// What lies around the occurrences of one product, before it is weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Around {
    /// The other product.
    pub(super) other: Ordinal,
    /// `Σ w / √distance` where it comes after.
    pub(super) forward: f32,
    /// The same where it comes before.
    pub(super) backward: f32,
}

impl Around {
    /// What it comes to when a step backwards is worth so much beside one forwards.
    pub(super) fn both_ways(&self, backward_weight: f32) -> f32 {
        self.forward + backward_weight * self.backward
    }
}

/// Sequences ready to be counted a product at a time.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    sequences: &'a Sequences,
    /// The sequences each product lies in.
    lies_in: Lists,
    /// The summed worth of all meetings of each product.
    worth: Vec<f32>,
    /// `1 / √distance`, by distance.
    decay: Vec<f32>,
    shrinkage: f32,
}

/// Room to count in, one a thread.
#[derive(Debug)]
pub(super) struct Room {
    forward: SparseCounter,
    backward: SparseCounter,
}

impl<'a> Steps<'a> {
    /// Of `products` ordinals.
    pub(super) fn of(sequences: &'a Sequences, products: usize, settings: &NextSettings) -> Self {
        let worth = sequences.worth(products);
        let decay = (0..=settings.max_distance).map(|distance| 1.0 / (distance.max(1) as f32).sqrt()).collect();
        let lies_in = sequences.products.transpose(products);
        Self { sequences, lies_in, worth, decay, shrinkage: settings.shrinkage }
    }

    /// Room for counting.
    pub(super) fn room(&self) -> Room {
        let room = || SparseCounter::new(self.worth.len());
        Room { forward: room(), backward: room() }
    }

    /// Everything that surrounds a product, by ordinal.
    pub(super) fn around(&self, room: &mut Room, product: Ordinal) -> Vec<Around> {
        let mut lists = self.lies_in.get(product as usize);
        // A sequence that holds the product twice is listed twice, but read once.
        while let Some((&list, rest)) = lists.split_first() {
            lists = &rest[rest.iter().take_while(|&&other| other == list).count()..];
            self.read(room, list as usize, product);
        }
        let mut before = room.backward.drain().peekable();
        let mut around = Vec::new();
        let earlier = |(other, backward)| Around { other, forward: 0.0, backward };
        for (other, forward) in room.forward.drain() {
            while let Some(only_before) = before.next_if(|before| before.0 < other) {
                around.push(earlier(only_before));
            }
            let backward = before.next_if(|before| before.0 == other).map_or(0.0, |before| before.1);
            around.push(Around { other, forward, backward });
        }
        around.extend(before.map(earlier));
        around
    }

    /// Adds what surrounds each occurrence of `product` in one sequence.
    fn read(&self, room: &mut Room, list: usize, product: Ordinal) {
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
                    add(&mut room.forward, at + distance);
                }
                if distance <= at {
                    add(&mut room.backward, at - distance);
                }
            }
        }
    }

    /// The summed worth of all meetings of each product.
    pub(super) fn into_worth(self) -> Vec<f32> {
        self.worth
    }

    /// `(n + shrinkage)^exponent` of every product.
    pub(super) fn powers(&self, exponent: f32) -> Vec<f32> {
        self.worth.iter().map(|worth| (worth + self.shrinkage).max(f32::EPSILON).powf(exponent)).collect()
    }
}

/// Builds the table.
#[derive(Debug)]
pub struct ItemToItem;

impl ItemToItem {
    /// What the same shoppers buy, in whichever order.
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

    /// For each of `products` ordinals its strongest partners. Steps of weight 0 count nothing.
    pub fn build(sequences: &Sequences, products: usize, settings: &NextSettings) -> NeighbourTable {
        Self::build_of(sequences, products, settings, |_, _| true)
    }

    fn build_of(
        sequences: &Sequences,
        products: usize,
        settings: &NextSettings,
        wanted: impl Fn(Ordinal, Ordinal) -> bool + Sync,
    ) -> NeighbourTable {
        let steps = Steps::of(sequences, products, settings);
        let (source, target) = (steps.powers(settings.source_exponent), steps.powers(settings.target_exponent));
        let row = |room: &mut Room, product: usize| {
            let weighed = |around: Around| Neighbour {
                ordinal: around.other,
                score: around.both_ways(settings.backward_weight) / (source[product] * target[around.other as usize]),
                evidence: None,
            };
            let around = steps.around(room, product as Ordinal).into_iter();
            let around = around.filter(|around| wanted(product as Ordinal, around.other));
            let mut partners: Vec<Neighbour> = around.map(weighed).filter(|partner| partner.score > 0.0).collect();
            keep_best(&mut partners, settings.per_row);
            partners
        };
        NeighbourTable::build(products, || steps.room(), row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(sequences: &[&[Ordinal]], settings: &NextSettings) -> NeighbourTable {
        let mut all = Sequences::default();
        for sequence in sequences {
            all.push(&sequence.iter().map(|&product| (product, 1.0)).collect::<Vec<_>>());
        }
        ItemToItem::build(&all, 4, settings)
    }

    /// Without shrinkage, half a step's worth backwards.
    fn plain() -> NextSettings {
        let (backward_weight, source_exponent, target_exponent, shrinkage) = (0.5, 0.5, 0.2, 0.0);
        NextSettings { backward_weight, source_exponent, target_exponent, shrinkage, ..NextSettings::default() }
    }

    #[test]
    fn the_formula_by_hand() {
        let table = table(&[&[0, 1, 2], &[0, 2]], &plain());
        let row = |product| table.row(product).collect::<Vec<_>>();
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
        let row: Vec<_> = table.row(0).collect();
        assert_eq!(row.len(), 1);
        assert!((row[0].1 - 2.5 / (2f32.powf(0.5) * 2f32.powf(0.2))).abs() < 1e-6, "{row:?}");
    }

    #[test]
    fn rows_have_a_limit_and_distance_has_an_end() {
        let settings = NextSettings { max_distance: 2, per_row: 1, ..NextSettings::default() };
        let table = table(&[&[0, 1, 2, 3]], &settings);
        assert_eq!(table.row(0).map(|pair| pair.0).collect::<Vec<_>>(), [1]);
        assert_eq!(table.row(3).map(|pair| pair.0).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_purchase_after_its_view_is_one_strong_step() {
        let met = |ordinal, kind| Interaction { kind, ordinal, ..Interaction::NOTHING };
        let log = [met(1, InteractionKind::View), met(1, InteractionKind::Purchase), met(2, InteractionKind::View)];
        let sequences = Sequences::of_shoppers(&log, &NextSettings::default());
        assert_eq!(sequences.products.get(0), [1, 2]);
        assert_eq!(sequences.weights, [1.0, 0.5]);
    }
}
