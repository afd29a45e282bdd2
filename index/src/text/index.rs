//! The index on disk: one tantivy segment in ordinal order.

use std::path::Path;
use std::sync::Arc;

use tantivy::directory::MmapDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, InvertedIndexReader, ReloadPolicy, TantivyDocument};

use super::TextField;
use super::analysis::Analyzer;
use crate::error::{Error, Result};
use crate::product::Product;

const ANALYZER: &str = "product";

/// Memory tantivy may use while building, in bytes; one segment is written however much it takes.
const WRITER_MEMORY_BYTES: usize = 256 << 20;

fn text_error(error: impl std::fmt::Display) -> Error {
    Error::Text(error.to_string())
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    for field in TextField::ALL {
        // Codes are normalised already; everything else is analysed.
        let tokenizer = if field == TextField::Code { "raw" } else { ANALYZER };
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true);
        schema.add_text_field(field.name(), TextOptions::default().set_indexing_options(indexing));
    }
    schema.build()
}

/// Builds the index; products are added in ordinal order.
pub struct TextWriter {
    writer: SingleSegmentIndexWriter,
    fields: Vec<(TextField, Field)>,
}

impl std::fmt::Debug for TextWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TextWriter")
    }
}

impl TextWriter {
    /// Starts an index in an empty folder, which is created.
    pub fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let schema = schema();
        let fields = resolve(&schema)?;
        let directory = MmapDirectory::open(folder).map_err(text_error)?;
        let index = Index::builder().schema(schema);
        let mut tokenizers = tantivy::tokenizer::TokenizerManager::default();
        register(&mut tokenizers);
        let writer = index
            .tokenizers(tokenizers)
            .single_segment_index_writer(directory, WRITER_MEMORY_BYTES)
            .map_err(text_error)?;
        Ok(Self { writer, fields })
    }

    /// Adds the next product.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let mut document = TantivyDocument::new();
        for &(text_field, field) in &self.fields {
            for text in text_field.texts(product) {
                document.add_text(field, text);
            }
        }
        self.writer.add_document(document).map_err(text_error)
    }

    /// Writes the segment.
    pub fn finish(self) -> Result<()> {
        self.writer.finalize().map(drop).map_err(text_error)
    }
}

fn register(tokenizers: &mut tantivy::tokenizer::TokenizerManager) {
    tokenizers.register(ANALYZER, Analyzer::default().for_index());
}

fn resolve(schema: &Schema) -> Result<Vec<(TextField, Field)>> {
    TextField::ALL.into_iter().map(|field| Ok((field, schema.get_field(field.name()).map_err(text_error)?))).collect()
}

/// One field of the open segment.
pub(super) struct FieldIndex {
    pub(super) field: Field,
    pub(super) inverted: Arc<InvertedIndexReader>,
    pub(super) lengths: FieldNormReader,
    /// Mean field length over all products, in tokens; at least 1.
    pub(super) mean_length: f32,
}

/// The open text index.
pub struct TextIndex {
    pub(super) fields: Vec<FieldIndex>,
    pub(super) products: u32,
    pub(super) analyzer: Analyzer,
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "TextIndex({} products)", self.products)
    }
}

impl TextIndex {
    /// Opens the index in `folder` by mapping it; it must hold `products` products.
    pub fn open(folder: &Path, products: u32) -> Result<Self> {
        let index = Index::open_in_dir(folder).map_err(text_error)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(text_error)?;
        let searcher = reader.searcher();
        let [segment] = searcher.segment_readers() else {
            return match (searcher.segment_readers().is_empty(), products) {
                (true, 0) => Ok(Self { fields: Vec::new(), products, analyzer: Analyzer::default() }),
                _ => Err(Error::corrupt(folder, "the text index does not have exactly one segment")),
            };
        };
        if segment.max_doc() != products {
            return Err(Error::corrupt(folder, format!("holds {} products, not {products}", segment.max_doc())));
        }
        let fields = resolve(&index.schema())?;
        let fields = fields.into_iter().map(|(_, field)| {
            let inverted = segment.inverted_index(field).map_err(text_error)?;
            let lengths = segment.get_fieldnorms_reader(field).map_err(text_error)?;
            let mean_length = (inverted.total_num_tokens() as f32 / products.max(1) as f32).max(1.0);
            Ok(FieldIndex { field, inverted, lengths, mean_length })
        });
        Ok(Self { fields: fields.collect::<Result<_>>()?, products, analyzer: Analyzer::default() })
    }

    /// The analyser documents went through.
    pub fn analyzer(&self) -> Analyzer {
        self.analyzer.clone()
    }
}
