//! Postings of one field: which products satisfy an alternative, and their BM25 scores.

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
    /// The fields with a weight above 0, with their weights.
    pub(super) fn weighted(&self, settings: &TextSettings) -> impl Iterator<Item = (TextField, &FieldIndex, f32)> {
        let fields = TextField::ALL.into_iter().zip(&self.fields).zip(settings.weights());
        fields.map(|((field, index), weight)| (field, index, weight)).filter(|(_, _, weight)| *weight > 0.0)
    }
}

impl FieldIndex {
    /// The document frequency of a term.
    pub(super) fn term_frequency(&self, term: &str) -> Result<u32> {
        let own = |segment: &FieldSegment| segment.inverted.doc_freq(&Term::from_field_text(segment.field, term));
        self.segments.iter().try_fold(0, |sum, segment| Ok(sum + own(segment).map_err(text_error)?))
    }

    /// The document frequency of the alternative's rarest term.
    pub(super) fn frequency(&self, alternative: &Alternative) -> Result<u32> {
        let frequencies = alternative.terms.iter().map(|term| self.term_frequency(term));
        frequencies.into_iter().try_fold(u32::MAX, |least, one| Ok(least.min(one?)))
    }

    /// Adds the products that satisfy an alternative to a set. Products outside `within` may be left out.
    pub(super) fn add_to(&self, set: &mut Bitmap, alternative: &Alternative, within: Option<&Bitmap>) -> Result<()> {
        self.for_each_block(alternative, within, IndexRecordOption::Basic, &mut |products, _| {
            products.iter().for_each(|&product| set.insert(product));
        })
    }

    /// Visits the products that satisfy an alternative in blocks, each product once, with its frequency: the
    /// number of places where the alternative occurs (empty if `option` does not ask for it). Products outside
    /// `within` may be left out.
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
                segment.for_each_block(alternative, within, option, &mut |documents, frequencies| {
                    visit(Ordinal::slice(documents), frequencies);
                })?;
                continue;
            }
            // The filter is by ordinal and documents are numbered otherwise here, so it is left to the caller.
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

/// Receives a block of products and the frequency of each.
type BlockVisitor<'a> = dyn FnMut(&[Ordinal], &[u32]) + 'a;

/// Receives a block of documents and the frequency of each.
type DocumentVisitor<'a> = dyn FnMut(&[u32], &[u32]) + 'a;

impl FieldSegment {
    /// Visits the documents that satisfy an alternative in ascending order, with their frequencies.
    fn for_each_block(
        &self,
        alternative: &Alternative,
        within: Option<&Bitmap>,
        option: IndexRecordOption,
        visit: &mut DocumentVisitor<'_>,
    ) -> Result<()> {
        match &alternative.terms[..] {
            [] => Ok(()),
            [term] => self.for_each_of_one(term, option, visit),
            terms => self.for_each_of_all(terms, alternative.adjacent, within, visit),
        }
    }

    fn for_each_of_one(&self, term: &str, option: IndexRecordOption, visit: &mut DocumentVisitor<'_>) -> Result<()> {
        let term = Term::from_field_text(self.field, term);
        let Some(info) = self.inverted.get_term_info(&term).map_err(text_error)? else { return Ok(()) };
        let mut postings = self.inverted.read_block_postings_from_terminfo(&info, option).map_err(text_error)?;
        while postings.block_len() > 0 {
            // The visitor gets whole decoded blocks, which costs one call for many documents.
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
        visit: &mut DocumentVisitor<'_>,
    ) -> Result<()> {
        let Some(mut lists) = self.positions(terms)? else { return Ok(()) };
        // All lists seek to the furthest document of any; if they agree on it, it has every term.
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
                // The filter comes first: positions are decoded only for products that pass.
                if within.is_none_or(|within| within.contains(Ordinal::new(doc))) {
                    let frequency = if adjacent { runs(&mut lists) } else { 1 };
                    if frequency > 0 {
                        visit(&[doc], &[frequency]);
                    }
                }
                // One list moves on, the others follow by seeking.
                furthest = lists[0].advance();
            }
            doc = furthest;
        }
        Ok(())
    }

    /// The postings of every term; `None` if a term has none.
    pub(super) fn positions(&self, terms: &[String]) -> Result<Option<Vec<SegmentPostings>>> {
        let read = |term: &String| {
            let term = Term::from_field_text(self.field, term);
            self.inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions).map_err(text_error)
        };
        terms.iter().map(read).collect()
    }
}

/// The number of places where the terms follow each other, in the document that all lists are at.
fn runs(lists: &mut [SegmentPostings]) -> u32 {
    let mut starts: Vec<u32> = Vec::new();
    let mut positions: Vec<u32> = Vec::new();
    for (place, list) in lists.iter_mut().enumerate() {
        list.positions_with_offset(0, &mut positions);
        if place == 0 {
            starts.clone_from(&positions);
        } else {
            starts.retain(|start| positions.binary_search(&(start + place as u32)).is_ok());
        }
    }
    starts.len() as u32
}

/// The inverse document frequency of BM25: `ln(1 + (N − n + ½)/(n + ½))` for a term in `n` of `N` documents.
pub(super) fn idf(documents: u32, document_frequency: u32) -> f32 {
    let (all, with) = (documents as f32, document_frequency as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// The BM25 scorer of one slot in one field.
pub(super) struct Bm25<'a> {
    lengths: &'a [u8],
    weight: f32,
    /// `k1·(1 − b + b·length/mean length)` for each of tantivy's 256 codes of field lengths.
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
        self.weight * frequency / (frequency + self.norms[usize::from(self.lengths[ordinal.index()])])
    }
}
