//! The relax step, which decides how many words of a query a product may lack. If enough products have every
//! word, only those match; otherwise those with most of the words' weight; otherwise none, and retrieval is
//! left to vectors. One decision for the whole catalogue.

use super::TextSettings;
use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// The strictness of a match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchLevel {
    /// The query has no words.
    Everything,
    /// Every matching product has all words.
    AllWords,
    /// Matching products have most of the words' weight.
    SomeWords,
    /// No product has enough of the words; hits come from vectors.
    #[default]
    Meaning,
}

/// The most required words of a query whose head decides; longer ones are sentences, which name other things too.
const HEADED: usize = 3;
/// The factor on the score of a product that lacks the head of the query, or only mentions it in its description.
const HEADLESS: f32 = 0.7;

/// The outcome of relaxing.
#[derive(Debug)]
pub(super) struct Relaxed {
    pub(super) products: Bitmap,
    /// The factor on the score of each product for the words it lacks, above 0 to 1, in ascending order of
    /// ordinals; empty if no product lacks any.
    pub(super) costs: Vec<f32>,
    pub(super) level: MatchLevel,
}

/// Chooses the matching products. `sets` are the products of each slot and `weights` the weight of each slot, 0
/// if it may be missing; there is at least one. `headed` are the products that are called the thing asked for, if any is:
/// others cost more, so that white boots are rather boots than anything white.
pub(super) fn relax(sets: &[Bitmap], weights: &[f32], headed: Option<&Bitmap>, settings: &TextSettings) -> Relaxed {
    let required: Vec<(&Bitmap, f32)> =
        sets.iter().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
    let mut some = sets[0].clone();
    sets[1..].iter().for_each(|set| some.or(set));
    let mut all = some.clone();
    required.iter().for_each(|(set, _)| all.and(set));
    let complete = all.count();
    if complete >= settings.enough || required.len() < 2 {
        let level = if complete == 0 { MatchLevel::Meaning } else { MatchLevel::AllWords };
        return Relaxed { products: all, costs: Vec::new(), level };
    }
    let (sets, weights): (Vec<&Bitmap>, Vec<f32>) = required.into_iter().unzip();
    let words_held = words_held(&some, &sets);
    // A product with all words has a share of exactly 1, since sum divided by the same sum is 1: it always stays.
    let shares = ByWordSet::new(sets.len(), |words| share(words, &weights));
    let headed = headed.filter(|_| sets.len() <= HEADED);
    let headless = |ordinal| headed.is_some_and(|headed| !headed.contains(ordinal));
    let costs = ByWordSet::new(sets.len(), |words| share(words, &weights).powf(settings.missing_cost));
    let cost = |ordinal, words| costs.of(words) * if headless(ordinal) { HEADLESS } else { 1.0 };
    // The share is relative to the best product, so that something matches even if no product has every word.
    let best = words_held.iter().map(|&(_, words)| shares.of(words)).fold(0.0, f32::max);
    let least = settings.relaxed_share * best;
    let matching = words_held.into_iter().filter(|&(_, words)| shares.of(words) >= least);
    let (ordinals, costs): (Vec<Ordinal>, Vec<f32>) =
        matching.map(|(ordinal, words)| (ordinal, cost(ordinal, words))).unzip();
    let level = match (ordinals.len(), complete) {
        (0, _) => MatchLevel::Meaning,
        (matching, complete) if matching == complete => MatchLevel::AllWords,
        _ => MatchLevel::SomeWords,
    };
    Relaxed { products: Bitmap::from_ordinals(some.len(), ordinals), costs, level }
}

/// The words that each product of `some` has, as bits: bit `w` is word `w` of `sets`.
fn words_held(some: &Bitmap, sets: &[&Bitmap]) -> Vec<(Ordinal, u32)> {
    let held = |ordinal| {
        let has = |(word, set): (usize, &&Bitmap)| u32::from(set.contains(ordinal)) << word;
        (ordinal, sets.iter().enumerate().map(has).sum())
    };
    some.iter().map(held).collect()
}

/// The share of all words' weight that the words of a bit set have.
fn share(words: u32, weights: &[f32]) -> f32 {
    let all: f32 = weights.iter().sum();
    let held = weights.iter().enumerate().filter(|(at, _)| words >> at & 1 == 1);
    held.map(|(_, weights)| weights).sum::<f32>() / all
}

/// A function of bit sets of words, computed beforehand for queries of few words.
struct ByWordSet<F> {
    table: Vec<f32>,
    of: F,
}

impl<F: Fn(u32) -> f32> ByWordSet<F> {
    const TABLE_WORDS: usize = 6;

    fn new(words: usize, of: F) -> Self {
        Self { table: (0..1 << words.min(Self::TABLE_WORDS)).map(&of).collect(), of }
    }

    fn of(&self, words: u32) -> f32 {
        self.table.get(words as usize).copied().unwrap_or_else(|| (self.of)(words))
    }
}
