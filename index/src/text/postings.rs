//! One field of the index, read: which products satisfy an alternative, and what
//! that is worth by BM25.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

use super::TextField;
use super::TextSettings;
use super::index::{FieldIndex, FieldSegment, TextIndex, text_error};
use super::understand::Alternative;
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::id::Ordinal;

impl TextIndex {
    /// The fields that count, with their weights.
    pub(super) fn weighted(&self, settings: &TextSettings) -> impl Iterator<Item = (TextField, &FieldIndex, f32)> {
        let fields = TextField::ALL.into_iter().zip(&self.fields).zip(settings.weights());
        fields.map(|((field, index), weight)| (field, index, weight)).filter(|(_, _, weight)| *weight > 0.0)
    }
}

impl FieldIndex {
    /// How many products have a term.
    pub(super) fn term_frequency(&self, term: &str) -> Result<u32> {
        let own = |segment: &FieldSegment| segment.inverted.doc_freq(&Term::from_field_text(segment.field, term));
        self.segments.iter().try_fold(0, |sum, segment| Ok(sum + own(segment).map_err(text_error)?))
    }

    /// How many products have the alternative's rarest term.
    pub(super) fn frequency(&self, alternative: &Alternative) -> Result<u32> {
        let frequencies = alternative.terms.iter().map(|term| self.term_frequency(term));
        frequencies.into_iter().try_fold(u32::MAX, |least, one| Ok(least.min(one?)))
    }

    /// Adds the products that satisfy an alternative to a set. Of those outside `within` some may be left out.
    pub(super) fn add_to(&self, set: &mut Bitmap, alternative: &Alternative, within: Option<&Bitmap>) -> Result<()> {
        self.for_each_block(alternative, within, IndexRecordOption::Basic, &mut |products, _| {
            products.iter().for_each(|&product| set.insert(product));
        })
    }

    /// Visits the products that satisfy an alternative in blocks, each once, with how often they do
    /// (nothing is said of that where `option` does not ask). Of products outside `within` some may be left
    /// out.
    pub(super) fn for_each_block(
        &self,
        alternative: &Alternative,
        within: Option<&Bitmap>,
        option: IndexRecordOption,
        visit: &mut BlockVisitor<'_>,
    ) -> Result<()> {
        let (mut ordinals, mut counts) = (Vec::new(), Vec::new());
        for segment in &self.segments {
            if segment.document_map.are_ordinals() {
                segment.for_each_block(alternative, within, option, visit)?;
                continue;
            }
            segment.for_each_block(alternative, None, option, &mut |documents, frequencies| {
                ordinals.clear();
                counts.clear();
                for (at, &document) in documents.iter().enumerate() {
                    if let Some(ordinal) = segment.document_map.ordinal(document) {
                        ordinals.push(ordinal);
                        counts.extend(frequencies.get(at));
                    }
                }
                visit(&ordinals, &counts);
            })?;
        }
        Ok(())
    }
}

/// What is done with a block of products and how often they satisfy something.
type BlockVisitor<'a> = dyn FnMut(&[u32], &[u32]) + 'a;

impl FieldSegment {
    /// Visits the documents that satisfy an alternative, ascending, with how often they do.
    fn for_each_block(
        &self,
        alternative: &Alternative,
        within: Option<&Bitmap>,
        option: IndexRecordOption,
        visit: &mut BlockVisitor<'_>,
    ) -> Result<()> {
        match &alternative.terms[..] {
            [] => Ok(()),
            [term] => self.for_each_of_one(term, option, visit),
            terms => self.for_each_of_all(terms, alternative.adjacent, within, visit),
        }
    }

    fn for_each_of_one(&self, term: &str, option: IndexRecordOption, visit: &mut BlockVisitor<'_>) -> Result<()> {
        let term = Term::from_field_text(self.field, term);
        let Some(info) = self.inverted.get_term_info(&term).map_err(text_error)? else { return Ok(()) };
        let mut postings = self.inverted.read_block_postings_from_terminfo(&info, option).map_err(text_error)?;
        while postings.block_len() > 0 {
            visit(postings.docs(), postings.freqs());
            postings.advance();
        }
        Ok(())
    }

    fn for_each_of_all(
        &self,
        terms: &[String],
        adjacent: bool,
        within: Option<&Bitmap>,
        visit: &mut BlockVisitor<'_>,
    ) -> Result<()> {
        let Some(mut lists) = self.positions(terms)? else { return Ok(()) };
        let mut doc = lists.iter().map(DocSet::doc).max().unwrap_or(TERMINATED);
        while doc != TERMINATED {
            let mut furthest = doc;
            for list in &mut lists {
                if list.doc() < doc {
                    list.seek(doc);
                }
                furthest = furthest.max(list.doc());
            }
            if furthest == doc {
                if within.is_none_or(|within| within.contains(doc)) {
                    let frequency = if adjacent { runs(&mut lists) } else { 1 };
                    if frequency > 0 {
                        visit(&[doc], &[frequency]);
                    }
                }
                furthest = lists[0].advance();
            }
            doc = furthest;
        }
        Ok(())
    }

    /// The postings of every term; nothing when one has none.
    pub(super) fn positions(&self, terms: &[String]) -> Result<Option<Vec<SegmentPostings>>> {
        let read = |term: &String| {
            let term = Term::from_field_text(self.field, term);
            self.inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions).map_err(text_error)
        };
        terms.iter().map(read).collect()
    }
}

/// How often the terms follow each other in the document all lists stand on.
fn runs(lists: &mut [SegmentPostings]) -> u32 {
    let mut starts: Vec<u32> = Vec::new();
    let mut positions_of_term: Vec<u32> = Vec::new();
    for (place, list) in lists.iter_mut().enumerate() {
        list.positions_with_offset(0, &mut positions_of_term);
        if place == 0 {
            starts.clone_from(&positions_of_term);
        } else {
            starts.retain(|start| positions_of_term.binary_search(&(start + place as u32)).is_ok());
        }
    }
    starts.len() as u32
}

/// The inverse document frequency of BM25: `ln(1 + (N − n + ½)/(n + ½))` for a term in `n` of `N` documents.
pub(super) fn idf(documents: u32, document_frequency: u32) -> f32 {
    let (all, with) = (documents as f32, document_frequency as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// BM25 of one slot in one field.
pub(super) struct Bm25<'a> {
    lengths: &'a [u8],
    weight: f32,
    /// `k1·(1 − b + b·length/mean length)` by field length code.
    norms: [f32; 256],
}

impl<'a> Bm25<'a> {
    pub(super) fn new(index: &'a FieldIndex, weight: f32, settings: &TextSettings) -> Self {
        let norms = std::array::from_fn(|code| {
            let length = FieldNormReader::id_to_fieldnorm(code as u8) as f32;
            settings.k1 * (1.0 - settings.b + settings.b * length / index.mean_length)
        });
        Self { lengths: &index.lengths, weight: weight * (settings.k1 + 1.0), norms }
    }

    pub(super) fn score(&self, ordinal: Ordinal, frequency: u32) -> f32 {
        let frequency = frequency as f32;
        self.weight * frequency / (frequency + self.norms[usize::from(self.lengths[ordinal as usize])])
    }
}
