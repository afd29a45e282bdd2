//! The nearness from which on a product is found by its meaning alone. The cosines of a shop's products with words
//! that have nothing to do with it tell how near chance comes: random words of the embedder that the catalogue does
//! not have, alone and in pairs and triples, since longer texts lie nearer to everything. What stands out is nearer
//! than the best of nearly all of these.

use rayon::prelude::*;

use super::snapshot::Snapshot;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::generation::Generation;
use crate::hit::FloorBound;
use crate::id::Ordinal;
use crate::random::SplitMix64;
use crate::vector::VectorIndex;
use crate::vector::embed::StaticTable;

/// The random texts of each length.
const TEXTS: usize = 64;
/// The most words of a random text.
const LONGEST: usize = 3;
/// The seed of the random texts.
const SEED: u64 = 0x6d65_616e;
/// The least share of a query's letters in words that the embedder has as whole words.
const LEAST_READABLE: f32 = 0.5;
/// The least cosine of a related product, as a share of the nearest product's and of the least of a hit.
const RELATED_SHARE: f32 = 0.7;

/// The most products whose cosines tell how near a query is to the shop as a whole.
const SAMPLE: usize = 512;

/// The best cosines of random texts with the products of a shop; empty where queries cannot be embedded.
#[derive(Debug, Clone, Default)]
pub(super) struct ChanceCosines {
    /// The cosines, ascending, by the number of words less one.
    cosines: [Vec<f32>; LONGEST],
    /// The distance of each from the mean of the text's cosines with all products, in standard deviations; ascending.
    outstanding: [Vec<f32>; LONGEST],
    /// Products from all over the catalogue.
    sample: Vec<Ordinal>,
}

/// The mean and the standard deviation of a text's cosines with the products of a shop.
#[derive(Debug, Clone, Copy)]
struct Spread {
    mean: f32,
    deviation: f32,
}

impl Spread {
    fn of(vectors: &VectorIndex, sample: &[Ordinal], direction: &[f32]) -> Self {
        let cosines: Vec<f32> = sample.iter().map(|&ordinal| vectors.similarity(direction, ordinal)).collect();
        let count = cosines.len().max(1) as f32;
        let mean = cosines.iter().sum::<f32>() / count;
        let variance = cosines.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count;
        Self { mean, deviation: variance.sqrt().max(f32::EPSILON) }
    }
}

impl ChanceCosines {
    /// Measures them over a generation, whose products lie in the space of the embedder.
    pub(super) fn measure(generation: &Generation, embedder: &StaticTable) -> Result<Self> {
        let unknown = generation.text.unknown(embedder.words())?;
        if unknown.is_empty() {
            return Ok(Self::default());
        }
        let step = generation.products.len().div_ceil(SAMPLE).max(1);
        let all = Ordinal::all(generation.products.len()).step_by(step);
        let sample: Vec<Ordinal> = all.filter(|&ordinal| generation.vectors.vectors.has_direction(ordinal)).collect();
        let (mut cosines, mut outstanding): (Vec<Vec<f32>>, Vec<Vec<f32>>) = (Vec::new(), Vec::new());
        for words in 1..=LONGEST {
            let mut random = SplitMix64::new(SEED + words as u64);
            let mut text = || {
                let words: Vec<&str> = (0..words).map(|_| unknown[random.below(unknown.len())]).collect();
                words.join(" ")
            };
            let texts: Vec<String> = (0..TEXTS).map(|_| text()).collect();
            let best = |text: &String| {
                let direction = embedder.embed(text);
                let near = generation.vectors.search::<Bitmap>(&direction, 1, None)?;
                let Spread { mean, deviation } = Spread::of(&generation.vectors, &sample, &direction);
                Ok(near.first().map(|&(_, cosine)| (cosine, (cosine - mean) / deviation)))
            };
            let best: Result<Vec<Option<(f32, f32)>>> = texts.par_iter().map(best).collect();
            let (mut near, mut far): (Vec<f32>, Vec<f32>) = best?.into_iter().flatten().unzip();
            near.sort_unstable_by(f32::total_cmp);
            far.sort_unstable_by(f32::total_cmp);
            cosines.push(near);
            outstanding.push(far);
        }
        let of_lengths = |measured: Vec<Vec<f32>>| measured.try_into().unwrap_or_default();
        Ok(Self { cosines: of_lengths(cosines), outstanding: of_lengths(outstanding), sample })
    }

