//! The open index: of a generation one tantivy segment in ordinal order, and beside it those of products
//! changed since ([`super::rewritten`]). tantivy keeps the dictionary, postings, positions and field
//! lengths of each; field lengths are put together by ordinal.

use std::path::Path;
use std::sync::Arc;

use tantivy::schema::Field;
use tantivy::{Index, InvertedIndexReader};

use super::analysis::{Analyzer, Language};
use super::part::{Part, Places};
use super::{LearnedCorrections, TextField};
use crate::error::{Error, Result};

pub(super) fn text_error(error: impl std::fmt::Display) -> Error {
    Error::Text(error.to_string())
}

/// One field of one part.
pub(super) struct FieldPart {
    pub(super) field: Field,
    pub(super) inverted: Arc<InvertedIndexReader>,
    pub(super) places: Arc<Places>,
}

/// One field.
pub(super) struct FieldIndex {
    pub(super) parts: Vec<FieldPart>,
    /// Field lengths by ordinal, as tantivy's codes.
    pub(super) lengths: Vec<u8>,
    /// Mean field length over all documents, in tokens; at least 1.
    pub(super) mean_length: f32,
}

/// The open text index.
pub struct TextIndex {
    /// The generation's own first.
    pub(super) parts: Vec<Part>,
    pub(super) fields: Vec<FieldIndex>,
    /// How many ordinals there are.
    pub(super) products: u32,
    /// How many documents words are counted in.
    pub(super) documents: u32,
    pub(super) analyzer: Analyzer,
    /// The term of the language's word for "without".
    pub(super) without: String,
    /// What shoppers meant by words the catalogue does not have.
    pub(super) learned: Arc<LearnedCorrections>,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TextIndex({} products)", self.products)
    }
}

impl TextIndex {
    /// Opens the index in `folder` by mapping it; it must hold `products` products. Queries are read in
    /// `language`. An index of the first format has no lexicon and no positions: it answers without
    /// corrections, prefixes and phrases.
    pub fn open(folder: &Path, products: u32, language: Language) -> Result<Self> {
        let index = Index::open_in_dir(folder).map_err(text_error)?;
        let mut analyzer = Analyzer::new(language);
        let without = analyzer.term(language.without());
        let (parts, fields) = (Vec::new(), Vec::new());
        let empty = Self { parts, fields, products: 0, documents: 0, analyzer, without, learned: Arc::default() };
        let part = Part::open(&index, None).map_err(|error| Error::corrupt(folder, error.to_string()))?;
        let held = part.as_ref().map_or(0, |part| part.places.documents());
        if held != products {
            return Err(Error::corrupt(folder, format!("holds {held} products, not {products}")));
        }
        let lengths = part.iter().flat_map(|part| &part.lengths).map(|lengths| lengths.to_vec()).collect();
        Ok(empty.of(products, part.into_iter().collect(), lengths))
    }

    /// The same analysis over other parts, with field lengths by field and ordinal.
    pub(super) fn of(&self, products: u32, parts: Vec<Part>, lengths: Vec<Vec<u8>>) -> Self {
        let documents = parts.iter().map(|part| part.places.documents()).sum::<u32>();
        let field = |(at, lengths): (usize, Vec<u8>)| {
            let own = |part: &Part| {
                let (field, inverted) = part.fields.get(at)?;
                Some(FieldPart { field: *field, inverted: Arc::clone(inverted), places: Arc::clone(&part.places) })
            };
            let parts: Vec<FieldPart> = parts.iter().filter_map(own).collect();
            let tokens: u64 = parts.iter().map(|part| part.inverted.total_num_tokens()).sum();
            FieldIndex { parts, lengths, mean_length: (tokens as f32 / documents.max(1) as f32).max(1.0) }
        };
        Self {
            fields: lengths.into_iter().enumerate().map(field).collect(),
            parts,
            products,
            documents,
            analyzer: self.analyzer.clone(),
            without: self.without.clone(),
            learned: Arc::clone(&self.learned),
        }
    }

    /// Field lengths by field and ordinal.
    pub(super) fn lengths(&self) -> Vec<Vec<u8>> {
        match self.fields.is_empty() {
            true => TextField::ALL.iter().map(|_| Vec::new()).collect(),
            false => self.fields.iter().map(|field| field.lengths.clone()).collect(),
        }
    }

    /// The lexicon of each part that has one.
    pub(super) fn lexicons(&self) -> impl Iterator<Item = &(Field, Arc<InvertedIndexReader>)> {
        self.parts.iter().filter_map(|part| part.lexicon.as_ref())
    }

    /// Whether words are known as they are written and by their positions.
    pub(super) fn has_positions(&self) -> bool {
        self.parts.first().is_some_and(|part| part.lexicon.is_some())
    }

    /// The analyser queries go through.
    pub fn analyzer(&self) -> Analyzer {
        self.analyzer.clone()
    }

    /// The analyser of what is written in a language, by its code; the shop's where none is said.
    pub fn analyzer_of(&self, lang: Option<&str>) -> Analyzer {
        let other = lang.map(Language::of).filter(|language| *language != self.analyzer.language());
        other.map_or_else(|| self.analyzer(), Analyzer::new)
    }
}
