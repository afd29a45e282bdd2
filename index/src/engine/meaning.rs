//! The nearness from which on a product is found by its meaning alone. The cosines of a shop's products with words
//! that have nothing to do with it tell how near chance comes: random words of the embedder that the catalogue does
//! not have, alone and in pairs and triples, since longer texts lie nearer to everything. What stands out is nearer
//! than the best of nearly all of these.

use rayon::prelude::*;

use super::snapshot::Snapshot;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::generation::Generation;
use crate::random::SplitMix64;
use crate::vector::embed::StaticTable;

/// The random texts of each length.
const TEXTS: usize = 64;
/// The most words of a random text.
const LONGEST: usize = 3;
/// The seed of the random texts.
const SEED: u64 = 0x6d65_616e;
/// The least share of a query's letters in words that the embedder has as whole words.
const LEAST_READABLE: f32 = 0.5;

/// The best cosines of random texts with the products of a shop, ascending, by the number of words less one; empty
/// where queries cannot be embedded.
#[derive(Debug, Clone, Default)]
pub(super) struct ChanceCosines([Vec<f32>; LONGEST]);

impl ChanceCosines {
    /// Measures them over a generation, whose products lie in the space of the embedder.
    pub(super) fn measure(generation: &Generation, embedder: &StaticTable) -> Result<Self> {
        let unknown = generation.text.unknown(embedder.words())?;
        if unknown.is_empty() {
            return Ok(Self::default());
        }
        let measured = (1..=LONGEST).map(|words| {
            let mut random = SplitMix64::new(SEED + words as u64);
            let mut text = || {
                let words: Vec<&str> = (0..words).map(|_| unknown[random.below(unknown.len())]).collect();
                words.join(" ")
            };
            let texts: Vec<String> = (0..TEXTS).map(|_| text()).collect();
            let best = |text: &String| {
                let near = generation.vectors.search::<Bitmap>(&embedder.embed(text), 1, None)?;
                Ok(near.first().map(|&(_, cosine)| cosine))
            };
            let best: Result<Vec<Option<f32>>> = texts.par_iter().map(best).collect();
            let mut best: Vec<f32> = best?.into_iter().flatten().collect();
            best.sort_unstable_by(f32::total_cmp);
            Ok(best)
        });
        let measured: Vec<Vec<f32>> = measured.collect::<Result<_>>()?;
        Ok(Self(measured.try_into().unwrap_or_default()))
    }

    /// The cosine that a share of the random texts of so many words stay below; −1 if nothing was measured.
    fn quantile(&self, words: usize, share: f32) -> f32 {
        let Some(sorted) = self.0.get(words.clamp(1, LONGEST) - 1) else { return -1.0 };
        let at = (sorted.len() as f32 * share) as usize;
        sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(-1.0)
    }
}

impl Snapshot {
    /// The least cosine with which a product is found by the meaning of a text alone; `None` where the embedder cannot
    /// read the text: most of it is words that it knows in pieces only, numbers or codes. `best` is the cosine of the
    /// nearest product. A `rank.meaning` of 0 switches the comparison with chance off.
    pub(super) fn least_cosine(&self, text: &str, best: f32) -> Option<f32> {
        let rank = &self.settings.rank;
        let least = best * rank.meaning_share;
        if !self.embeds_queries() || rank.meaning == 0.0 {
            return Some(least);
        }
        let (mut words, mut letters, mut readable) = (0, 0, 0);
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            let length = word.chars().count();
            words += 1;
            letters += length;
            readable += if self.embedder.reads(&word) { length } else { 0 };
        }
        let clear = readable as f32 >= LEAST_READABLE * letters as f32 && letters > 0;
        clear.then(|| least.max(self.chance.quantile(words, rank.meaning)))
    }
}
