//! One segment of the index and the products of its documents. The generation's own segment holds its products
//! in ordinal order. Further segments, in memory, hold products that were added or changed since; of a changed
//! product only the latest document is live.

use std::sync::Arc;

use tantivy::schema::Field;
use tantivy::{Index, InvertedIndexReader, ReloadPolicy, SegmentReader};

use super::heads::LazyCompounds;
use super::index::text_error;
use super::kind::HEAD_FIELDS;
use super::writer::{LEXICON, resolve};
use crate::bitmap::Bitmap;
use crate::error::{Error, Result};
use crate::id::Ordinal;

/// An open segment.
#[derive(Clone)]
pub(super) struct TextSegment {
    /// The searchable fields, in the order of [`super::TextField`].
    pub(super) fields: Vec<(Field, Arc<InvertedIndexReader>)>,
    /// The lexicon: words as they are written. An index of the first format has none.
    pub(super) lexicon: Option<(Field, Arc<InvertedIndexReader>)>,
    /// The fields of heads, in the order of [`HEAD_FIELDS`]; an index of an earlier release lacks some.
    pub(super) heads: Vec<Option<(Field, Arc<InvertedIndexReader>)>>,
    /// Field lengths by field and document, as tantivy's codes.
    pub(super) lengths: Vec<Arc<[u8]>>,
    pub(super) document_map: Arc<DocumentMap>,
    /// The compounds of the lexicon.
    pub(super) compounds: Arc<LazyCompounds>,
}

impl TextSegment {
    /// Opens the segment of an index; `None` if it has no documents. `ordinals` are the products of its
    /// documents; `None` if document numbers are ordinals.
    pub(super) fn open(index: &Index, ordinals: Option<Vec<Ordinal>>) -> Result<Option<Self>> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(text_error)?;
        let searcher = reader.searcher();
        let segment = match searcher.segment_readers() {
            [] => return Ok(None),
            [segment] => segment,
            _ => return Err(Error::Text("the text index does not have exactly one segment".to_owned())),
        };
        let documents = segment.max_doc();
        let inverted = |field| segment.inverted_index(field).map_err(text_error);
        let fields = resolve(&index.schema())?;
        let optional = |name| {
            let field = index.schema().get_field(name).ok();
            field.map(|field| Ok::<_, Error>((field, inverted(field)?))).transpose()
        };
        let lexicon = optional(LEXICON)?;
        let heads = HEAD_FIELDS.map(optional).into_iter().collect::<Result<_>>()?;
        Ok(Some(Self {
            lengths: fields.iter().map(|&(_, field)| lengths(segment, field)).collect::<Result<_>>()?,
            fields: fields.iter().map(|&(_, field)| Ok((field, inverted(field)?))).collect::<Result<_>>()?,
            lexicon,
            heads,
            document_map: Arc::new(DocumentMap { documents, ordinals: ordinals.map(Arc::from), replaced: None }),
            compounds: Arc::default(),
        }))
    }
}

fn lengths(segment: &SegmentReader, field: Field) -> Result<Arc<[u8]>> {
    let lengths = segment.get_fieldnorms_reader(field).map_err(text_error)?;
    Ok((0..segment.max_doc()).map(|document| lengths.fieldnorm_id(document)).collect())
}

/// Maps documents of a segment to products and back, live documents only.
#[derive(Debug, Clone)]
pub(super) struct DocumentMap {
    documents: u32,
    /// Ordinals by document, ascending; `None` if document numbers are ordinals.
    ordinals: Option<Arc<[Ordinal]>>,
    /// Documents that a later segment replaces, numbered as ordinals are; all others are live.
    replaced: Option<Bitmap>,
}

impl DocumentMap {
    /// The number of documents, live or not.
    pub(super) fn documents(&self) -> u32 {
        self.documents
    }

    /// True if all documents are live and their numbers are ordinals.
    pub(super) fn are_ordinals(&self) -> bool {
        self.ordinals.is_none() && self.replaced.is_none()
    }

    /// The product of a document; `None` if the document is not live.
    pub(super) fn ordinal(&self, document: u32) -> Option<Ordinal> {
        if self.is_replaced(document) {
            return None;
        }
        self.ordinals.as_ref().map_or(Some(Ordinal::new(document)), |ordinals| ordinals.get(document as usize).copied())
    }

    /// The live document of a product, if this segment has one.
    pub(super) fn document(&self, ordinal: Ordinal) -> Option<u32> {
        let document = match &self.ordinals {
            None => Some(ordinal.get()).filter(|&document| document < self.documents)?,
            Some(ordinals) => ordinals.binary_search(&ordinal).ok()? as u32,
        };
        (!self.is_replaced(document)).then_some(document)
    }

    fn is_replaced(&self, document: u32) -> bool {
        self.replaced.as_ref().is_some_and(|replaced| replaced.contains(Ordinal::new(document)))
    }

    /// The products of the live documents.
    pub(super) fn live_ordinals(&self) -> impl Iterator<Item = Ordinal> + '_ {
        (0..self.documents).filter_map(|document| self.ordinal(document))
    }

    /// The number of live documents.
    pub(super) fn live_count(&self) -> usize {
        self.documents as usize - self.replaced.as_ref().map_or(0, Bitmap::count)
    }

    /// The same map without the documents of some products.
    pub(super) fn without(&self, rewritten: &[Ordinal]) -> Self {
        let mut map = self.clone();
        for document in rewritten.iter().filter_map(|&ordinal| self.document(ordinal)) {
            map.replaced.get_or_insert_with(|| Bitmap::new(self.documents as usize)).insert(Ordinal::new(document));
        }
        map
    }
}
