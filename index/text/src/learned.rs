//! Corrections learned from shoppers who corrected a query themselves. They are such strong evidence that they
//! precede every other correction. Beside them, the other words that shoppers went on to.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use super::TextIndex;
use super::analysis::{Analyzer, PieceKind};
use super::correct::CorrectionSource;
use super::spelling::SpellingCorrection;
use super::suggest::fold;
use super::understand::{QueryReader, QueryWord};
use crate::error::{Error, Result};
use crate::flat::{FlatFile, FlatWriter};

/// Corrected words by the words as typed; either side may be two words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LearnedCorrections {
    corrections: HashMap<String, String>,
    /// The other words that shoppers went on to, by those typed first.
    rewordings: HashMap<String, String>,
}

impl LearnedCorrections {
    /// Corrections from pairs of typed and meant words; case and accents do not matter.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, analyzer: &mut Analyzer) -> Self {
        Self { corrections: folded(pairs, analyzer), rewordings: HashMap::new() }
    }

    /// The same with other words that shoppers went on to, as pairs of typed and meant words.
    pub fn with_rewordings<'a>(
        self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        analyzer: &mut Analyzer,
    ) -> Self {
        Self { rewordings: folded(pairs, analyzer), ..self }
    }

    /// The words that shoppers went on to from some words, which are folded.
    pub(super) fn rewording(&self, typed: &str) -> Option<&str> {
        self.rewordings.get(typed).map(String::as_str)
    }

    /// Writes the corrections to a new file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut file = FlatWriter::create(path)?;
        for (name, pairs) in [("corrections", &self.corrections), ("rewordings", &self.rewordings)] {
            let mut lines: Vec<String> = pairs.iter().map(|(typed, meant)| format!("{typed}\t{meant}\n")).collect();
            lines.sort_unstable();
            file.section(name, lines.concat().as_bytes())?;
        }
        file.finish()
    }

    /// Reads a file of [`Self::write`]; a generation of an earlier release has none and no corrections.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let file = FlatFile::open(path)?;
        let pair = |line: &str| {
            let pair = line.split_once('\t').filter(|(typed, meant)| !typed.is_empty() && !meant.trim().is_empty());
            pair.map(|(typed, meant)| (typed.to_owned(), meant.to_owned()))
        };
        let pairs = |name: &str| {
            let bytes = file.section::<u8>(name)?;
            let text = std::str::from_utf8(&bytes).map_err(|error| Error::corrupt(path, error.to_string()))?;
            let pairs: Option<HashMap<String, String>> = text.lines().map(pair).collect();
            pairs.ok_or_else(|| Error::corrupt(path, "a line is no correction"))
        };
        // Files of an earlier release have corrections only.
        let rewordings = if file.has("rewordings") { pairs("rewordings")? } else { HashMap::new() };
        Ok(Self { corrections: pairs("corrections")?, rewordings })
    }

    /// True if shoppers corrected this word.
    pub(super) fn has(&self, word: &str) -> bool {
        self.corrections.contains_key(word)
    }
}

/// Pairs of typed and meant words without case and accents.
fn folded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, analyzer: &mut Analyzer) -> HashMap<String, String> {
    let folded = pairs.into_iter().map(|(typed, meant)| (fold(analyzer, typed), fold(analyzer, meant)));
    folded.filter(|(typed, meant)| !typed.is_empty() && !meant.is_empty() && typed != meant).collect()
}

impl TextIndex {
    /// The same index with corrections learned from shoppers.
    pub fn with_corrections(self, learned: LearnedCorrections) -> Self {
        Self { learned: learned.into(), ..self }
    }
}

impl QueryReader<'_> {
    /// The learned correction of the word at a place, together with a neighbour or alone. It counts only if the
    /// catalogue has its words.
    pub(super) fn learned_correction(
        &self,
        words: &[QueryWord],
        at: usize,
    ) -> Result<Option<(SpellingCorrection, Range<usize>)>> {
        let places = [Some(at..at + 2), at.checked_sub(1).map(|before| before..at + 1), Some(at..at + 1)];
        for place in places.into_iter().flatten() {
            let Some(typed) = words.get(place.clone()) else { continue };
            let plain = |word: &QueryWord| word.token.kind == PieceKind::Word && word.excluded == typed[0].excluded;
            if !typed.iter().all(plain) {
                continue;
            }
            let typed: Vec<&str> = typed.iter().map(|word| word.token.word.as_str()).collect();
            let Some(meant) = self.learned.corrections.get(&typed.join(" ")) else { continue };
            let words: Vec<String> = meant.split_whitespace().map(str::to_owned).collect();
            let mut known = true;
            for word in &words {
                known &= self.word_frequency(word)? > 0;
            }
            if known {
                let source = CorrectionSource::Learned;
                return Ok(Some((SpellingCorrection { words, likelihood: f32::INFINITY, source }, place)));
            }
        }
        Ok(None)
    }
}
