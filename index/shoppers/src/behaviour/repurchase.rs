//! The probability that a product is bought again, and the days until then. The probability is
//! `(again − 1 + k · category) / (buyers + k)`: the buyers who bought it on another day, over all buyers,
//! shrunk towards its leaf categories (towards all products without a category). One repeat buyer is
//! subtracted, who may have lost the product or given it away (absolute discounting, Ney et al. 1994). The
//! interval is the median of days between two purchases of a shopper, of the product if there are at least
//! [`FEWEST`], else of its categories. Settings: [`AfterSettings`]. Sections: `repurchase.chances` and
//! `repurchase.days` (`f32` by ordinal).

use std::collections::BTreeMap;

use super::interaction::Interaction;
use super::settings::AfterSettings;
use super::view::CatalogueView;
use crate::error::{Error, Result};
use crate::event::InteractionKind;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::time::day_number;

/// The repeat buyers of a product that are ascribed to chance.
const CHANCE_BUYERS: f64 = 1.0;
/// The fewest intervals of a product from which its own median is taken.
const FEWEST: usize = 3;

/// Repurchase probabilities and intervals, by ordinal.
#[derive(Debug, Clone)]
pub struct Repurchase {
    chances: Section<f32>,
    /// Days between purchases; 0 if unknown.
    days: Section<f32>,
}

#[derive(Debug, Clone, Default)]
struct RepurchaseCounts {
    buyers: f64,
    again: f64,
    intervals: Vec<f32>,
}

impl RepurchaseCounts {
    fn add(&mut self, other: &Self) {
        self.buyers += other.buyers;
        self.again += other.again;
        self.intervals.extend(&other.intervals);
    }

    fn median(&mut self) -> f32 {
        self.intervals.sort_by(f32::total_cmp);
        self.intervals.get(self.intervals.len() / 2).copied().unwrap_or_default()
    }

    /// The repeat buyers, less those ascribed to chance.
    fn habitual(&self) -> f64 {
        (self.again - CHANCE_BUYERS).max(0.0)
    }

    fn share(&self) -> f64 {
        if self.buyers > 0.0 { self.habitual() / self.buyers } else { 0.0 }
    }
}

impl Repurchase {
    /// Counts interactions sorted by shopper and time.
    pub fn count(interactions: &[Interaction], catalogue: &CatalogueView<'_>, settings: &AfterSettings) -> Self {
        let mut products = vec![RepurchaseCounts::default(); catalogue.products()];
        for own in interactions.chunk_by(|a, b| a.shopper == b.shopper) {
            let mut bought: BTreeMap<Ordinal, Vec<Option<i64>>> = BTreeMap::new();
            for one in own.iter().filter(|one| one.kind == InteractionKind::Purchase) {
                let days = bought.entry(one.ordinal).or_default();
                let day = one.time_ms.get().map(day_number);
                if days.last() != Some(&day) {
                    days.push(day);
                }
            }
            for (product, days) in bought {
                let counted = &mut products[product.index()];
                counted.buyers += 1.0;
                counted.again += f64::from(u8::from(days.len() > 1));
                let between = days.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?) as f32));
                counted.intervals.extend(between);
            }
        }
        let mut categories = vec![RepurchaseCounts::default(); catalogue.categories()];
        for (product, counted) in Ordinal::enumerate(&products) {
            catalogue.leaves(product).iter().for_each(|&leaf| categories[leaf.index()].add(counted));
        }
        let mut all = RepurchaseCounts::default();
        products.iter().for_each(|counted| all.add(counted));
        let overall = (all.share(), all.median());
        let of_category: Vec<(f64, f32)> =
            categories.iter_mut().map(|counted| (counted.share(), counted.median())).collect();
        let (mut chances, mut days) = (Vec::with_capacity(products.len()), Vec::with_capacity(products.len()));
        for (product, counted) in Ordinal::enumerate(&mut products) {
            let leaves = catalogue.leaves(product).iter().map(|&leaf| of_category[leaf.index()]);
            // A product without a category takes the prior of all products.
            let most = leaves.reduce(|most, leaf| (most.0.max(leaf.0), most.1.max(leaf.1)));
            let (share, interval) = most.unwrap_or(overall);
            let prior = settings.repurchase_prior;
            chances.push(((counted.habitual() + prior * share) / (counted.buyers + prior)) as f32);
            days.push(if counted.intervals.len() >= FEWEST { counted.median() } else { interval });
        }
        Self { chances: chances.into(), days: days.into() }
    }

    /// The probability that a buyer of the product buys it again, 0 to 1.
    pub fn chance(&self, product: Ordinal) -> f32 {
        self.chances.get(product.index()).copied().unwrap_or_default()
    }

    /// The days from one purchase to the next, if known.
    pub fn days(&self, product: Ordinal) -> Option<f32> {
        self.days.get(product.index()).copied().filter(|days| *days > 0.0)
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        file.section::<f32>("repurchase.chances", &self.chances)?;
        file.section::<f32>("repurchase.days", &self.days)
    }

    /// Opens the sections of a catalogue of `products` products.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if they do not fit.
    pub fn open(file: &FlatFile, products: usize) -> Result<Self> {
        let chances = file.section_of::<f32>("repurchase.chances", products)?;
        let days = file.section_of::<f32>("repurchase.days", products)?;
        if chances.iter().chain(days.iter()).any(|value| !value.is_finite() || *value < 0.0) {
            return Err(Error::corrupt(file.path(), "repurchase holds what is not a number of 0 or more"));
        }
        Ok(Self { chances, days })
    }
}

