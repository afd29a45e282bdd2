//! The open text index: one tantivy segment of the generation in ordinal order, and further segments of
//! products changed since ([`super::rewritten`]). tantivy stores dictionary, postings, positions and field
//! lengths of each segment; this file merges field lengths by ordinal.

use std::path::Path;
use std::sync::Arc;

use tantivy::schema::Field;
use tantivy::{Index, InvertedIndexReader};

use super::analysis::{Analyzer, Language};
use super::kind::HEAD_FIELDS;
use super::segment::{DocumentMap, TextSegment};
use super::written::{WRITTEN, WrittenForms};
use super::{LearnedCorrections, TextField};
use crate::error::{Error, Result};

pub(super) fn text_error(error: impl std::fmt::Display) -> Error {
    Error::Text(error.to_string())
}

/// One field in one segment.
pub(super) struct FieldSegment {
    pub(super) field: Field,
    pub(super) inverted: Arc<InvertedIndexReader>,
    pub(super) document_map: Arc<DocumentMap>,
}

impl FieldSegment {
    fn new(segment: &TextSegment, (field, inverted): &(Field, Arc<InvertedIndexReader>)) -> Self {
        let (inverted, document_map) = (Arc::clone(inverted), Arc::clone(&segment.document_map));
        Self { field: *field, inverted, document_map }
    }
}

/// One field over all segments.
#[derive(Default)]
pub(super) struct FieldIndex {
    pub(super) segments: Vec<FieldSegment>,
    /// Field lengths by ordinal, as tantivy's codes.
    pub(super) lengths: Vec<u8>,
    /// Mean field length over all documents, in tokens; at least 1.
    pub(super) mean_length: f32,
}

/// The open text index.
pub struct TextIndex {
    /// The generation's own segment first.
    pub(super) segments: Vec<TextSegment>,
    pub(super) fields: Vec<FieldIndex>,
    /// The fields of heads; without segments where an index of an earlier release lacks them.
    pub(super) heads: [FieldIndex; HEAD_FIELDS.len()],
    /// The number of ordinals.
    pub(super) products: u32,
    /// The number of documents that document frequencies are taken over, replaced ones included.
    pub(super) documents: u32,
    pub(super) analyzer: Analyzer,
    /// The term for "without" in the shop's language.
    pub(super) without: String,
    /// Corrections learned from shoppers.
    pub(super) learned: Arc<LearnedCorrections>,
    /// The words of the generation as they are written, with their accents.
    pub(super) written: Arc<WrittenForms>,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TextIndex({} products)", self.products)
    }
}

impl TextIndex {
    /// Maps the index in `folder`, which must hold `products` products. `language` is that of queries without a
    /// language. An index of the first format has no lexicon and no positions: it has no corrections,
    /// completions or phrases.
    pub fn open(folder: &Path, products: u32, language: Language) -> Result<Self> {
        let index = Index::open_in_dir(folder).map_err(text_error)?;
        let mut analyzer = Analyzer::new(language);
        let without = analyzer.term(language.without());
        let (segments, fields) = (Vec::new(), Vec::new());
        let (heads, learned) = Default::default();
        let written = Arc::new(WrittenForms::open(&folder.join(WRITTEN))?);
        let empty = Self { segments, fields, heads, products: 0, documents: 0, analyzer, without, learned, written };
        let segment = TextSegment::open(&index, None).map_err(|error| Error::corrupt(folder, error.to_string()))?;
        let held = segment.as_ref().map_or(0, |segment| segment.document_map.documents());
        if held != products {
            return Err(Error::corrupt(folder, format!("holds {held} products, not {products}")));
        }
        let lengths = segment.iter().flat_map(|segment| &segment.lengths).map(|lengths| lengths.to_vec()).collect();
        let opened = empty.with_segments(products, segment.into_iter().collect(), lengths);
        opened.prepare_compounds()?;
        Ok(opened)
    }

    /// An index with the same analysis over other segments, with field lengths by field and ordinal.
    pub(super) fn with_segments(&self, products: u32, segments: Vec<TextSegment>, lengths: Vec<Vec<u8>>) -> Self {
        let documents = segments.iter().map(|segment| segment.document_map.documents()).sum::<u32>();
        let field = |(at, lengths): (usize, Vec<u8>)| {
            let own = |segment: &TextSegment| Some(FieldSegment::new(segment, segment.fields.get(at)?));
            let segments: Vec<FieldSegment> = segments.iter().filter_map(own).collect();
            let tokens: u64 = segments.iter().map(|segment| segment.inverted.total_num_tokens()).sum();
            FieldIndex { segments, lengths, mean_length: (tokens as f32 / documents.max(1) as f32).max(1.0) }
        };
        let heads = std::array::from_fn(|at| {
            let own = |segment: &TextSegment| Some(FieldSegment::new(segment, segment.heads.get(at)?.as_ref()?));
            FieldIndex { segments: segments.iter().filter_map(own).collect(), ..FieldIndex::default() }
        });
        Self {
            heads,
            fields: lengths.into_iter().enumerate().map(field).collect(),
            segments,
            products,
            documents,
            analyzer: self.analyzer.clone(),
            without: self.without.clone(),
            learned: Arc::clone(&self.learned),
            written: Arc::clone(&self.written),
        }
    }

    /// Field lengths by field and ordinal.
    pub(super) fn lengths(&self) -> Vec<Vec<u8>> {
        match self.fields.is_empty() {
            true => TextField::ALL.iter().map(|_| Vec::new()).collect(),
            false => self.fields.iter().map(|field| field.lengths.clone()).collect(),
        }
    }

    /// The lexicon of each segment that has one.
    pub(super) fn lexicons(&self) -> impl Iterator<Item = &(Field, Arc<InvertedIndexReader>)> {
        self.segments.iter().filter_map(|segment| segment.lexicon.as_ref())
    }

    /// True if the index has a lexicon and positions, which the first format lacks.
    pub(super) fn has_positions(&self) -> bool {
        self.segments.first().is_some_and(|segment| segment.lexicon.is_some())
    }

    /// The analyser of the shop's language.
    pub fn analyzer(&self) -> Analyzer {
        self.analyzer.clone()
    }

    /// The analyser of a language, by its code; of the shop's language if absent.
    pub fn analyzer_of(&self, lang: Option<&str>) -> Analyzer {
        let other = lang.map(Language::of).filter(|language| *language != self.analyzer.language());
        other.map_or_else(|| self.analyzer(), Analyzer::new)
    }
}
