//! What comes next: item-to-item with distance decay. For every shopper's
//! sequence, `C[i→j] += w / √distance` forwards, half of it backwards, where w is
//! what meeting j was worth; then `W = C / (n_i^.5 · n_j^.2)` with n the summed
//! worth of all meetings: dividing more by n_j would drown popular partners,
//! less would recommend them everywhere. Counted row by row from the lists a
//! product lies in, so memory is linear.

use rayon::prelude::*;

use super::collect::Interaction;
use super::lists::{Lists, Tally};
use super::settings::NextSettings;
use super::table::{Neighbour, NeighbourTable, keep_best};
use crate::event::Meeting;
use crate::id::Ordinal;

/// Sequences of weighted products, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    products: Lists,
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

    /// One sequence a visit (or a shopper's UTC day, where visits have no name) over its views.
    pub fn of_visits(interactions: &[Interaction], settings: &NextSettings) -> Self {
        let day = |interaction: &Interaction| interaction.time_ms.map(|time| time.div_euclid(86_400_000));
        let visit = |a: &Interaction, b: &Interaction| {
            a.shopper == b.shopper && a.session == b.session && (a.session.is_some() || day(a) == day(b))
        };
        Self::group(interactions, settings, visit, |meeting| meeting == Meeting::View)
    }

    /// A product met several times in a row is one step with the strongest weight.
    fn group(
        interactions: &[Interaction],
        settings: &NextSettings,
        same: impl Fn(&Interaction, &Interaction) -> bool,
        wanted: impl Fn(Meeting) -> bool,
    ) -> Self {
        let mut all = Self::default();
        let mut steps: Vec<(Ordinal, f32)> = Vec::new();
        for one in interactions.chunk_by(|a, b| same(a, b)) {
            steps.clear();
            for interaction in one.iter().filter(|interaction| wanted(interaction.meeting)) {
                let weight = match interaction.meeting {
                    Meeting::View => settings.view_weight,
                    Meeting::AddToCart => settings.cart_weight,
                    Meeting::Purchase => settings.purchase_weight,
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
}

/// Builds the table.
#[derive(Debug)]
pub struct ItemToItem;

impl ItemToItem {
    /// For each of `products` ordinals its strongest partners. Steps of weight 0 count nothing.
    pub fn build(sequences: &Sequences, products: usize, settings: &NextSettings) -> NeighbourTable {
        let mut worth = vec![0f32; products];
        for (list, &start) in sequences.products.iter().zip(&sequences.starts) {
            for (at, &product) in list.iter().enumerate() {
                worth[product as usize] += sequences.weights[start + at];
            }
        }
        let target: Vec<f32> =
            worth.iter().map(|worth| worth.max(f32::EPSILON).powf(settings.target_exponent)).collect();
        let decay: Vec<f32> =
            (0..=settings.max_distance).map(|distance| 1.0 / (distance.max(1) as f32).sqrt()).collect();
        let lies_in = sequences.products.transpose(products);

        let row = |tally: &mut Tally, product: usize| {
            let mut lists = lies_in.get(product);
            // A sequence that holds the product twice is listed twice, but read once.
            while let Some((&list, rest)) = lists.split_first() {
                lists = &rest[rest.iter().take_while(|&&other| other == list).count()..];
                count(tally, sequences, list as usize, product as Ordinal, &decay, settings.backward_weight);
            }
            let source = worth[product].max(f32::EPSILON).powf(settings.source_exponent);
            let score = |(ordinal, sum): (Ordinal, f32)| Neighbour {
                ordinal,
                score: sum / (source * target[ordinal as usize]),
                evidence: None,
            };
            let mut partners: Vec<Neighbour> = tally.drain().map(score).collect();
            keep_best(&mut partners, settings.per_row);
            partners
        };
        let rows: Vec<_> = (0..products).into_par_iter().map_init(|| Tally::new(products), row).collect();
        NeighbourTable::from_rows(rows)
    }
}

/// Adds what surrounds each occurrence of `product` in one sequence.
fn count(tally: &mut Tally, sequences: &Sequences, list: usize, product: Ordinal, decay: &[f32], backward: f32) {
    let steps = sequences.products.get(list);
    let weights = &sequences.weights[sequences.starts[list]..];
    for at in (0..steps.len()).filter(|&at| steps[at] == product) {
        for (distance, decay) in decay.iter().enumerate().skip(1) {
            let mut add = |other: usize, share: f32| {
                let amount = share * weights[other] * decay;
                if steps[other] != product && amount > 0.0 {
                    tally.add(steps[other], amount);
                }
            };
            if at + distance < steps.len() {
                add(at + distance, 1.0);
            }
            if distance <= at {
                add(at - distance, backward);
            }
        }
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

    #[test]
    fn the_formula_by_hand() {
        let table = table(&[&[0, 1, 2], &[0, 2]], &NextSettings::default());
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
        let table = table(&[&[0, 1, 0, 1]], &NextSettings { max_distance: 1, ..NextSettings::default() });
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
        let met = |ordinal, meeting| Interaction {
            shopper: 0,
            event: 0,
            time_ms: None,
            session: None,
            order: None,
            meeting,
            click: false,
            quantity: 1,
            ordinal,
        };
        let log = [met(1, Meeting::View), met(1, Meeting::Purchase), met(2, Meeting::View)];
        let sequences = Sequences::of_shoppers(&log, &NextSettings::default());
        assert_eq!(sequences.products.get(0), [1, 2]);
        assert_eq!(sequences.weights, [1.0, 0.5]);
    }
}
