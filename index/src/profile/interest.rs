//! The interest vector: the decayed mean of the vectors of the products met,
//! latest first, `u = Σ_p w(kind_p) · decay^p · (v_p − mean)/|v_p − mean|`, unit
//! length. Vectors are centred on the catalogue's mean first: text vectors of
//! one shop all point somewhat the same way, and what they share says nothing
//! about the shopper.

use serde::{Deserialize, Serialize};

use super::Profile;
use crate::event::EventKind;

/// How products met become a vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterestSettings {
    /// How many different products, latest first, 1 to 200.
    pub products: usize,
    /// What each step back is worth, 0 to 1.
    pub decay: f32,
    /// What a view is worth beside a purchase, 0 to 1.
    pub view_weight: f32,
    /// What an addition to the cart is worth beside a purchase, 0 to 1.
    pub cart_weight: f32,
}

impl Default for InterestSettings {
    fn default() -> Self {
        Self { products: 20, decay: 0.8, view_weight: 0.5, cart_weight: 0.8 }
    }
}

impl InterestSettings {
    /// What a kind of interaction is worth, a purchase being 1.
    pub fn weight(&self, kind: EventKind) -> f32 {
        match kind {
            EventKind::View => self.view_weight,
            EventKind::AddToCart => self.cart_weight,
            EventKind::Purchase => 1.0,
        }
    }
}

/// A stored interest vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interest {
    /// The embedding space it lives in, by the space's id.
    pub space: String,
    /// Unit length.
    pub vector: Vec<f32>,
}

/// The interest vector of a profile in the space `space`, whose catalogue has the
/// mean vector `mean`. `row` finds a product's vector by id; products without one
/// are passed over. `None` when nothing is left.
pub fn interest<'a>(
    profile: &Profile,
    settings: &InterestSettings,
    space: &str,
    mean: &[f32],
    row: impl Fn(&str) -> Option<&'a [f32]>,
) -> Option<Interest> {
    let mut sum = vec![0f32; mean.len()];
    let mut decay = 1.0;
    for interaction in profile.recent(settings.products) {
        let Some(row) = row(&interaction.product_id).filter(|row| row.len() == mean.len()) else { continue };
        let centred = || row.iter().zip(mean).map(|(x, mean)| x - mean);
        let length = centred().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            let weight = decay * settings.weight(interaction.kind) / length;
            sum.iter_mut().zip(centred()).for_each(|(sum, x)| *sum += weight * x);
        }
        decay *= settings.decay;
    }
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length <= f32::EPSILON {
        return None;
    }
    sum.iter_mut().for_each(|x| *x /= length);
    Some(Interest { space: space.to_owned(), vector: sum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Interaction;

    fn met(ids: &[&str]) -> Profile {
        let interaction = |(at, id): (usize, &&str)| Interaction {
            product_id: (*id).to_owned(),
            kind: EventKind::Purchase,
            time_ms: at as i64,
        };
        Profile { interactions: ids.iter().enumerate().map(interaction).collect(), ..Profile::default() }
    }

    fn row(id: &str) -> Option<&'static [f32]> {
        match id {
            "east" => Some(&[1.0, 0.0]),
            "north" => Some(&[0.0, 1.0]),
            _ => None,
        }
    }

    #[test]
    fn the_latest_counts_most_and_the_length_is_one() {
        let found = interest(&met(&["east", "north"]), &InterestSettings::default(), "s", &[0.0, 0.0], row);
        let vector = found.map(|interest| interest.vector).unwrap_or_default();
        assert!(vector[1] > vector[0] && vector[0] > 0.0);
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_all_products_share_is_no_interest() {
        let found = interest(&met(&["east"]), &InterestSettings::default(), "s", &[0.5, 0.5], row);
        let vector = found.map(|interest| interest.vector).unwrap_or_default();
        assert!((vector[0] + vector[1]).abs() < 1e-6, "the shared direction is gone: {vector:?}");
        assert_eq!(interest(&met(&["unknown"]), &InterestSettings::default(), "s", &[0.5, 0.5], row), None);
    }
}
