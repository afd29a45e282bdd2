//! Popularity of each product: counts of views, carts and purchases, and the score
//! `ln(1 + Σ weight · ½^(age / half-life))` over what people did. The logarithm keeps best sellers from
//! dominating, the half-life lets past hits fade.
//!
//! It counts people: of all that one person does with a product on one UTC day only the heaviest interaction counts,
//! the views and carts of one person count together at most as one addition to the cart, robots
//! ([`super::robots`]) do not count, and an add-on has no popularity. Settings: [`PopularitySettings`]. Sections, by
//! ordinal: `popularity.views`, `.carts`, `.purchases`, `.people` (`u32`), `.scores` (`f32`), and the ranking
//! `.best_first` (`u32`); `.robots` (`u64`: visitors, views left out).

use super::given::GivenPopularity;
use super::interaction::Interaction;
use super::robots::Robots;
use super::settings::PopularitySettings;
use super::titles::ProductKinds;
use super::view::CatalogueView;
use crate::error::{Error, Result};
use crate::event::InteractionKind;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::time::{DAY_MS, day_number, days_between, fading};

/// The days in which a person counts as one who wants a product lately.
const LATELY_DAYS: i64 = 90;

/// Counts and scores, by ordinal.
#[derive(Debug, Clone)]
pub struct Popularity {
    views: Section<u32>,
    carts: Section<u32>,
    purchases: Section<u32>,
    scores: Section<f32>,
    best_first: Section<Ordinal>,
    /// The people of the last [`LATELY_DAYS`]; empty in files of earlier releases.
    people: Section<u32>,
    robots: [u64; 2],
}

/// The contribution of one person to the popularity of one product.
#[derive(Debug, Clone, Copy, Default)]
struct PersonalDemand {
    /// The faded weight of views and carts, and that of purchases.
    looked: f64,
    bought: f64,
    lately: bool,
}

impl Popularity {
    /// Counts interactions sorted by shopper and time. Those without a time, or later than `now_ms`, do not age.
    pub fn count(
        interactions: &[Interaction],
        catalogue: &CatalogueView<'_>,
        settings: &PopularitySettings,
        (robots, kinds): (&Robots, &ProductKinds),
        now_ms: i64,
    ) -> Self {
        let products = catalogue.products();
        let mut counts = [vec![0u32; products], vec![0u32; products], vec![0u32; products]];
        let (mut weights, mut people) = (vec![0f64; products], vec![0u32; products]);
        let mut own: Vec<Interaction> = Vec::new();
        for person in interactions.chunk_by(|a, b| a.shopper == b.shopper) {
            own.clear();
            own.extend(person.iter().filter(|one| !robots.made(one)));
            for interaction in &own {
                let at = interaction.ordinal.index();
                let count = match interaction.kind {
                    InteractionKind::View => 0,
                    InteractionKind::AddToCart => 1,
                    InteractionKind::Purchase => 2,
                };
                counts[count][at] = counts[count][at].saturating_add(1);
            }
            // Stable, so that the days of a product stay together and in order.
            own.sort_by_key(|one| one.ordinal);
            for of_product in own.chunk_by(|a, b| a.ordinal == b.ordinal) {
                let demand = PersonalDemand::of(of_product, settings, now_ms);
                let at = of_product[0].ordinal.index();
                weights[at] += demand.looked.min(settings.cart_weight) + demand.bought;
                people[at] += u32::from(demand.lately);
            }
        }
        let score = |(at, weight): (usize, &f64)| match kinds.is_add_on(Ordinal::from_index(at)) {
            true => 0.0,
            false => weight.max(0.0).ln_1p() as f32,
        };
        let scores: Vec<f32> = weights.iter().enumerate().map(score).collect();
        Self { people: people.into(), robots: robots.counts(), ..Self::of(counts, scores, catalogue) }
    }

    /// The same people and robots, with given counts and scores; products without an entry have neither.
    pub(super) fn given(self, popular: &[GivenPopularity], catalogue: &CatalogueView<'_>) -> Self {
        let products = catalogue.products();
        let mut counts = [vec![0u32; products], vec![0u32; products], vec![0u32; products]];
        let mut scores = vec![0f32; products];
        for one in popular {
            let at = one.ordinal.index();
            counts.iter_mut().zip([one.views, one.carts, one.purchases]).for_each(|(all, count)| all[at] = count);
            scores[at] = one.score;
        }
        Self { people: self.people, robots: self.robots, ..Self::of(counts, scores, catalogue) }
    }

