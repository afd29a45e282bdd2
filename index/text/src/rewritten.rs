//! Updates of the text index: products that are new or changed are analysed into a segment in memory beside the
//! generation's own. A small segment is merged with earlier ones of similar size, so there are few segments and
//! every product is written a few times only.
//!
//! Scores stay comparable because document frequencies and mean field lengths are taken over all segments.
//! Replaced documents still count there until their segment is merged, those of the generation until the next
//! reindex.

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

/// A segment is not merged while it has this many times as many live documents as the one after it.
const TIMES_AS_LARGE: usize = 4;

/// Initial memory for the postings of a segment while it is written, in bytes; more is taken as needed.
const WRITER_MEMORY_BYTES: usize = 1 << 20;

impl TextIndex {
    /// This index of `products` products after the products of `rewritten`, ascending, have changed; `read`
    /// gives a product. Ordinals past those of this index are new products.
    ///
    /// # Errors
    /// [`Error::Text`] if a product cannot be read or indexed.
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
        // The first segment is the generation's own, which is never merged.
        let mut later = segments.split_off(segments.len().min(1));
        later.retain(|segment| segment.document_map.live_count() > 0);
        let mut ordinals = rewritten.to_vec();
        while let Some(segment) = later.pop_if(|last| last.document_map.live_count() < TIMES_AS_LARGE * ordinals.len())
        {
            ordinals.extend(segment.document_map.live_ordinals());
        }
        // Documents are written in ordinal order, which the document map searches by bisection.
        ordinals.sort_unstable();
        segments.extend(later);
        let mut lengths = self.lengths();
        let written = self.write_segment(&ordinals, read)?;
        for (lengths, own) in lengths.iter_mut().zip(&written.lengths) {
            lengths.resize(products as usize, 0);
            ordinals.iter().zip(&**own).for_each(|(&ordinal, &length)| lengths[ordinal.index()] = length);
        }
        segments.push(written);
        Ok(self.with_segments(products, segments, lengths))
    }

    /// Writes the segment of some products.
    fn write_segment(&self, ordinals: &[Ordinal], read: &dyn Fn(Ordinal) -> Option<Product>) -> Result<TextSegment> {
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
