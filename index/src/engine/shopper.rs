//! From a stored profile to what ranking needs to know, in this generation's ordinals.

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
        let here =
            |interest: &&Interest| interest.space == self.generation.manifest.space.id && interest.vector.len() == self.mean.len();
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

    /// Log lift of a product's brand for a shopper; 0 without a brand.
    pub(super) fn brand_lift(&self, taste: &Taste, ordinal: Ordinal) -> f32 {
        let brands = self.generation.columns.keyword("brand").map(|brands| brands.view());
        let brand = brands.and_then(|brands| brands.values(ordinal).first().copied());
        brand.map_or(0.0, |brand| taste.brand_lift(brand, self.brand_shares[brand as usize]))
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
