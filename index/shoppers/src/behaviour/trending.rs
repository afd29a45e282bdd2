//! Rising products: `(recent − expected) / √(expected + 5)`, where recent is the decayed weight of a product's
//! interactions, `Σ weight · decay^(age in days)`, and expected is that sum if its interactions were spread
//! evenly over the days. The 5 keeps a handful of views of an unknown product from ranking first. Of all that one
//! person does with a product on one day only the heaviest interaction counts; robots and add-ons do not. Settings:
//! [`AfterSettings`], [`PopularitySettings`]. Sections: `trending.scores` (`f32` by ordinal), `trending.people` (`u32`
//! by ordinal) and `trending.rising` (`u32`).

use super::interaction::{Interaction, ShopperNumber};
use super::robots::Robots;
use super::settings::{AfterSettings, PopularitySettings};
use super::titles::ProductKinds;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::time::DAY_MS;

/// The days in which people are counted for a rising product.
const RECENT_DAYS: i64 = 14;

/// Added to the expected weight, so that small counts stay small.
const PRIOR_WEIGHT: f64 = 5.0;

/// The score of rising products over a number of days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rise {
    /// The expected decayed weight per unit of weight, spread evenly over the days.
    share: f64,
}

impl Rise {
    /// The smallest score of a rising product.
    pub(super) const LEAST: f32 = 0.01;

    /// The score over the days from `oldest` days ago to today.
    pub(super) fn over(oldest: i32, daily_decay: f64) -> Self {
        let decayed: f64 = (0..=oldest).map(|age| daily_decay.powi(age)).sum();
        Self { share: decayed / f64::from(oldest + 1) }
    }

    /// The score for the decayed weight `recent` and the weight `all` without decay.
    pub(super) fn of(self, recent: f64, all: f64) -> f32 {
        let expected = all * self.share;
        ((recent - expected) / (expected + PRIOR_WEIGHT).sqrt()) as f32
    }
}

/// Rising scores, by ordinal.
#[derive(Debug, Clone)]
pub struct TrendingTable {
    scores: Section<f32>,
    /// The ordinals of rising products, the highest score first.
    rising: Section<Ordinal>,
    /// The people of the last [`RECENT_DAYS`]; empty in files of earlier releases.
    people: Section<u32>,
}

impl TrendingTable {
    /// Counts interactions up to `now_ms`; those without a time, or later, are left out.
    pub fn count(
        interactions: &[Interaction],
        products: usize,
        popularity: &PopularitySettings,
        settings: &AfterSettings,
        (robots, kinds): (&Robots, &ProductKinds),
        now_ms: i64,
    ) -> Self {
        let days = i64::from(settings.expected_days.max(1));
        let (mut recent, mut all) = (vec![0f64; products], vec![0f64; products]);
        let mut oldest = 0;
        // The heaviest interaction of a person with a product on a day: (person, product, age in days, weight).
        let mut heaviest: Vec<(ShopperNumber, Ordinal, i64, f64)> = Vec::new();
        for one in interactions.iter().filter(|one| !robots.made(one) && !kinds.is_add_on(one.ordinal)) {
            let Some(age) = one.time_ms.get().map(|time| (now_ms - time).div_euclid(DAY_MS)) else { continue };
            if (0..days).contains(&age) {
                heaviest.push((one.shopper, one.ordinal, age, popularity.weight(one.kind)));
            }
        }
        let key = |one: &(ShopperNumber, Ordinal, i64, f64)| (one.0, one.1, one.2);
        heaviest.sort_unstable_by(|a, b| key(a).cmp(&key(b)).then(b.3.total_cmp(&a.3)));
        heaviest.dedup_by_key(|one| key(one));
        let mut people = vec![0u32; products];
        for of_person in heaviest.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let at = of_person[0].1.index();
            people[at] += u32::from(of_person.iter().any(|one| one.2 < RECENT_DAYS));
            for &(_, _, age, weight) in of_person {
                oldest = oldest.max(age);
                recent[at] += weight * settings.daily_decay.powi(age as i32);
                all[at] += weight;
            }
        }
        let rise = Rise::over(oldest as i32, settings.daily_decay);
        let scores: Vec<f32> = recent.iter().zip(&all).map(|(&recent, &all)| rise.of(recent, all)).collect();
        let mut rising: Vec<Ordinal> = Ordinal::all(products).filter(|&at| scores[at.index()] > Rise::LEAST).collect();
        rising.sort_by(|&a, &b| scores[b.index()].total_cmp(&scores[a.index()]).then(a.cmp(&b)));
        Self { scores: scores.into(), rising: rising.into(), people: people.into() }
    }

    /// The rising score of a product; 0 or less if it does not rise.
    pub fn score(&self, product: Ordinal) -> f32 {
        self.scores.get(product.index()).copied().unwrap_or_default()
    }

    /// The number of people who looked at a product or bought it in the last 14 days.
    pub fn people(&self, product: Ordinal) -> u32 {
        self.people.get(product.index()).copied().unwrap_or_default()
    }

    /// The rising products, the highest score first, ties by ordinal.
    pub fn rising(&self) -> &[Ordinal] {
        &self.rising
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        file.section::<f32>("trending.scores", &self.scores)?;
        file.section::<u32>("trending.people", &self.people)?;
        file.section::<Ordinal>("trending.rising", &self.rising)
    }

    /// Opens the sections of a catalogue of `products` products.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if they do not fit.
    pub fn open(file: &FlatFile, products: usize) -> Result<Self> {
        let scores = file.section_of::<f32>("trending.scores", products)?;
        let rising: Section<Ordinal> = file.section("trending.rising")?;
        if scores.iter().any(|score| !score.is_finite()) || rising.iter().any(|&at| at.index() >= products) {
            return Err(Error::corrupt(file.path(), "trending does not fit the catalogue"));
        }
        let people = match file.has("trending.people") {
            true => file.section_of("trending.people", products)?,
            false => Vec::new().into(),
        };
        Ok(Self { scores, rising, people })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::InteractionKind;

    #[test]
    fn the_formula_by_hand() {
        let mut person = 0;
        let mut interaction = |day: i64, ordinal| Interaction {
            shopper: {
                person += 1;
                ShopperNumber(person)
            },
            time_ms: Some(day * DAY_MS).into(),
            kind: InteractionKind::View,
            ordinal: Ordinal::new(ordinal),
            ..Interaction::NOTHING
        };
        // Product 0 every day of ten, 1 ten times today, 2 ten times nine days ago, 3 tomorrow.
        let mut log: Vec<Interaction> =
            (1..=10).flat_map(|day| [interaction(day, 0), interaction(10, 1), interaction(1, 2)]).collect();
        log.push(interaction(11, 3));
        let (popularity, after) = (PopularitySettings::default(), AfterSettings::default());
        let everybody = (&Robots::default(), &ProductKinds::default());
        let trending = TrendingTable::count(&log, 4, &popularity, &after, everybody, 10 * DAY_MS);
        let decayed: f64 = (0..10).map(|age| 0.9f64.powi(age)).sum();
        let score = |ordinal| trending.score(Ordinal::new(ordinal));
        assert!(score(0).abs() < 1e-6, "steady");
        assert!((f64::from(score(1)) - (10.0 - decayed) / (decayed + 5.0).sqrt()).abs() < 1e-5);
        assert!(score(2) < 0.0 && score(3) == 0.0 && score(99) == 0.0);
        assert_eq!(trending.rising(), Ordinal::array([1]));
    }
}
