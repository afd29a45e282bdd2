//! The catalogue's words nearest in meaning to a word that it does not have. Only words that the embedding table has
//! whole are compared: the mean of syllables says little. A word is near if its cosine is high and stands out
//! among the cosines of all words; few are, and a wrong one would be worse than none.

use std::sync::OnceLock;

use crate::text::TextIndex;
use crate::vector::embed::StaticTable;

/// The most words compared: those in the most products.
const MAX_WORDS: usize = 20_000;
/// The least cosine of a near word.
const LEAST_COSINE: f32 = 0.75;
/// The least distance of its cosine from the mean cosine of all words, in standard deviations.
const LEAST_DEVIATIONS: f32 = 6.0;
/// The most by which a second word may be further away than the nearest.
const GAP: f32 = 0.05;
/// The most near words.
const MAX_NEAR: usize = 2;
/// The fewest words whose mean and spread say something.
const MIN_WORDS: usize = 50;

/// The words of titles and categories with their vectors, computed when they are first needed.
#[derive(Debug, Default)]
pub(super) struct NearestWords(OnceLock<WordVectors>);

#[derive(Debug, Default)]
struct WordVectors {
    words: Vec<String>,
    /// One unit vector a word.
    rows: Vec<Vec<f32>>,
}

impl NearestWords {
    /// The words of the catalogue nearest to `word`, with their cosines, nearest first.
    pub(super) fn of(&self, word: &str, text: &TextIndex, embedder: &StaticTable) -> Vec<(String, f32)> {
        if !embedder.has_token(word) {
            return Vec::new();
        }
        let WordVectors { words, rows } = self.0.get_or_init(|| {
            let mut words = text.words_of_titles(MAX_WORDS).unwrap_or_default();
            words.retain(|word| embedder.has_token(word));
            let rows = embedder.embed_all(&words);
            WordVectors { words, rows }
        });
        let direction = embedder.embed(word);
        let cosine = |row: &Vec<f32>| row.iter().zip(&direction).map(|(a, b)| a * b).sum();
        let cosines: Vec<f32> = rows.iter().map(cosine).collect();
        near(&cosines).into_iter().map(|at| (words[at].clone(), cosines[at])).collect()
    }
}

/// The places of the cosines that stand out, the highest first.
fn near(cosines: &[f32]) -> Vec<usize> {
    if cosines.len() < MIN_WORDS {
        return Vec::new();
    }
    let count = cosines.len() as f32;
    let mean = cosines.iter().sum::<f32>() / count;
    let spread = (cosines.iter().map(|cosine| (cosine - mean).powi(2)).sum::<f32>() / count).sqrt();
    let least = LEAST_COSINE.max(mean + LEAST_DEVIATIONS * spread);
    let mut found: Vec<usize> = (0..cosines.len()).filter(|&at| cosines[at] >= least).collect();
    found.sort_by(|&a, &b| cosines[b].total_cmp(&cosines[a]).then(a.cmp(&b)));
    let best = found.first().map_or(0.0, |&at| cosines[at]);
    found.retain(|&at| cosines[at] >= best - GAP);
    found.truncate(MAX_NEAR);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_out_is_near() {
        let mut cosines: Vec<f32> = (0..1000).map(|at| (at % 20) as f32 / 100.0).collect();
        assert!(near(&cosines).is_empty());
        (cosines[7], cosines[40], cosines[60]) = (0.82, 0.79, 0.76);
        assert_eq!(near(&cosines), [7, 40], "the third is too far behind");
        let spread: Vec<f32> = (0..100).map(|at| at as f32 / 110.0).collect();
        assert!(near(&spread).is_empty(), "a high cosine among many of its like");
        assert!(near(&cosines[..49]).is_empty(), "too few to tell");
    }
}
