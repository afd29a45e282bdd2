//! The inputs of signals, assembled by the engine for one request: settings, the catalogue's vectors and
//! popularity, and, in the later steps of ranking, the intent of the query and the shopper.

use super::{Candidate, RankSettings, Scales, StatedPreference};
use rustc_hash::FxHashMap;

use crate::bitmap::Bitmap;
use crate::column::KeywordView;
use crate::id::Ordinal;
use crate::rank::{Bury, Taste};
use crate::vector::VectorIndex;

/// Everything a signal may read besides the candidates.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The settings of ranking.
    pub settings: &'a RankSettings,
    /// The scales of the groups for this request.
    pub scales: Scales,
    /// The best words' score of the whole match set; 0 when no words were searched for.
    pub best_text: f32,
    /// True if the query has a direction.
    pub has_vector: bool,
    /// Popularity by ordinal, 0 to 1.
    pub popularity: &'a [f32],
    /// The rule by which sold-out products come last; absent where they keep their place.
    pub bury: Option<&'a Bury>,
    /// The products' vectors.
    pub vectors: &'a VectorIndex,
    /// The mean of all vectors.
    pub mean: &'a [f32],
    /// The products of the category that the query names, if it does.
    pub named: Option<&'a Bitmap>,
    /// The intent of the query; absent until the candidates are fused.
    pub intent: Option<&'a IntentInputs<'a>>,
    /// The amount that the understood parts of the query raise a candidate by; absent until it is asked for.
    pub meant: Option<&'a dyn Fn(&Candidate) -> f32>,
    /// The shopper; absent where answers are the same for everybody.
    pub shopper: Option<&'a ShopperInputs<'a>>,
}

/// The intent of a query, read off its best candidates.
pub struct IntentInputs<'a> {
    /// The best candidates and their weights, which sum to 1.
    pub evidence: &'a [(Ordinal, f32)],
    /// The category that the query is likely about.
    pub category: Option<LikelyCategoryInput<'a>>,
}

/// A category that a query is likely about.
pub struct LikelyCategoryInput<'a> {
    /// Its share of the weight of the best candidates, 0 to 1.
    pub share: f32,
    /// True if a product lies in it.
    pub contains: &'a dyn Fn(Ordinal) -> bool,
}

/// The shopper, in this generation's ordinals.
pub struct ShopperInputs<'a> {
    /// The history, aggregated.
    pub taste: &'a Taste,
    /// The brands of the products, where the catalogue has any.
    pub brands: Option<KeywordView<'a>>,
    /// The share of all purchases by brand number.
    pub brand_shares: &'a [f32],
    /// The preferences that the shopper stated.
    pub stated: Vec<StatedPreference<'a>>,
    /// The scores of for-you for products of the category that the query names.
    pub follows: &'a FxHashMap<Ordinal, f32>,
}

impl<'a> Inputs<'a> {
    /// Writes a signal that is inferred from the shopper's history. A product bought already gets 0: it is the
    /// most like the history, and the least likely to be looked for. Where the query names a category, the score of
    /// for-you stands for all of these signals, and all products get 0.
    pub(super) fn fill_inferred<V: Fn(Ordinal) -> f32>(
        &self,
        window: &mut [Candidate],
        slot: usize,
        value_for: impl FnOnce(&'a ShopperInputs<'a>) -> V,
    ) {
        let Some(shopper) = self.shopper.filter(|_| self.named.is_none()) else { return };
        let value = value_for(shopper);
        for candidate in window.iter_mut().filter(|candidate| !shopper.taste.purchased.contains(&candidate.ordinal)) {
            candidate.values[slot] = value(candidate.ordinal);
        }
    }
}
