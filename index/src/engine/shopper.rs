//! From a stored profile to what ranking needs to know, in this generation's ordinals.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::Engine;
use crate::id::Ordinal;
use crate::profile::{Interest, Profile, interest};
use crate::rank::Taste;

const MS_A_DAY: f32 = 86_400_000.0;

impl Engine {
    /// The interest vector of a profile in this generation's space.
    pub fn interest(&self, profile: &Profile) -> Option<Interest> {
        let vectors = &self.generation.vectors.vectors;
        let row = |id: &str| {
            let ordinal = self.generation.products.ordinal(id)?;
            vectors.has_direction(ordinal).then(|| vectors.row(ordinal))
        };
        interest(profile, &self.settings.interest, &self.generation.manifest.space.id, &self.mean, row)
    }

    /// The stored interest vector, or a fresh one when the stored one lives in another space.
    fn current_interest(&self, profile: &Profile) -> Vec<f32> {
        let here = |interest: &&Interest| {
            interest.space == self.generation.manifest.space.id && interest.vector.len() == self.mean.len()
        };
        match profile.interest.as_ref().filter(here) {
            Some(stored) => stored.vector.clone(),
            None => self.interest(profile).map(|interest| interest.vector).unwrap_or_default(),
        }
    }

    /// What ranking needs to know of a shopper; `None` when nothing known is in this catalogue.
    pub(super) fn taste(&self, profile: &Profile) -> Option<Taste> {
        let settings = &self.settings.rank.personal;
        let ordinal = |id: &str| self.generation.products.ordinal(id);
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        let mut taste = Taste { purchased: profile.purchased().filter_map(ordinal).collect(), ..Taste::default() };
        let newest = profile.interactions.last()?.time_ms;
        let mut decay = 1.0;
        for interaction in profile.recent(settings.history) {
            let Some(met) = ordinal(&interaction.product_id) else { continue };
            let days = (newest - interaction.time_ms) as f32 / MS_A_DAY;
            let weight = self.settings.interest.weight(interaction.kind);
            taste.evidence += weight * settings.daily_decay.powf(days);
            for (neighbour, strength) in self.generation.behaviour.next.row(met) {
                *taste.neighbours.entry(neighbour).or_default() += weight * decay * strength / self.neighbour_unit;
            }
            for &brand in brands.iter().flat_map(|brands| brands.values(met)) {
                *taste.brands.entry(brand).or_default() += weight;
                taste.branded += weight;
            }
            decay *= settings.decay;
        }
        if taste.evidence == 0.0 {
            return None;
        }
        taste.interest = self.current_interest(profile);
        Some(taste)
    }

    /// Cosine of an interest vector and a product's centred vector; 0 without either.
    pub(super) fn interest_cosine(&self, interest: &[f32], ordinal: Ordinal) -> f32 {
        let vectors = &self.generation.vectors.vectors;
        if interest.len() != self.mean.len() || !vectors.has_direction(ordinal) {
            return 0.0;
        }
        let (mut dot, mut length) = (0f32, 0f32);
        for ((&x, &mean), &u) in vectors.row(ordinal).iter().zip(&self.mean).zip(interest) {
            let centred = x - mean;
            dot += centred * u;
            length += centred * centred;
        }
        if length > 0.0 { (dot / length.sqrt()).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// Log lift of products' brands for a shopper; 0 without a brand.
    pub(super) fn brand_lifts<'a>(&'a self, taste: &'a Taste) -> impl Fn(Ordinal) -> f32 + 'a {
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        move |ordinal| {
            let brand = brands.and_then(|brands| brands.values(ordinal).first().copied());
            brand.map_or(0.0, |brand| taste.brand_lift(brand, self.brand_shares[brand as usize]))
        }
    }
}

/// A shopper's past in this generation's ordinals, for recommenders.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Products met, latest first, each once.
    pub(super) history: Vec<Ordinal>,
    /// Products bought.
    pub(super) purchased: Vec<Ordinal>,
    /// The interest vector in the products' own, uncentred space.
    pub(super) interest: Option<Vec<f32>>,
}

impl Engine {
    pub(super) fn history(&self, profile: &Profile) -> History {
        let ordinal = |id: &str| self.generation.products.ordinal(id);
        let recent = profile.recent(self.settings.rank.personal.history);
        History {
            history: recent.iter().filter_map(|interaction| ordinal(&interaction.product_id)).collect(),
            purchased: profile.purchased().filter_map(ordinal).collect(),
            interest: Some(self.current_interest(profile)).filter(|vector| !vector.is_empty()),
        }
    }
}

/// Brands, categories or products named in a summary, at most.
const SUMMARY_LIMIT: usize = 10;

/// How much of a history has one brand or lies in one category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Liking {
    /// The brand or category path.
    pub name: String,
    /// Products met.
    pub products: u32,
    /// Their share of all products met, 0 to 1.
    pub share: f32,
}

/// What a profile amounts to, in words a person can read.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TasteSummary {
    /// Decayed number of products met.
    pub evidence: f32,
    /// How far it changes the order of a search, 0 to 1.
    pub gate: f32,
    /// Brands met most.
    pub brands: Vec<Liking>,
    /// Leaf categories met most.
    pub categories: Vec<Liking>,
    /// Ids of the products nearest to the interest vector.
    pub nearest: Vec<String>,
}

impl Engine {
    /// What a profile amounts to in this catalogue.
    pub fn taste_summary(&self, profile: &Profile) -> TasteSummary {
        let Some(taste) = self.taste(profile) else { return TasteSummary::default() };
        let products = &self.generation.products;
        let met: Vec<Ordinal> =
            profile.recent(usize::MAX).iter().filter_map(|known| products.ordinal(&known.product_id)).collect();
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        let brand_names = met.iter().flat_map(|&ordinal| {
            brands.iter().flat_map(move |brands| brands.values(ordinal).iter().map(|&brand| brands.text(brand)))
        });
        let category_names =
            met.iter().flat_map(|&ordinal| products.leaves(ordinal).iter().map(|&leaf| products.category(leaf)));
        let nearest = self.generation.vectors.search::<crate::bitmap::Bitmap>(&taste.interest, SUMMARY_LIMIT, None);
        TasteSummary {
            evidence: taste.evidence,
            gate: taste.gate(&self.settings.rank.personal),
            brands: likings(brand_names, met.len()),
            categories: likings(category_names, met.len()),
            nearest: nearest.unwrap_or_default().iter().map(|&(ordinal, _)| products.id(ordinal).to_owned()).collect(),
        }
    }
}

/// The most frequent names, then by name.
fn likings<'a>(names: impl Iterator<Item = &'a str>, met: usize) -> Vec<Liking> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut likings: Vec<Liking> = counts
        .into_iter()
        .map(|(name, products)| Liking { name: name.to_owned(), products, share: products as f32 / met.max(1) as f32 })
        .collect();
    likings.sort_by(|a, b| b.products.cmp(&a.products).then_with(|| a.name.cmp(&b.name)));
    likings.truncate(SUMMARY_LIMIT);
    likings
}
