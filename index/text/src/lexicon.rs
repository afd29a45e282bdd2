//! The lexicon: the words of the catalogue as they are written, with their document frequencies. Words in it
//! are never corrected; corrections and completions come from it.

use std::collections::BTreeMap;

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, InvertedIndexReader, TERMINATED, Term};

use super::TextField;
use super::index::{TextIndex, text_error};
use super::understand::QueryReader;
use crate::error::Result;

/// The most words of a segment that are compared for one prefix.
const MAX_COMPLETIONS: usize = 5_000;

/// A word and its document frequency.
pub(super) type LexiconWord = (String, u32);

impl TextIndex {
    /// The document frequency of a word.
    pub(super) fn word_frequency(&self, word: &str) -> Result<u32> {
        self.lexicons().try_fold(0, |sum, (field, lexicon)| {
            Ok(sum + lexicon.doc_freq(&Term::from_field_text(*field, word)).map_err(text_error)?)
        })
    }

    /// True if a product has the word, as it is written or by its stem.
    pub(super) fn knows(&self, word: &str, term: &str) -> Result<bool> {
        if self.word_frequency(word)? > 0 {
            return Ok(true);
        }
        Ok(self.has_term(term)? || self.heads_compounds(word, term)?)
    }

    /// True if a product has a term in any field.
    pub(super) fn has_term(&self, term: &str) -> Result<bool> {
        for index in &self.fields {
            if index.term_frequency(term)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those of some words that no product has, neither as they are written nor by their stem.
    pub fn unknown<'w>(&self, words: impl Iterator<Item = &'w str>) -> Result<Vec<&'w str>> {
        let mut analyzer = self.analyzer();
        let mut unknown = Vec::new();
        for word in words {
            if !self.knows(word, &analyzer.term(word))? {
                unknown.push(word);
            }
        }
        Ok(unknown)
    }

    /// The commonest words that start with `prefix`, at most `limit`; ties go to the alphabetically first.
    pub(super) fn completions(&self, prefix: &str, limit: usize) -> Result<Vec<LexiconWord>> {
        let mut found = WordCounts::default();
        for (_, lexicon) in self.lexicons() {
            let mut stream = lexicon.terms().range().ge(prefix.as_bytes()).into_stream().map_err(text_error)?;
            let mut left = MAX_COMPLETIONS;
            while left > 0 && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                found.add(stream.key(), stream.value().doc_freq);
                left -= 1;
            }
        }
        let mut found = found.words();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(limit);
        Ok(found)
    }

    /// The words of titles and categories that are letters only, those in the most products first, ties in
    /// alphabetical order, at most `limit`.
    pub fn words_of_titles(&self, limit: usize) -> Result<Vec<String>> {
        let mut found = WordCounts::default();
        for (_, lexicon) in self.lexicons() {
            let mut stream = lexicon.terms().stream().map_err(text_error)?;
            while stream.advance() {
                found.add(stream.key(), stream.value().doc_freq);
            }
        }
        let mut words = found.words();
        words.retain(|(word, _)| word.chars().count() > 2 && word.chars().all(char::is_alphabetic));
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (mut analyzer, mut chosen) = (self.analyzer(), Vec::new());
        let fields = [TextField::Title, TextField::Category].into_iter().filter_map(|at| self.fields.get(at as usize));
        let fields: Vec<_> = fields.collect();
        for (word, _) in words {
            let term = analyzer.term(&word);
            for field in &fields {
                if field.term_frequency(&term)? > 0 {
                    chosen.push(word);
                    break;
                }
            }
            if chosen.len() == limit {
                break;
            }
        }
        Ok(chosen)
    }
}

impl QueryReader<'_> {
    /// Every word within `distance` (1 or 2) edits: letters inserted, deleted, replaced, or swapped with their
    /// neighbour.
    pub(super) fn near(&self, word: &str, distance: u8) -> Result<Vec<LexiconWord>> {
        let mut found = WordCounts::default();
        for (field, lexicon) in self.lexicons() {
            let query = FuzzyTermQuery::new(Term::from_field_text(*field, word), distance, true);
            let automaton = query.automaton().map_err(text_error)?;
            let mut stream = lexicon.terms().search(automaton).into_stream().map_err(text_error)?;
            while stream.advance() {
                found.add(stream.key(), stream.value().doc_freq);
            }
        }
        Ok(found.words())
    }

    /// The number of products with both words.
    pub(super) fn together(&self, one: &str, other: &str) -> Result<u32> {
        self.lexicons().try_fold(0, |sum, (field, lexicon)| Ok(sum + together(*field, lexicon, one, other)?))
    }

    /// The number of titles with both terms; unlike words, terms match whatever their ending.
    pub(super) fn together_in_titles(&self, one: &str, other: &str) -> Result<u32> {
        let Some(title) = self.fields.get(TextField::Title as usize) else { return Ok(0) };
        let segments = title.segments.iter();
        segments.map(|segment| together(segment.field, &segment.inverted, one, other)).sum()
    }
}

/// Words of several segments, with the sum of their document frequencies.
#[derive(Default)]
struct WordCounts(BTreeMap<Vec<u8>, u32>);

impl WordCounts {
    fn add(&mut self, word: &[u8], products: u32) {
        match self.0.get_mut(word) {
            Some(sum) => *sum += products,
            None => drop(self.0.insert(word.to_vec(), products)),
        }
    }

    fn words(self) -> Vec<LexiconWord> {
        self.0.into_iter().map(|(word, products)| (String::from_utf8_lossy(&word).into_owned(), products)).collect()
    }
}

/// The number of documents of one segment with both words.
fn together(field: Field, lexicon: &InvertedIndexReader, one: &str, other: &str) -> Result<u32> {
    let postings = |word| {
        let term = Term::from_field_text(field, word);
        lexicon.read_postings(&term, IndexRecordOption::Basic).map_err(text_error)
    };
    let (Some(one), Some(other)) = (postings(one)?, postings(other)?) else { return Ok(0) };
    let (mut rare, mut common) = if one.doc_freq() < other.doc_freq() { (one, other) } else { (other, one) };
    let mut both = 0;
    // The rarer word leads, so the commoner list is mostly skipped.
    while rare.doc() != TERMINATED {
        if common.doc() < rare.doc() {
            common.seek(rare.doc());
        }
        both += u32::from(common.doc() == rare.doc());
        rare.advance();
    }
    Ok(both)
}
