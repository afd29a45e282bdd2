//! The index on disk: one tantivy segment in ordinal order. Products are analysed
//! here; tantivy keeps the dictionary, postings,
//! positions and field lengths. Beside the searchable fields it holds every word
//! as it is written, the lexicon that spelling and prefixes are looked up in.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};
use tantivy::{Index, InvertedIndexReader, ReloadPolicy, SegmentReader, TantivyDocument};

use super::TextField;
use super::analysis::{Analyzer, Kind, Language, Token, compound};
use crate::error::{Error, Result};
use crate::product::Product;

/// The field of words as they are written.
const LEXICON: &str = "lexicon";

/// Memory tantivy may use while building, in bytes; one segment is written however much it takes.
const WRITER_MEMORY_BYTES: usize = 256 << 20;

/// Positions left free between two texts of a field, so that no phrase reaches across.
const GAP: usize = 10;

/// How texts are analysed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnalysisSettings {
    /// The language products and queries are written in.
    pub language: Language,
}

pub(super) fn text_error(error: impl std::fmt::Display) -> Error {
    Error::Text(error.to_string())
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    for field in TextField::ALL {
        let option = match field {
            TextField::Code => IndexRecordOption::WithFreqs,
            _ => IndexRecordOption::WithFreqsAndPositions,
        };
        let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_index_option(option).set_fieldnorms(true);
        schema.add_text_field(field.name(), TextOptions::default().set_indexing_options(indexing));
    }
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    schema.add_text_field(LEXICON, TextOptions::default().set_indexing_options(indexing));
    schema.build()
}

/// Builds the index; products are added in ordinal order.
pub struct TextWriter {
    writer: SingleSegmentIndexWriter,
    fields: Vec<(TextField, Field)>,
    lexicon: Field,
    analyzer: Analyzer,
    words: HashSet<String>,
}

impl std::fmt::Debug for TextWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TextWriter")
    }
}

impl TextWriter {
    /// Starts an index in an empty folder, which is created. `words` are those that compounds are taken
    /// apart into; see [`words_of`].
    pub fn create(folder: &Path, settings: &AnalysisSettings, words: HashSet<String>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let schema = schema();
        let fields = resolve(&schema)?;
        let lexicon = schema.get_field(LEXICON).map_err(text_error)?;
        let directory = MmapDirectory::open(folder).map_err(text_error)?;
        let writer = Index::builder()
            .schema(schema)
            .single_segment_index_writer(directory, WRITER_MEMORY_BYTES)
            .map_err(text_error)?;
        Ok(Self { writer, fields, lexicon, analyzer: Analyzer::new(settings.language), words })
    }

    /// Adds the next product.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let analyzer = &mut self.analyzer;
        let mut document = TantivyDocument::new();
        let mut lexicon: Vec<String> = Vec::new();
        for &(text_field, field) in &self.fields {
            let texts = text_field.texts(product);
            if text_field == TextField::Code {
                texts.into_iter().for_each(|code| document.add_text(field, code));
                continue;
            }
            let mut tokens = Vec::new();
            let mut start = 0;
            for text in &texts {
                // Sides of mixed words would only make texts longer; queries join and take apart.
                let found = analyzer.whole(text);
                let end = found.last().map_or(start, |token| start + token.position as usize + GAP);
                for token in found {
                    let position = start + token.position as usize;
                    if analyzer.language().compounds() && token.kind == Kind::Word {
                        let parts = compound(&token.word, &mut |word| self.words.contains(word));
                        tokens.extend(
                            parts.into_iter().flatten().map(|part| index_token(analyzer.term(&part), position)),
                        );
                    }
                    if matches!(token.kind, Kind::Word | Kind::Mixed | Kind::Pair) {
                        lexicon.push(token.word);
                    }
                    tokens.push(index_token(token.term, position));
                }
                start = end;
            }
            if !tokens.is_empty() {
                document.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
            }
        }
        lexicon.sort_unstable();
        lexicon.dedup();
        let tokens = lexicon.into_iter().map(|word| index_token(word, 0)).collect();
        document.add_pre_tokenized_text(self.lexicon, PreTokenizedString { text: String::new(), tokens });
        self.writer.add_document(document).map_err(text_error)
    }

    /// Writes the segment.
    pub fn finish(self) -> Result<()> {
        self.writer.finalize().map(drop).map_err(text_error)
    }
}

/// The words of a product that may stand inside others: of titles, categories and attributes. For
/// languages that write words together.
pub fn words_of(product: &Product, settings: &AnalysisSettings, words: &mut HashSet<String>) {
    let mut analyzer = Analyzer::new(settings.language);
    for field in [TextField::Title, TextField::Category, TextField::Attributes] {
        for text in field.texts(product) {
            let found = analyzer.tokens(&text).into_iter().filter(|token| token.kind == Kind::Word);
            words.extend(found.map(|token: Token| token.word));
        }
    }
}

fn index_token(text: String, position: usize) -> IndexToken {
    IndexToken { text, position, ..IndexToken::default() }
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
    pub(super) lexicon: Option<(Field, Arc<InvertedIndexReader>)>,
    pub(super) products: u32,
    pub(super) analyzer: Analyzer,
    /// The term of the language's word for "without".
    pub(super) without: String,
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
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(text_error)?;
        let searcher = reader.searcher();
        let mut analyzer = Analyzer::new(language);
        let without = analyzer.term(language.without());
        let [segment] = searcher.segment_readers() else {
            return match (searcher.segment_readers().is_empty(), products) {
                (true, 0) => Ok(Self { fields: Vec::new(), lexicon: None, products, analyzer, without }),
                _ => Err(Error::corrupt(folder, "the text index does not have exactly one segment")),
            };
        };
        if segment.max_doc() != products {
            return Err(Error::corrupt(folder, format!("holds {} products, not {products}", segment.max_doc())));
        }
        let fields = resolve(&index.schema())?.into_iter().map(|(_, field)| open_field(segment, field, products));
        let lexicon = index.schema().get_field(LEXICON).ok();
        let lexicon = lexicon.map(|field| Ok::<_, Error>((field, segment.inverted_index(field).map_err(text_error)?)));
        Ok(Self { fields: fields.collect::<Result<_>>()?, lexicon: lexicon.transpose()?, products, analyzer, without })
    }

    /// The analyser queries go through.
    pub fn analyzer(&self) -> Analyzer {
        self.analyzer.clone()
    }
}

fn open_field(segment: &SegmentReader, field: Field, products: u32) -> Result<FieldIndex> {
    let inverted = segment.inverted_index(field).map_err(text_error)?;
    let lengths = segment.get_fieldnorms_reader(field).map_err(text_error)?;
    let mean_length = (inverted.total_num_tokens() as f32 / products.max(1) as f32).max(1.0);
    Ok(FieldIndex { field, inverted, lengths, mean_length })
}