#[cfg(test)]
mod tests {
    use super::super::interaction::ShopperNumber;
    use super::super::view::NO_GROUP;
    use super::*;
    use crate::id::CategoryNumber;
    use crate::time::DAY_MS;

    fn bought(shopper: u32, day: i64, ordinal: u32) -> Interaction {
        Interaction {
            shopper: ShopperNumber(shopper),
            time_ms: Some(day * DAY_MS).into(),
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        }
    }

    #[test]
    fn coffee_is_bought_again_and_a_machine_is_not() -> Result<()> {
        // 0 coffee, 1 a coffee nobody bought yet, 2 a machine; the first two share a category.
        let catalogue = CatalogueView::new(&[NO_GROUP; 3], &[0, 1, 2, 3], CategoryNumber::slice(&[0, 0, 1]), 2)?;
        let log: Vec<Interaction> = (0..10)
            .flat_map(|who| {
                [bought(who, 0, 0), bought(who, 0, 0), bought(who, 0, 2), bought(who, 20, 0), bought(who, 41, 0)]
            })
            .collect();
        let found = Repurchase::count(&log, &catalogue, &AfterSettings::default());
        let [coffee, unknown, machine, absent] = Ordinal::array([0, 1, 2, 99]);
        assert_eq!((found.chance(coffee), found.chance(machine)), (0.9, 0.0));
        assert_eq!((found.days(coffee), found.days(machine)), (Some(21.0), None));
        assert_eq!((found.chance(unknown), found.days(unknown)), (0.9, Some(21.0)), "as its category");
        assert_eq!((found.chance(absent), found.days(absent)), (0.0, None));
        Ok(())
    }

    #[test]
    fn one_repeat_buyer_is_ascribed_to_chance() -> Result<()> {
        let catalogue = CatalogueView::new(&[NO_GROUP], &[0, 0], &[], 0)?;
        let log = |twice: u32| -> Vec<Interaction> {
            let once = (0..10).map(|who| bought(who, 0, 0));
            once.flat_map(|first| {
                [first].into_iter().chain((first.shopper.0 < twice).then(|| bought(first.shopper.0, 9, 0)))
            })
            .collect()
        };
        let chance =
            |twice| Repurchase::count(&log(twice), &catalogue, &AfterSettings::default()).chance(Ordinal::new(0));
        assert_eq!((chance(0), chance(1)), (0.0, 0.0));
        assert!((chance(3) - 0.2).abs() < 1e-6, "{}", chance(3));
        Ok(())
    }
}
