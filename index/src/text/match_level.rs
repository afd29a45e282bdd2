//! The ladder of relaxations: all words; where too few products have them all,
//! those that have most of what the words are weights; else none, and meaning alone.
//! One decision for the whole catalogue, wherever its products lie.

use super::TextSettings;
use crate::bitmap::Bitmap;
use crate::id::Ordinal;

/// Which level of the ladder of relaxations the matches stand on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchLevel {
    /// No words were asked for.
    Everything,
    /// Every product holds all words.
    AllWords,
    /// Products hold most of what the words are worth.
    SomeWords,
    /// No product holds enough of the words; those found mean something like them.
    #[default]
    Meaning,
}

/// The products that match.
#[derive(Debug)]
pub(super) struct Relaxed {
    pub(super) products: Bitmap,
    /// What each keeps of its score for the words it misses, above 0, at most 1, in ascending order of
    /// ordinals; none where all keep all.
    pub(super) costs: Vec<f32>,
    pub(super) level: MatchLevel,
}

/// Decides which products match: `sets` are those that have each word, `weights` is what the word is weights,
/// 0 where it may be missing.
pub(super) fn relax(sets: &[Bitmap], weights: &[f32], settings: &TextSettings) -> Relaxed {
    let required: Vec<(&Bitmap, f32)> =
        sets.iter().zip(weights.iter().copied()).filter(|(_, weights)| *weights > 0.0).collect();
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
    let held = held(&some, &sets);
    // All words are a share of exactly 1, which costs nothing and always stays.
    let shares = ByWords::new(sets.len(), |words| share(words, &weights));
    let costs = ByWords::new(sets.len(), |words| share(words, &weights).powf(settings.missing_cost));
    let best = held.iter().map(|&(_, words)| shares.of(words)).fold(0.0, f32::max);
    let least = settings.relaxed_share * best;
    let stays = held.into_iter().filter(|&(_, words)| shares.of(words) >= least);
    let (ordinals, costs): (Vec<Ordinal>, Vec<f32>) = stays.map(|(ordinal, words)| (ordinal, costs.of(words))).unzip();
    let level = match (ordinals.len(), complete) {
        (0, _) => MatchLevel::Meaning,
        (found, complete) if found == complete => MatchLevel::AllWords,
        _ => MatchLevel::SomeWords,
    };
    Relaxed { products: Bitmap::from_ordinals(some.len(), ordinals), costs, level }
}

/// Which of the words each product of `some` has, a bit a word.
fn held(some: &Bitmap, sets: &[&Bitmap]) -> Vec<(Ordinal, u32)> {
    let held = |ordinal| {
        let has = |(word, set): (usize, &&Bitmap)| u32::from(set.contains(ordinal)) << word;
        (ordinal, sets.iter().enumerate().map(has).sum())
    };
    some.iter().map(held).collect()
}

/// The share of all words' weights that some words have.
fn share(words: u32, weights: &[f32]) -> f32 {
    let all: f32 = weights.iter().sum();
    let held = weights.iter().enumerate().filter(|(at, _)| words >> at & 1 == 1);
    held.map(|(_, weights)| weights).sum::<f32>() / all
}

/// What a function of some of the words gives, told beforehand where there are few.
struct ByWords<F> {
    known: Vec<f32>,
    of: F,
}

impl<F: Fn(u32) -> f32> ByWords<F> {
    const KNOWN_WORDS: usize = 6;

    fn new(words: usize, of: F) -> Self {
        Self { known: (0..1 << words.min(Self::KNOWN_WORDS)).map(&of).collect(), of }
    }

    fn of(&self, words: u32) -> f32 {
        self.known.get(words as usize).copied().unwrap_or_else(|| (self.of)(words))
    }
}
