//! Writing the index: products are analysed field by field and go into one tantivy segment in the order they
//! come. A further field, the lexicon, holds every word as it is written, for spelling and prefixes.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory, MmapDirectory};
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token as IndexToken};
use tantivy::{Index, IndexSettings, InvertedIndexReader, TantivyDocument, Term};

use super::analysis::{self, Analyzer, Denial, Language, PieceKind, Token, compound};
use super::index::text_error;
use super::kind::{HEAD_FIELDS, ProductHeads};
use super::segment::TextSegment;
use super::written::{WRITTEN, WrittenCounts};
use super::{TextField, heads};
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
    for name in std::iter::once(LEXICON).chain(HEAD_FIELDS) {
        schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing.clone()));
    }
    schema.build()
}

/// Builds the index. Products are added in ordinal order.
pub struct TextWriter {
    writer: SingleSegmentIndexWriter,
    fields: Vec<(TextField, Field)>,
    lexicon: Field,
    /// The fields of heads.
    heads: Vec<Field>,
    /// The shop's language.
    language: Language,
    /// The analyser of each language seen so far, and the words that deny others in it.
    analyzers: HashMap<Language, (Analyzer, Denial)>,
    words: CompoundParts,
    /// The written forms of words with accents.
    written: WrittenCounts,
    /// The folder of the index; absent in memory.
    folder: Option<PathBuf>,
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
        let writer = Self::new(directory, WRITER_MEMORY_BYTES, settings, CompoundParts::Listed(words))?;
        Ok(Self { folder: Some(folder.to_path_buf()), ..writer })
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
        let field = |name| schema.get_field(name).map_err(text_error);
        let (lexicon, heads) = (field(LEXICON)?, HEAD_FIELDS.into_iter().map(field).collect::<Result<_>>()?);
        // Nothing is stored in tantivy's document store, so it needs no thread for compression.
        let own = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let directory: Box<dyn Directory> = Box::new(directory);
        let writer = Index::builder()
            .schema(schema)
            .settings(own)
            .single_segment_index_writer(directory, memory_bytes)
            .map_err(text_error)?;
        Ok(Self {
            writer,
            fields,
            lexicon,
            heads,
            language: settings.language,
            analyzers: HashMap::new(),
            words,
            written: WrittenCounts::default(),
            folder: None,
        })
    }

    /// Adds the next product.
    pub fn push(&mut self, product: &Product) -> Result<()> {
        let language = language_of(product, self.language);
        let (analyzer, denial) =
            self.analyzers.entry(language).or_insert_with(|| (Analyzer::new(language), Denial::new(language)));
        let mut document = TantivyDocument::new();
        let mut lexicon: Vec<String> = Vec::new();
        let mut written: Vec<(String, String)> = Vec::new();
        for &(text_field, field) in &self.fields {
            let texts = text_field.texts(product);
            if text_field == TextField::Code {
                texts.into_iter().for_each(|code| document.add_text(field, code));
                continue;
            }
            let mut tokens = Vec::new();
            let mut start = 0;
            for text in &texts {
                let mut found = analyzer.indexed(text);
                if text_field == TextField::Description {
                    denial.mark(text, &mut found);
                }
                let end = found.last().map_or(start, |token| start + token.position as usize + GAP);
                for token in found {
                    let position = start + token.position as usize;
                    let terms = compound_terms(&token, analyzer, &self.words);
                    tokens.extend(terms.into_iter().map(|term| index_token(term, position)));
                    if token.kind == PieceKind::Word && !text[token.range.clone()].is_ascii() {
                        written.push((token.word.clone(), analysis::shown(&text[token.range.clone()])));
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
        for (&field, heads) in self.heads.iter().zip(ProductHeads::of(product, analyzer).by_field()) {
            let tokens = head_tokens(heads, analyzer, &self.words);
            document.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
        }
        if self.folder.is_some() {
            self.written.add(written);
        }
        lexicon.sort_unstable();
        lexicon.dedup();
        let tokens = lexicon.into_iter().map(|word| index_token(word, 0)).collect();
        document.add_pre_tokenized_text(self.lexicon, PreTokenizedString { text: String::new(), tokens });
        self.writer.add_document(document).map_err(text_error)
    }

    /// Writes the segment.
    pub fn finish(mut self) -> Result<()> {
        let written = std::mem::take(&mut self.written);
        let path = self.folder.take().map(|folder| folder.join(WRITTEN));
        self.written()?;
        path.map_or(Ok(()), |path| written.write(&path))
    }

    /// Writes the segment and returns the index.
    pub(super) fn written(self) -> Result<Index> {
        self.writer.finalize().map_err(text_error)
    }
}

/// The terms of the parts of a compound. The last part says what the thing is; the others are found by terms of their
/// own.
fn compound_terms(token: &Token, analyzer: &mut Analyzer, words: &CompoundParts) -> Vec<String> {
    let splits = analyzer.language().compounds() && token.kind == PieceKind::Word;
    if !splits || token.term.starts_with('!') || heads::is_opaque(&token.word) {
        return Vec::new();
    }
    let parts = compound(&token.word, &mut |word| words.contains(word, analyzer));
    let mut terms = parts.into_iter().flatten().map(|part| analyzer.term(&part)).rev();
    let head = terms.next().into_iter();
    head.chain(terms.map(|term| heads::modifier_term(&term))).collect()
}

/// The terms of heads, with the last part of a compound.
fn head_tokens(heads: Vec<Token>, analyzer: &mut Analyzer, words: &CompoundParts) -> Vec<IndexToken> {
    let mut terms: Vec<String> = Vec::new();
    for head in heads {
        if analyzer.language().compounds() && head.kind == PieceKind::Word {
            let parts = compound(&head.word, &mut |word| words.contains(word, analyzer));
            terms.extend(parts.and_then(|mut parts| parts.pop()).map(|last| analyzer.term(&last)));
        }
        terms.push(head.term);
    }
    terms.sort_unstable();
    terms.dedup();
    terms.into_iter().map(|term| index_token(term, 0)).collect()
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
