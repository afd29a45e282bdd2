//! The text index once products are new or rewritten: their texts go through the same analysis into a
//! segment in memory beside the generation's. A small segment is joined with those before it that are
//! not much larger, so that there are few of them and every product is written a few times only.
//!
//! Scores compare because they are of one catalogue: how many products have a word, and how long a
//! field is on average, are taken over all segments. A document that counts no more is still counted
//! there until its segment is joined with another, the generation's until the next reindex.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use tantivy::directory::RamDirectory;

use super::index::TextIndex;
use super::segment::TextSegment;
use super::writer::{AnalysisSettings, CompoundParts, TextWriter, words_of};
use crate::error::{Error, Result};
use crate::id::Ordinal;
use crate::product::Product;

/// A segment stays while it has so many times as many products as the one that comes after it.
const TIMES_AS_LARGE: usize = 4;

/// What is set aside for the words of a segment while it is written, in bytes; more is taken as needed.
const WRITER_MEMORY_BYTES: usize = 1 << 20;

impl TextIndex {
    /// This index of `products` products once those of `rewritten`, ascending, read as `read` says.
    /// Ordinals past those it had are new products.
    ///
    /// # Errors
    /// When a product cannot be read or indexed.
    pub fn rewritten(
        &self,
        products: u32,
        rewritten: &[Ordinal],
        read: &dyn Fn(Ordinal) -> Option<Product>,
    ) -> Result<Self> {
        let mut segments = self.segments.clone();
        for segment in &mut segments {
            segment.document_map = segment.document_map.without(rewritten).into();
        }
        let mut since = segments.split_off(segments.len().min(1));
        since.retain(|segment| segment.document_map.live_count() > 0);
        let mut ordinals = rewritten.to_vec();
        while let Some(segment) = since.pop_if(|last| last.document_map.live_count() < TIMES_AS_LARGE * ordinals.len())
        {
            ordinals.extend(segment.document_map.live_ordinals());
        }
        ordinals.sort_unstable();
        segments.extend(since);
        let mut lengths = self.lengths();
        let written = self.write(&ordinals, read)?;
        for (lengths, own) in lengths.iter_mut().zip(&written.lengths) {
            lengths.resize(products as usize, 0);
            ordinals.iter().zip(&**own).for_each(|(&ordinal, &length)| lengths[ordinal as usize] = length);
        }
        segments.push(written);
        Ok(self.of(products, segments, lengths))
    }

    /// A segment of some products.
    fn write(&self, ordinals: &[Ordinal], read: &dyn Fn(Ordinal) -> Option<Product>) -> Result<TextSegment> {
        let missing = |ordinal| Error::Text(format!("product {ordinal} cannot be read"));
        let products = ordinals.iter().map(|&ordinal| read(ordinal).ok_or_else(|| missing(ordinal)));
        let products: Vec<Product> = products.collect::<Result<_>>()?;
        let language = self.analyzer.language();
        let settings = AnalysisSettings { language };
        let mut own = HashSet::new();
        products.iter().for_each(|product| words_of(product, &settings, &mut own));
        let words = CompoundParts::Indexed { own, segments: self.segments.clone() };
        let mut writer = TextWriter::new(RamDirectory::create(), WRITER_MEMORY_BYTES, &settings, words)?;
        products.iter().try_for_each(|product| writer.push(product))?;
        let segment = TextSegment::open(&writer.written()?, Some(ordinals.to_vec()))?;
        segment.ok_or_else(|| Error::Text("no products were written".to_owned()))
    }
}
