//! The probability that a product is bought again, and the days until then. The probability is
//! `(again − 1 + k · pool) / (buyers + k)`: the buyers who bought it on another day, over all buyers,
//! shrunk towards the products of its kind in its leaf category (those whose titles name one kind: a kettle is no tea,
//! whatever category both lie in), towards the category if its title names no kind, and towards all products without a
//! category. One repeat buyer is subtracted, who may have lost the product or given it away (absolute discounting, Ney
//! et al. 1994). The interval is the median of days between two purchases of a shopper, of the product if there are
//! at least [`FEWEST`], else of its pool; it is unknown if the middle half of the gaps spreads further than
//! [`REGULAR`] medians, or if fewer than [`FEWEST_PEOPLE`] people bought again. Presents do not count. Settings:
//! [`AfterSettings`]. Sections, by ordinal: `repurchase.chances` and `repurchase.days` (`f32`), `repurchase.people`
//! (`u32`).

use std::collections::{BTreeMap, HashMap};

use super::interaction::Interaction;
use super::settings::AfterSettings;
use super::titles::ProductKinds;
use super::view::CatalogueView;
use crate::error::{Error, Result};
use crate::event::InteractionKind;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::{CategoryNumber, Ordinal};
use crate::time::day_number;

/// The repeat buyers of a product that are ascribed to chance.
const CHANCE_BUYERS: f64 = 1.0;
/// The fewest intervals of a product from which its own median is taken.
const FEWEST: usize = 3;
/// The fewest people who bought again from which on an interval is known.
const FEWEST_PEOPLE: f64 = 2.0;
/// The largest spread of the middle half of the gaps, in medians.
const REGULAR: f32 = 2.0;

/// Repurchase probabilities and intervals, by ordinal.
#[derive(Debug, Clone)]
pub struct Repurchase {
    chances: Section<f32>,
    /// Days between purchases; 0 if unknown.
    days: Section<f32>,
    /// The people who bought again; empty in files of earlier releases.
    people: Section<u32>,
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

    /// The median interval; 0 if there is none, or none that people keep to.
    fn median(&mut self) -> f32 {
        self.intervals.sort_by(f32::total_cmp);
        let at = |share: usize| self.intervals.get(self.intervals.len() * share / 4).copied().unwrap_or_default();
        let (median, spread) = (at(2), at(3) - at(1));
        if self.again >= FEWEST_PEOPLE && spread <= REGULAR * median { median } else { 0.0 }
    }

    /// The repeat buyers, less those ascribed to chance.
    fn habitual(&self) -> f64 {
        (self.again - CHANCE_BUYERS).max(0.0)
    }

    fn share(&self) -> f64 {
        if self.buyers > 0.0 { self.habitual() / self.buyers } else { 0.0 }
    }
}

/// The products that lend each other their repurchases: those of a leaf category, of one kind if their titles name one.
type Pool = (CategoryNumber, Option<u32>);

/// The purchases of each product.
fn counts(interactions: &[Interaction], products: usize) -> Vec<RepurchaseCounts> {
    let mut counts = vec![RepurchaseCounts::default(); products];
    for own in interactions.chunk_by(|a, b| a.shopper == b.shopper) {
        let mut bought: BTreeMap<Ordinal, Vec<Option<i64>>> = BTreeMap::new();
        for one in own.iter().filter(|one| one.kind == InteractionKind::Purchase && !one.gift) {
            let days = bought.entry(one.ordinal).or_default();
            let day = one.time_ms.get().map(day_number);
            if days.last() != Some(&day) {
                days.push(day);
            }
        }
        for (product, days) in bought {
            let counted = &mut counts[product.index()];
            counted.buyers += 1.0;
            counted.again += f64::from(u8::from(days.len() > 1));
            let between = days.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?) as f32));
            counted.intervals.extend(between);
        }
    }
    counts
}

