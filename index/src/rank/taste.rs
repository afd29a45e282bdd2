//! The taste of a shopper: the history aggregated, in one generation's ordinals.

use std::collections::HashMap;

use rustc_hash::FxHashSet;

use super::PersonalSettings;
use crate::id::{Ordinal, ValueId};

/// A shopper's history, aggregated for ranking.
#[derive(Debug, Default)]
pub struct Taste {
    /// Decayed number of products in the history.
    pub evidence: f32,
    /// Long-term interests, the strongest first: weight and vector, centred and of unit length.
    pub interests: Vec<(f32, Vec<f32>)>,
    /// The direction of the current session, centred and of unit length.
    pub session: Option<Vec<f32>>,
    /// `Σ_p decay^p · W[i_p, j]/w₀` by product.
    pub neighbours: HashMap<Ordinal, f32>,
    /// The weight of each brand in the history, by the brand's number.
    pub brands: HashMap<ValueId, f32>,
    /// The weight of all products with a brand.
    pub branded: f32,
    /// The products bought.
    pub purchased: FxHashSet<Ordinal>,
}

impl Taste {
    /// The gate, 0 to 1: `n/(n + constant)`, n the evidence, so that one stray click changes little.
    pub fn gate(&self, settings: &PersonalSettings) -> f32 {
        self.evidence / (self.evidence + settings.gate)
    }
}