    fn of(counts: [Vec<u32>; 3], scores: Vec<f32>, catalogue: &CatalogueView<'_>) -> Self {
        let products = scores.len();
        let mut best_first: Vec<Ordinal> = Ordinal::all(products).collect();
        best_first.sort_by(|&a, &b| {
            scores[b.index()].total_cmp(&scores[a.index()]).then(catalogue.rank(a).cmp(&catalogue.rank(b)))
        });
        let [views, carts, purchases] = counts.map(Section::from);
        let (people, robots) = (Vec::new().into(), [0; 2]);
        Self { views, carts, purchases, scores: scores.into(), best_first: best_first.into(), people, robots }
    }

    /// The number of people who looked at a product or bought it in the last 90 days.
    pub fn people(&self, product: Ordinal) -> u32 {
        self.people.get(product.index()).copied().unwrap_or_default()
    }

    /// The number of robots, and of their views and additions to the cart, which do not count.
    pub fn robots(&self) -> [u64; 2] {
        self.robots
    }

    /// The numbers of views, by ordinal.
    pub fn views(&self) -> &[u32] {
        &self.views
    }

    /// The numbers of additions to a cart, by ordinal.
    pub fn carts(&self) -> &[u32] {
        &self.carts
    }

    /// The numbers of purchases, by ordinal.
    pub fn purchases(&self) -> &[u32] {
        &self.purchases
    }

    /// The scores, 0 or more, by ordinal.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// All ordinals, the most popular first, ties in the shop's own order.
    pub fn best_first(&self) -> &[Ordinal] {
        &self.best_first
    }

    /// Writes the sections.
    pub fn write(&self, file: &mut FlatWriter) -> Result<()> {
        file.section::<u32>("popularity.views", &self.views)?;
        file.section::<u32>("popularity.carts", &self.carts)?;
        file.section::<u32>("popularity.purchases", &self.purchases)?;
        file.section::<f32>("popularity.scores", &self.scores)?;
        file.section::<u32>("popularity.people", &self.people)?;
        file.section::<u64>("popularity.robots", &self.robots)?;
        file.section::<Ordinal>("popularity.best_first", &self.best_first)
    }

    /// Opens the sections of a catalogue of `products` products.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if they do not fit.
    pub fn open(file: &FlatFile, products: usize) -> Result<Self> {
        let best_first = file.section_of::<Ordinal>("popularity.best_first", products)?;
        if best_first.iter().any(|&ordinal| ordinal.index() >= products) {
            return Err(Error::corrupt(file.path(), "popularity.best_first names a product outside the catalogue"));
        }
        let scores = file.section_of::<f32>("popularity.scores", products)?;
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(Error::corrupt(file.path(), "popularity.scores holds what is not a finite number"));
        }
        Ok(Self {
            views: file.section_of("popularity.views", products)?,
            carts: file.section_of("popularity.carts", products)?,
            purchases: file.section_of("popularity.purchases", products)?,
            scores,
            best_first,
            people: match file.has("popularity.people") {
                true => file.section_of("popularity.people", products)?,
                false => Vec::new().into(),
            },
            robots: match file.has("popularity.robots") {
                true => file.section_of::<u64>("popularity.robots", 2)?[..].try_into().unwrap_or_default(),
                false => [0; 2],
            },
        })
    }
}

