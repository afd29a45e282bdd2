//! Popularity of each product: counts of views, carts and purchases, and the score
//! `ln(1 + Σ weight · ½^(age / half-life))` over its interactions. The logarithm keeps best sellers from
//! dominating, the half-life lets past hits fade. A product counts once an event, whatever its quantity.
//! Settings: [`PopularitySettings`]. Sections, by ordinal: `popularity.views`, `.carts`, `.purchases`
//! (`u32`), `.scores` (`f32`), and the ranking `.best_first` (`u32`).

use super::given::GivenPopularity;
use super::interaction::Interaction;
use super::settings::PopularitySettings;
use super::view::CatalogueView;
use crate::error::{Error, Result};
use crate::event::InteractionKind;
use crate::flat::{FlatFile, FlatWriter, Section};
use crate::id::Ordinal;
use crate::time::{days_between, fading};

/// Counts and scores, by ordinal.
#[derive(Debug, Clone)]
pub struct Popularity {
    views: Section<u32>,
    carts: Section<u32>,
    purchases: Section<u32>,
    scores: Section<f32>,
    best_first: Section<Ordinal>,
}

impl Popularity {
    /// Counts interactions. Those without a time, or later than `now_ms`, do not age.
    pub fn count(
        interactions: &[Interaction],
        catalogue: &CatalogueView<'_>,
        settings: &PopularitySettings,
        now_ms: i64,
    ) -> Self {
        let products = catalogue.products();
        let mut counts = [vec![0u32; products], vec![0u32; products], vec![0u32; products]];
        let mut weights = vec![0f64; products];
        let faded = |time_ms| fading(days_between(time_ms, now_ms), settings.half_life_days);
        for interaction in interactions {
            let at = interaction.ordinal.index();
            let count = match interaction.kind {
                InteractionKind::View => 0,
                InteractionKind::AddToCart => 1,
                InteractionKind::Purchase => 2,
            };
            let weight = settings.weight(interaction.kind);
            counts[count][at] = counts[count][at].saturating_add(1);
            weights[at] += weight * interaction.time_ms.get().map_or(1.0, faded);
        }
        let scores: Vec<f32> = weights.iter().map(|weight| weight.max(0.0).ln_1p() as f32).collect();
        Self::of(counts, scores, catalogue)
    }

    /// Takes given counts and scores; products without an entry have neither.
    pub(super) fn given(popular: &[GivenPopularity], catalogue: &CatalogueView<'_>) -> Self {
        let products = catalogue.products();
        let mut counts = [vec![0u32; products], vec![0u32; products], vec![0u32; products]];
        let mut scores = vec![0f32; products];
        for one in popular {
            let at = one.ordinal.index();
            counts.iter_mut().zip([one.views, one.carts, one.purchases]).for_each(|(all, count)| all[at] = count);
            scores[at] = one.score;
        }
        Self::of(counts, scores, catalogue)
    }

    fn of(counts: [Vec<u32>; 3], scores: Vec<f32>, catalogue: &CatalogueView<'_>) -> Self {
        let products = scores.len();
        let mut best_first: Vec<Ordinal> = Ordinal::all(products).collect();
        best_first.sort_by(|&a, &b| {
            scores[b.index()].total_cmp(&scores[a.index()]).then(catalogue.rank(a).cmp(&catalogue.rank(b)))
        });
        let [views, carts, purchases] = counts.map(Section::from);
        Self { views, carts, purchases, scores: scores.into(), best_first: best_first.into() }
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::NO_GROUP;
    use crate::id::GroupNumber;
    use crate::time::DAY_MS;

    const THREE: ([GroupNumber; 3], [u32; 4]) = ([NO_GROUP; 3], [0; 4]);

    fn count(log: &[Interaction], now_ms: i64) -> Popularity {
        // The shop lists the second product first.
        let view = CatalogueView::checked_before(&THREE.0, &THREE.1, &[], 0).with_ranks(&[2, 0, 1]);
        Popularity::count(log, &view, &PopularitySettings::default(), now_ms)
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
