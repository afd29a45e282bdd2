//! Writing the index: products are analysed field by field and go into one tantivy segment in the order they
//! come. A further field, the lexicon, holds every word as it is written, for spelling and prefixes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory, MmapDirectory};
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};
use tantivy::{Index, IndexSettings, InvertedIndexReader, TantivyDocument, Term};

use super::TextField;
use super::analysis::{Analyzer, Denial, Language, PieceKind, Token, compound};
use super::index::text_error;
use super::segment::TextSegment;
use crate::error::{Error, Result};
use crate::product::Product;

/// The name of the lexicon field.
pub(super) const LEXICON: &str = "lexicon";

/// Memory that tantivy may use while building, in bytes. One segment is written, however large it grows.
const WRITER_MEMORY_BYTES: usize = 256 << 20;

/// Positions left free between two texts of a field, so that no phrase spans both.
const GAP: usize = 10;

/// Settings of analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnalysisSettings {
    /// The language of products and queries that do not name their own.
    pub language: Language,
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

/// Builds the index. Products are added in ordinal order.
pub struct TextWriter {
    writer: SingleSegmentIndexWriter,
    fields: Vec<(TextField, Field)>,
    lexicon: Field,
    /// The shop's language.
    language: Language,
    /// The analyser of each language seen so far, and the words that deny others in it.
    analyzers: HashMap<Language, (Analyzer, Denial)>,
    words: CompoundParts,
}

/// The words that compounds may be split into.
pub(super) enum CompoundParts {
    /// A complete list.
    Listed(HashSet<String>),
    /// The words of the new products, and those of titles, categories and attributes in other segments.
    Indexed {
        /// Words of the new products.
        own: HashSet<String>,
        /// The other segments.
        segments: Vec<TextSegment>,
    },
}

impl CompoundParts {
    fn contains(&self, word: &str, analyzer: &mut Analyzer) -> bool {
        match self {
            Self::Listed(words) => words.contains(word),
            Self::Indexed { own, segments } => {
                let has = |(field, inverted): &(Field, Arc<InvertedIndexReader>), text: &str| {
                    inverted.doc_freq(&Term::from_field_text(*field, text)).is_ok_and(|products| products > 0)
                };
                let term = analyzer.term(word);
                let has_word = |segment: &TextSegment| {
                    segment.lexicon.as_ref().is_some_and(|lexicon| has(lexicon, word))
                        && WORDS_OF
                            .iter()
                            .any(|&field| segment.fields.get(field as usize).is_some_and(|f| has(f, &term)))
                };
                own.contains(word) || segments.iter().any(has_word)
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
    /// Starts an index in `folder`, which is created. `words` are those that compounds may be split into; see
    /// [`words_of`].
    pub fn create(folder: &Path, settings: &AnalysisSettings, words: HashSet<String>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let directory = MmapDirectory::open(folder).map_err(text_error)?;
        Self::new(directory, WRITER_MEMORY_BYTES, settings, CompoundParts::Listed(words))
    }

    /// Starts an index in an empty directory.
    pub(super) fn new(
        directory: impl Directory,
        memory_bytes: usize,
        settings: &AnalysisSettings,
        words: CompoundParts,
    ) -> Result<Self> {
        let schema = schema();
        let fields = resolve(&schema)?;
        let lexicon = schema.get_field(LEXICON).map_err(text_error)?;
        // Nothing is stored in tantivy's document store, so it needs no thread for compression.
        let own = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let directory: Box<dyn Directory> = Box::new(directory);
        let writer = Index::builder()
            .schema(schema)
            .settings(own)
            .single_segment_index_writer(directory, memory_bytes)
            .map_err(text_error)?;
        Ok(Self { writer, fields, lexicon, language: settings.language, analyzers: HashMap::new(), words })
    }

    /// Adds the next product.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let language = language_of(product, self.language);
        let (analyzer, denial) =
            self.analyzers.entry(language).or_insert_with(|| (Analyzer::new(language), Denial::new(language)));
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
                // The sides of mixed words would only lengthen the field: queries split and join them instead.
                let mut found = analyzer.whole(text);
                if text_field == TextField::Description {
                    denial.mark(text, &mut found);
                }
                let end = found.last().map_or(start, |token| start + token.position as usize + GAP);
                for token in found {
                    let position = start + token.position as usize;
                    if analyzer.language().compounds() && token.kind == PieceKind::Word && !token.term.starts_with('!')
                    {
                        let parts = compound(&token.word, &mut |word| self.words.contains(word, analyzer));
                        tokens.extend(
                            parts.into_iter().flatten().map(|part| index_token(analyzer.term(&part), position)),
                        );
                    }
                    if matches!(token.kind, PieceKind::Word | PieceKind::Mixed | PieceKind::Pair) {
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

    /// Writes the segment and returns the index.
    pub(super) fn written(self) -> Result<Index> {
        self.writer.finalize().map_err(text_error)
    }
}

/// The fields whose words may be parts of compounds.
const WORDS_OF: [TextField; 3] = [TextField::Title, TextField::Category, TextField::Attributes];

/// Adds the words of a product that may be parts of compounds: those of titles, categories and attributes. A
/// product in a language without compounds adds none.
pub fn words_of(product: &Product, settings: &AnalysisSettings, words: &mut HashSet<String>) {
    let language = language_of(product, settings.language);
    if !language.compounds() {
        return;
    }
    let mut analyzer = Analyzer::new(language);
    for field in WORDS_OF {
        for text in field.texts(product) {
            let found = analyzer.tokens(&text).into_iter().filter(|token| token.kind == PieceKind::Word);
            words.extend(found.map(|token: Token| token.word));
        }
    }
}

/// The language of a product: its own, or the shop's.
fn language_of(product: &Product, shop: Language) -> Language {
    product.lang.as_deref().map_or(shop, Language::of)
}

fn index_token(text: String, position: usize) -> IndexToken {
    IndexToken { text, position, ..IndexToken::default() }
}

pub(super) fn resolve(schema: &Schema) -> Result<Vec<(TextField, Field)>> {
    TextField::ALL.into_iter().map(|field| Ok((field, schema.get_field(field.name()).map_err(text_error)?))).collect()
}
