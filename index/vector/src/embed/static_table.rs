//! A static embedding table in the Model2Vec folder layout. The vector of a text is the weighted mean of its
//! tokens' rows, scaled to unit length.
//!
//! Files: `model.safetensors` with `embeddings` (rows × dimensions) and optionally `weights` (one a token) and
//! `mapping` (token → row), and `tokenizer.json`. `config.json` is ignored.

use std::path::Path;

use rayon::prelude::*;
use safetensors::SafeTensors;
use tokenizers::Tokenizer;

use crate::characters::visible;

use super::{Space, tensor};
use crate::error::{Error, Result};
use crate::rows::normalise;

/// The length of a text that is embedded, in bytes; the rest would hardly change the mean.
const MAX_TEXT_BYTES: usize = 4096;
/// Endings of words whose meaning is that of the word without them.
const ENDINGS: [&str; 6] = ["s", "es", "ed", "ing", "er", "ers"];
/// The shortest word without its ending, in bytes.
const MIN_STEM: usize = 4;

/// An embedder with one row of numbers a token.
pub struct StaticTable {
    tokenizer: Tokenizer,
    /// Whole words, in alphabetical order.
    words: Vec<String>,
    unknown: Option<u32>,
    rows: Vec<f32>,
    weights: Option<Vec<f32>>,
    mapping: Option<Vec<f32>>,
    space: Space,
}

impl std::fmt::Debug for StaticTable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StaticTable({:?})", self.space)
    }
}

impl StaticTable {
    /// The table compiled into this binary.
    pub fn builtin() -> Result<Self> {
        let model = include_bytes!("../../assets/static-256/model.safetensors");
        let tokenizer = include_bytes!("../../assets/static-256/tokenizer.json");
        Self::from_bytes(Path::new("built-in embedding table"), model, tokenizer)
    }

    /// Reads the table in a folder of the Model2Vec layout.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(Error::io("read", &path))
        };
        Self::from_bytes(folder, &read("model.safetensors")?, &read("tokenizer.json")?)
    }

    fn from_bytes(path: &Path, model: &[u8], tokenizer: &[u8]) -> Result<Self> {
        let bad = |detail: String| Error::corrupt(path, detail);
        let file = SafeTensors::deserialize(model).map_err(|error| bad(error.to_string()))?;
        let shape = file.tensor("embeddings").map_err(|error| bad(error.to_string()))?.shape().to_vec();
        let [_, dimensions] = shape[..] else { return Err(bad("embeddings is not a matrix".into())) };
        if dimensions == 0 {
            return Err(bad("embeddings has no columns".into()));
        }
        let rows = tensor::numbers(&file, "embeddings").map_err(bad)?.unwrap_or_default();
        let weights = tensor::numbers(&file, "weights").map_err(bad)?;
        let mapping = tensor::numbers(&file, "mapping").map_err(bad)?;
        let mut tokenizer = Tokenizer::from_bytes(tokenizer).map_err(|error| bad(error.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| bad(error.to_string()))?;
        let unknown = ["[UNK]", "<unk>"].into_iter().find_map(|token| tokenizer.token_to_id(token));
        let id = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(model));
        Ok(Self {
            words: whole_words(&tokenizer),
            tokenizer,
            unknown,
            rows,
            weights,
            mapping,
            space: Space { id, dimensions },
        })
    }

    /// The space of this table's vectors.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// True if the tokenizer has the word, in lower case, as one token: a common word of its language.
    pub fn has_token(&self, word: &str) -> bool {
        self.tokenizer.token_to_id(word).is_some() || self.tokenizer.token_to_id(&format!("▁{word}")).is_some()
    }

    /// True if the tokenizer has the word, in lower case, as one token, but for an English ending.
    pub fn reads(&self, word: &str) -> bool {
        let stems = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending)).filter(|stem| stem.len() >= MIN_STEM);
        word.len() > 1 && (self.has_token(word) || stems.into_iter().any(|stem| self.has_token(stem)))
    }

    /// The words that the tokenizer has as one token, of [`MIN_STEM`] letters or more, in alphabetical order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The unit vector of a text; all zeros if no token is known.
    pub fn embed(&self, text: &str) -> Vec<f32> {
        let dimensions = self.space.dimensions;
        let mut sum = vec![0f32; dimensions];
        let text = visible(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)]);
        let Ok(encoding) = self.tokenizer.encode_fast(&*text, false) else { return sum };
        for &token in encoding.get_ids().iter().filter(|&&token| Some(token) != self.unknown) {
            let at = token as usize;
            let row = self.mapping.as_ref().map_or(Some(at), |mapping| mapping.get(at).map(|&row| row as usize));
            let row = row.and_then(|row| self.rows.get(row * dimensions..(row + 1) * dimensions));
            let weight = self.weights.as_ref().map_or(Some(1.0), |weights| weights.get(at).copied());
            if let (Some(row), Some(weight)) = (row, weight) {
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
            }
        }
        normalise(&mut sum);
        sum
    }

    /// The unit vectors of many texts, in order, computed in parallel.
    pub fn embed_all(&self, texts: &[String]) -> Vec<Vec<f32>> {
        texts.par_iter().map(|text| self.embed(text)).collect()
    }
}

/// The tokens that are whole words in lower case, without marks and pieces.
fn whole_words(tokenizer: &Tokenizer) -> Vec<String> {
    let vocabulary = tokenizer.get_vocab(false);
    // A table of pieces with a mark at the start of each word has whole words with the mark only.
    let marked = vocabulary.keys().any(|token| token.starts_with('▁'));
    let whole = |token: String| match marked {
        true => token.strip_prefix('▁').map(str::to_owned),
        false => Some(token),
    };
    let is_word = |word: &String| word.chars().count() >= MIN_STEM && word.chars().all(char::is_lowercase);
    let mut words: Vec<String> = vocabulary.into_keys().filter_map(whole).filter(is_word).collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(table: &StaticTable, a: &str, b: &str) -> f32 {
        table.embed(a).iter().zip(table.embed(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_builtin_table_knows_what_words_mean() -> Result<()> {
        let table = StaticTable::builtin()?;
        assert_eq!(table.space().dimensions, 256);
        assert!(cosine(&table, "sofa", "couch") > 0.7);
        assert!(cosine(&table, "sofa", "hdmi cable") < 0.2);
        let length: f32 = table.embed("gaming laptop").iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5);
        Ok(())
    }

    #[test]
    fn nothing_known_is_no_direction() -> Result<()> {
        assert!(StaticTable::builtin()?.embed("").iter().all(|&x| x == 0.0));
        Ok(())
    }

    #[test]
    fn a_folder_without_a_table_says_which_file_is_missing() {
        let error = StaticTable::open(Path::new("no-such-folder")).map(drop).map_err(|error| error.to_string());
        assert!(error.is_err_and(|message| message.contains("model.safetensors")));
    }
}