    /// The cosine that a share of the random texts of so many words stay below; −1 if nothing was measured.
    fn quantile(&self, words: usize, share: f32) -> f32 {
        quantile(&self.cosines, words, share).unwrap_or(-1.0)
    }
}

/// The value that a share of the values measured for so many words stay below.
fn quantile(measured: &[Vec<f32>; LONGEST], words: usize, share: f32) -> Option<f32> {
    let sorted = measured.get(words.clamp(1, LONGEST) - 1)?;
    let at = (sorted.len() as f32 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied()
}

/// The nearness to a query from which on products are found or offered by their meaning alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MeaningFloor {
    /// The least cosine of a hit.
    pub(super) hit: f32,
    /// The cosine of the nearest product.
    pub(super) best: f32,
    /// The bound that decided the least cosine of a hit.
    pub(super) by: FloorBound,
}

impl Snapshot {
    /// The nearness that a text asks for; `None` where the embedder cannot read it: most of it is words that it knows in
    /// pieces only, numbers or codes. `best` is the cosine of the nearest product; with `plenty` the words found enough.
    /// A `rank.meaning` of 0 switches the comparison of hits with chance off.
    pub(super) fn meaning_floor(&self, text: &str, best: f32, plenty: bool) -> Option<MeaningFloor> {
        let rank = &self.settings.rank;
        let set = match plenty {
            true => (rank.min_similarity, FloorBound::WordsFoundEnough),
            false => (rank.min_similarity_alone, FloorBound::Setting),
        };
        let share = (best * rank.meaning_share, FloorBound::Best);
        let larger = |one: (f32, FloorBound), other: (f32, FloorBound)| if other.0 > one.0 { other } else { one };
        if !self.embeds_queries() {
            let (hit, by) = larger(set, share);
            return Some(MeaningFloor { hit, best, by });
        }
        let words = self.readable_words(text);
        let (hit, by) = match rank.meaning > 0.0 {
            true => larger(larger(set, share), (self.chance.quantile(words?, rank.meaning), FloorBound::Chance)),
            false => larger(set, share),
        };
        Some(MeaningFloor { hit, best, by })
    }

    /// The least cosine of a product that is only related to a text with this direction: it must come nearer than most
    /// random texts come to this shop, and either stand out from the other products as few of them do, or be as near
    /// as a hit, but for the share of the nearest product's cosine. `None` where none is offered.
    pub(super) fn related_floor(&self, text: &str, direction: &[f32], best: f32) -> Option<f32> {
        let rank = &self.settings.rank;
        if rank.related == 0.0 || !self.embeds_queries() {
            return None;
        }
        let words = self.readable_words(text)?;
        let outstanding = quantile(&self.chance.outstanding, words, rank.related)?;
        let Spread { mean, deviation } = Spread::of(&self.generation.vectors, &self.chance.sample, direction);
        let as_a_hit = self.chance.quantile(words, rank.meaning).max(rank.min_similarity_alone);
        let near = self.chance.quantile(words, rank.related).max(rank.min_similarity_alone * RELATED_SHARE);
        Some(near.max(best * RELATED_SHARE).max(as_a_hit.min(mean + deviation * outstanding)))
    }

    /// The number of a text's words; `None` where the embedder has too few of its letters in whole words.
    fn readable_words(&self, text: &str) -> Option<usize> {
        let (mut words, mut letters, mut readable) = (0, 0, 0);
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            let length = word.chars().count();
            words += 1;
            letters += length;
            readable += if self.embedder.reads(&word) { length } else { 0 };
        }
        let clear = readable as f32 >= LEAST_READABLE * letters as f32 && letters > 0;
        clear.then_some(words)
    }
}