impl PersonalDemand {
    /// The demand of one person for one product, from the interactions in order of time.
    fn of(interactions: &[Interaction], settings: &PopularitySettings, now_ms: i64) -> Self {
        let day = |one: &Interaction| one.time_ms.get().map(day_number);
        let faded = |time_ms| fading(days_between(time_ms, now_ms), settings.half_life_days);
        let mut demand = Self::default();
        for of_day in interactions.chunk_by(|a, b| day(a) == day(b)) {
            let weighed = of_day.iter().map(|one| {
                let weight = settings.weight(one.kind) * one.time_ms.get().map_or(1.0, faded);
                (one.kind == InteractionKind::Purchase, weight)
            });
            let (bought, weight) = weighed.fold((false, 0.0), |most, one| if one.1 > most.1 { one } else { most });
            match bought {
                true => demand.bought += weight,
                false => demand.looked += weight,
            }
            let time = of_day[0].time_ms.get();
            demand.lately |= time.is_none_or(|time| now_ms - time <= LATELY_DAYS * DAY_MS);
        }
        demand
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{NO_GROUP, ShopperNumber};
    use crate::id::GroupNumber;
    use crate::time::DAY_MS;

    const THREE: ([GroupNumber; 3], [u32; 4]) = ([NO_GROUP; 3], [0; 4]);

    fn count(log: &[Interaction], now_ms: i64) -> Popularity {
        // The shop lists the second product first.
        let view = CatalogueView::checked_before(&THREE.0, &THREE.1, &[], 0).with_ranks(&[2, 0, 1]);
        let settings = PopularitySettings { views_a_day: 60, ..PopularitySettings::default() };
        let mut log = log.to_vec();
        log.sort_by_key(Interaction::sort_key);
        let robots = Robots::find(&log, &settings);
        Popularity::count(&log, &view, &settings, (&robots, &ProductKinds::default()), now_ms)
    }

    fn interaction(ordinal: u32, kind: InteractionKind, time_ms: Option<i64>) -> Interaction {
        Interaction { time_ms: time_ms.into(), kind, ordinal: Ordinal::new(ordinal), ..Interaction::NOTHING }
    }

    #[test]
    fn a_purchase_outweighs_views_and_the_score_is_a_logarithm() {
        let (view, purchase) = (InteractionKind::View, InteractionKind::Purchase);
        let log = [interaction(0, view, None), interaction(0, view, None), interaction(2, purchase, None)];
        let popularity = count(&log, 0);
        assert_eq!(popularity.best_first(), Ordinal::array([2, 0, 1]));
        assert_eq!((popularity.views(), popularity.purchases()), (&[2, 0, 0][..], &[0, 0, 1][..]));
        assert!((popularity.scores()[2] - 6f32.ln()).abs() < 1e-6);
        assert_eq!(popularity.scores()[1], 0.0);
        assert_eq!(count(&[], 0).best_first(), Ordinal::array([1, 2, 0]), "on the first day, as the shop lists them");
    }

    #[test]
    fn one_person_counts_once_a_day_and_a_robot_never() {
        let now = 100 * DAY_MS;
        let by = |shopper, one: Interaction| Interaction { shopper: ShopperNumber(shopper), ..one };
        let view = |product, ago: i64| interaction(product, InteractionKind::View, Some(now - ago * DAY_MS));
        // Three people look at 0; one looks at 1 thirty times today; a robot looks at 2 a thousand times.
        let mut log: Vec<Interaction> = (0..3).map(|person| by(person, view(0, 0))).collect();
        log.extend([by(9, view(1, 0)); 30]);
        log.extend([by(8, view(2, 0)); 1000]);
        let popularity = count(&log, now);
        assert_eq!(popularity.best_first(), Ordinal::array([0, 1, 2]));
        assert_eq!([0, 1, 2].map(|product| popularity.people(Ordinal::new(product))), [3, 1, 0]);
        assert_eq!((popularity.scores()[1], popularity.scores()[2]), (2f32.ln(), 0.0));
        assert_eq!(popularity.robots(), [1, 1000]);
        // Day after day one person's views weigh no more than one addition to the cart.
        let daily: Vec<Interaction> = (0..50).map(|ago| by(7, view(0, ago))).collect();
        assert!(count(&daily, now).scores()[0] <= 4f32.ln() + 1e-6);
    }

    #[test]
    fn an_interaction_counts_half_after_its_half_life() {
        let now = 100 * DAY_MS;
        let log = [
            interaction(0, InteractionKind::View, Some(now - 30 * DAY_MS)),
            interaction(1, InteractionKind::View, Some(now + 1)),
            interaction(2, InteractionKind::View, None),
        ];
        let popularity = count(&log, now);
        assert!((popularity.scores()[0] - 1.5f32.ln()).abs() < 1e-6);
        assert_eq!(popularity.scores()[1], 2f32.ln(), "the future does not count more than now");
        assert_eq!(popularity.scores()[2], 2f32.ln(), "undated events do not age");
    }
}
