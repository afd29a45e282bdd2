//! The index: of a generation one tantivy segment in ordinal order, and beside it those of products
//! changed since ([`super::rewritten`]). Products are analysed here; tantivy keeps the dictionary,
//! postings, positions and field lengths. Beside the searchable fields it holds every word
//! as it is written, the lexicon that spelling and prefixes are looked up in.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory, MmapDirectory};
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};
use tantivy::{Index, IndexSettings, InvertedIndexReader, TantivyDocument, Term};

use super::analysis::{Analyzer, Kind, Language, Token, compound};
use super::part::{Part, Places};
use super::{LearnedCorrections, TextField};
use crate::error::{Error, Result};
use crate::product::Product;

/// The field of words as they are written.
pub(super) const LEXICON: &str = "lexicon";

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
    words: Words,
}

/// The words that compounds are taken apart into.
pub(super) enum Words {
    /// These.
    Listed(HashSet<String>),
    /// These, and those that titles, categories and attributes in other segments have.
    Indexed {
        /// The words of what is written.
        own: HashSet<String>,
        /// The other segments.
        parts: Vec<Part>,
    },
}

impl Words {
    fn contains(&self, word: &str, analyzer: &mut Analyzer) -> bool {
        match self {
            Self::Listed(words) => words.contains(word),
            Self::Indexed { own, parts } => {
                let has = |(field, inverted): &(Field, Arc<InvertedIndexReader>), text: &str| {
                    inverted.doc_freq(&Term::from_field_text(*field, text)).is_ok_and(|products| products > 0)
                };
                let term = analyzer.term(word);
                let said = |part: &Part| {
                    part.lexicon.as_ref().is_some_and(|lexicon| has(lexicon, word))
                        && WORDS_OF.iter().any(|&field| part.fields.get(field as usize).is_some_and(|f| has(f, &term)))
                };
                own.contains(word) || parts.iter().any(said)
            }
        }
    }
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
        let directory = MmapDirectory::open(folder).map_err(text_error)?;
        Self::new(directory, WRITER_MEMORY_BYTES, settings, Words::Listed(words))
    }

    /// Starts an index in an empty directory.
    pub(super) fn new(
        directory: impl Directory,
        memory_bytes: usize,
        settings: &AnalysisSettings,
        words: Words,
    ) -> Result<Self> {
        let schema = schema();
        let fields = resolve(&schema)?;
        let lexicon = schema.get_field(LEXICON).map_err(text_error)?;
        // Nothing is kept in tantivy's store of documents, so no thread need compress it.
        let own = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let directory: Box<dyn Directory> = Box::new(directory);
        let writer = Index::builder()
            .schema(schema)
            .settings(own)
            .single_segment_index_writer(directory, memory_bytes)
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
                        let parts = compound(&token.word, &mut |word| self.words.contains(word, analyzer));
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
        self.written().map(drop)
    }

    /// Writes the segment and gives the index.
    pub(super) fn written(self) -> Result<Index> {
        self.writer.finalize().map_err(text_error)
    }
}

/// The fields whose words may stand inside others.
const WORDS_OF: [TextField; 3] = [TextField::Title, TextField::Category, TextField::Attributes];

/// The words of a product that may stand inside others: of titles, categories and attributes. For
/// languages that write words together.
pub fn words_of(product: &Product, settings: &AnalysisSettings, words: &mut HashSet<String>) {
    let mut analyzer = Analyzer::new(settings.language);
    for field in WORDS_OF {
        for text in field.texts(product) {
            let found = analyzer.tokens(&text).into_iter().filter(|token| token.kind == Kind::Word);
            words.extend(found.map(|token: Token| token.word));
        }
    }
}

fn index_token(text: String, position: usize) -> IndexToken {
    IndexToken { text, position, ..IndexToken::default() }
}

pub(super) fn resolve(schema: &Schema) -> Result<Vec<(TextField, Field)>> {
    TextField::ALL.into_iter().map(|field| Ok((field, schema.get_field(field.name()).map_err(text_error)?))).collect()
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
}