impl Repurchase {
    /// Counts interactions sorted by shopper and time.
    pub fn count(
        interactions: &[Interaction],
        catalogue: &CatalogueView<'_>,
        kinds: &ProductKinds,
        settings: &AfterSettings,
    ) -> Self {
        let mut products = counts(interactions, catalogue.products());
        let mut pools: HashMap<Pool, RepurchaseCounts> = HashMap::new();
        let pools_of =
            |product: Ordinal| catalogue.leaves(product).iter().map(move |&leaf| (leaf, kinds.first_kind(product)));
        let mut all = RepurchaseCounts::default();
        for (product, counted) in Ordinal::enumerate(&products) {
            pools_of(product).for_each(|pool| pools.entry(pool).or_default().add(counted));
            all.add(counted);
        }
        let figures = |counted: &mut RepurchaseCounts| (counted.share(), counted.median(), counted.again);
        let overall = figures(&mut all);
        let of_pool: HashMap<Pool, (f64, f32, f64)> =
            pools.iter_mut().map(|(&pool, counted)| (pool, figures(counted))).collect();
        let (mut chances, mut days, mut people) = (Vec::new(), Vec::new(), Vec::new());
        for (product, counted) in Ordinal::enumerate(&mut products) {
            let own_pools = pools_of(product).filter_map(|pool| of_pool.get(&pool).copied());
            // A product without a category takes the prior of all products.
            let most = own_pools.reduce(|most, one| (most.0.max(one.0), most.1.max(one.1), most.2.max(one.2)));
            let (share, interval, again) = most.unwrap_or(overall);
            let prior = settings.repurchase_prior;
            chances.push(((counted.habitual() + prior * share) / (counted.buyers + prior)) as f32);
            days.push(if counted.intervals.len() >= FEWEST { counted.median() } else { interval });
            people.push(if counted.again >= FEWEST_PEOPLE { counted.again } else { again } as u32);
        }
        Self { chances: chances.into(), days: days.into(), people: people.into() }
    }

    /// The number of people who bought the product again, or, if that is less than two, products of its kind.
    pub fn people(&self, product: Ordinal) -> u32 {
        self.people.get(product.index()).copied().unwrap_or_default()
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
        file.section::<f32>("repurchase.days", &self.days)?;
        file.section::<u32>("repurchase.people", &self.people)
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
        let people = match file.has("repurchase.people") {
            true => file.section_of("repurchase.people", products)?,
            false => Vec::new().into(),
        };
        Ok(Self { chances, days, people })
    }
}

#[cfg(test)]
mod tests {
    use super::super::interaction::ShopperNumber;
    use super::super::titles::{TitleRow, Titles};
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
        let found = Repurchase::count(&log, &catalogue, &ProductKinds::default(), &AfterSettings::default());
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
        let chance = |twice| {
            let kinds = ProductKinds::default();
            Repurchase::count(&log(twice), &catalogue, &kinds, &AfterSettings::default()).chance(Ordinal::new(0))
        };
        assert_eq!((chance(0), chance(1)), (0.0, 0.0));
        assert!((chance(3) - 0.2).abs() < 1e-6, "{}", chance(3));
        Ok(())
    }

    #[test]
    fn a_kettle_among_teas_is_not_bought_again_and_presents_say_nothing() -> Result<()> {
        // 0 tea, 1 kettle and 2 teapot lie in one category; the titles of tea 0 and tea 3 name one kind.
        let leaves = CategoryNumber::array([0; 4]);
        let catalogue = CatalogueView::new(&[NO_GROUP; 4], &[0, 1, 2, 3, 4], &leaves, 1)?;
        let mut titles = Titles::default();
        let [tea, kettle, pot] = [0; 3].map(|_| titles.number(false));
        [tea, kettle, pot, tea]
            .iter()
            .for_each(|&head| titles.push(&TitleRow { heads: &[head], names: &[head], ..TitleRow::default() }));
        let kinds = ProductKinds::of(&titles, &catalogue, &[]);
        let mut log: Vec<Interaction> = (0..10)
            .flat_map(|who| [0, 30, 61].map(|day| bought(who, day, 0)).into_iter().chain([bought(who, 0, 1)]))
            .collect();
        // Many give a teapot away twice.
        log.extend((20..30).flat_map(|who| [0, 15].map(|day| Interaction { gift: true, ..bought(who, day, 2) })));
        log.sort_by_key(Interaction::sort_key);
        let found = Repurchase::count(&log, &catalogue, &kinds, &AfterSettings::default());
        let [tea, kettle, pot, other] = Ordinal::array([0, 1, 2, 3]);
        assert_eq!((found.people(tea), found.days(tea)), (10, Some(31.0)));
        assert_eq!((found.chance(kettle), found.days(kettle), found.people(kettle)), (0.0, None, 0));
        assert_eq!((found.chance(pot), found.people(pot)), (0.0, 0));
        assert!(found.chance(other) > 0.8 && found.people(other) == 10, "as the tea");
        Ok(())
    }
}
