//! Written forms: the lexicon folds accents, and this list says how the catalogue mostly writes the words that have
//! some, so that a correction reads `schüssel`, not `schussel`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::TextIndex;
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};

/// The name of the file beside the index.
pub(super) const WRITTEN: &str = "written.flat";
/// The most words whose forms are kept; of others, corrections have no accents.
const MAX_WORDS: usize = 500_000;

/// Counts written forms while products are indexed.
#[derive(Debug, Default)]
pub(super) struct WrittenCounts(HashMap<String, BTreeMap<String, u32>>);

impl WrittenCounts {
    /// Counts the words of one product: pairs of folded and written form.
    pub(super) fn add(&mut self, mut words: Vec<(String, String)>) {
        words.sort_unstable();
        words.dedup();
        for (folded, written) in words {
            if self.0.len() < MAX_WORDS || self.0.contains_key(&folded) {
                *self.0.entry(folded).or_default().entry(written).or_default() += 1;
            }
        }
    }

    /// Writes the commonest form of each word with its number of products, to a new file.
    pub(super) fn write(self, path: &Path) -> Result<()> {
        let commonest = |forms: BTreeMap<String, u32>| {
            forms.into_iter().max_by(|one, other| one.1.cmp(&other.1).then_with(|| other.0.cmp(&one.0)))
        };
        let lines = self.0.into_iter().filter_map(|(folded, forms)| {
            commonest(forms).map(|(written, products)| format!("{folded}\t{written}\t{products}\n"))
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort_unstable();
        let mut file = FlatWriter::create(path)?;
        file.section("written", lines.concat().as_bytes())?;
        file.finish()
    }
}

/// The commonest written form with an accent of each word, with its number of products, by folded word.
#[derive(Debug, Default)]
pub(super) struct WrittenForms(HashMap<String, (String, u32)>);

impl WrittenForms {
    /// Reads a file of [`WrittenCounts::write`]; an index of an earlier release has none and no forms.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let bytes = FlatFile::open(path)?.section::<u8>("written")?;
        let text = std::str::from_utf8(&bytes).map_err(|error| Error::corrupt(path, error.to_string()))?;
        let form = |line: &str| {
            let mut fields = line.split('\t');
            let (folded, written, products) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
            Some((folded.to_owned(), (written.to_owned(), products)))
        };
        let forms: Option<HashMap<_, _>> = text.lines().map(form).collect();
        forms.map(Self).ok_or_else(|| Error::corrupt(path, "a line is no written form"))
    }

    /// The commonest form of a folded word that the catalogue has with accents.
    pub(super) fn commonest(&self, word: &str) -> Option<&str> {
        self.0.get(word).map(|(written, _)| &**written)
    }
}

impl TextIndex {
    /// A word of the lexicon as the catalogue mostly writes it, in lower case.
    pub(super) fn written(&self, word: &str) -> Result<String> {
        let Some((written, products)) = self.written.0.get(word) else { return Ok(word.to_owned()) };
        let mostly = 2 * u64::from(*products) >= u64::from(self.word_frequency(word)?);
        Ok(if mostly { written.clone() } else { word.to_owned() })
    }
}
