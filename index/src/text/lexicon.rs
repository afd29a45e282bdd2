//! The words of the catalogue as they are written, and in how many products each
//! stands. What is in it is never corrected; corrections and completions come from it.

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

use super::index::{TextIndex, text_error};
use crate::error::Result;

/// The most words looked at behind one prefix.
const MAX_COMPLETIONS: usize = 5_000;

/// A word and how many products have it.
pub(super) type Word = (String, u32);

impl TextIndex {
    /// How many products have the word.
    pub(super) fn word_frequency(&self, word: &str) -> Result<u32> {
        let Some((field, lexicon)) = &self.lexicon else { return Ok(0) };
        lexicon.doc_freq(&Term::from_field_text(*field, word)).map_err(text_error)
    }

    /// Whether products can be found by the word, as it is written or by its stem.
    pub(super) fn knows(&self, word: &str, term: &str) -> Result<bool> {
        if self.word_frequency(word)? > 0 {
            return Ok(true);
        }
        for index in &self.fields {
            if index.inverted.doc_freq(&Term::from_field_text(index.field, term)).map_err(text_error)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The commonest words starting with `prefix`, at most `limit`; ties by the word.
    pub(super) fn completions(&self, prefix: &str, limit: usize) -> Result<Vec<Word>> {
        let Some((_, lexicon)) = &self.lexicon else { return Ok(Vec::new()) };
        let mut stream = lexicon.terms().range().ge(prefix.as_bytes()).into_stream().map_err(text_error)?;
        let mut found: Vec<Word> = Vec::new();
        while found.len() < MAX_COMPLETIONS && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            let word = String::from_utf8_lossy(stream.key()).into_owned();
            found.push((word, stream.value().doc_freq));
        }
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(limit);
        Ok(found)
    }

    /// Every word within `distance` (1 or 2) edits: letters put in, left out, replaced or swapped with
    /// their neighbour.
    pub(super) fn near(&self, word: &str, distance: u8) -> Result<Vec<Word>> {
        let Some((field, lexicon)) = &self.lexicon else { return Ok(Vec::new()) };
        let query = FuzzyTermQuery::new(Term::from_field_text(*field, word), distance, true);
        let automaton = query.automaton().map_err(text_error)?;
        let mut stream = lexicon.terms().search(automaton).into_stream().map_err(text_error)?;
        let mut found = Vec::new();
        while stream.advance() {
            found.push((String::from_utf8_lossy(stream.key()).into_owned(), stream.value().doc_freq));
        }
        Ok(found)
    }

    /// How many products have both words.
    pub(super) fn together(&self, one: &str, other: &str) -> Result<u32> {
        let Some((field, lexicon)) = &self.lexicon else { return Ok(0) };
        let postings = |word| {
            let term = Term::from_field_text(*field, word);
            lexicon.read_postings(&term, IndexRecordOption::Basic).map_err(text_error)
        };
        let (Some(one), Some(other)) = (postings(one)?, postings(other)?) else { return Ok(0) };
        let (mut rare, mut common) = if one.doc_freq() < other.doc_freq() { (one, other) } else { (other, one) };
        let mut both = 0;
        while rare.doc() != TERMINATED {
            if common.doc() < rare.doc() {
                common.seek(rare.doc());
            }
            both += u32::from(common.doc() == rare.doc());
            rare.advance();
        }
        Ok(both)
    }
}
