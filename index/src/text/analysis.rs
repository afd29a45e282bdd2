//! From text to terms: split at everything that is not a letter or digit, lower
//! case, fold accents, stem. Documents, queries and highlights all go through
//! the same [`Analyzer`], so that what matches is what is marked.

use std::ops::Range;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
};

/// The longest token indexed, in bytes.
const MAX_TOKEN_BYTES: usize = 64;

/// Words that say little by themselves; they score but are never required.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the",
    "this", "to", "with",
];

/// One term and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The normalised, stemmed form.
    pub term: String,
    /// Byte range in the analysed text.
    pub range: Range<usize>,
}

/// Turns text into terms. Cheap to clone.
#[derive(Clone)]
pub struct Analyzer {
    stemmed: TextAnalyzer,
    plain: TextAnalyzer,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Analyzer(english)")
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        let plain = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(MAX_TOKEN_BYTES))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter);
        let stemmed = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(MAX_TOKEN_BYTES))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
            .filter(Stemmer::new(Language::English));
        Self { stemmed: stemmed.build(), plain: plain.build() }
    }
}

impl Analyzer {
    /// The analyser tantivy uses for documents.
    pub(super) fn for_index(&self) -> TextAnalyzer {
        self.stemmed.clone()
    }

    /// The stemmed terms of a text, in order.
    pub fn tokens(&mut self, text: &str) -> Vec<Token> {
        Self::run(&mut self.stemmed, text)
    }

    /// The terms of a text without stemming: lower case, accents folded.
    pub fn words(&mut self, text: &str) -> Vec<Token> {
        Self::run(&mut self.plain, text)
    }

    fn run(analyzer: &mut TextAnalyzer, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        analyzer.token_stream(text).process(&mut |token| {
            tokens.push(Token { term: token.text.clone(), range: token.offset_from..token.offset_to });
        });
        tokens
    }
}

/// Whether a stemmed term is a stop word.
pub fn is_stop_word(term: &str) -> bool {
    STOP_WORDS.contains(&term)
}

/// A part number with case and punctuation removed: `TN-2110/B` → `tn2110b`.
/// Nothing when the word has no digit, or is too long to be one.
pub fn code(word: &str) -> Option<String> {
    if word.len() > MAX_TOKEN_BYTES || !word.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let folded: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (folded.len() > 1).then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        Analyzer::default().tokens(text).into_iter().map(|token| token.term).collect()
    }

    #[test]
    fn singular_and_plural_accents_and_case_meet() {
        assert_eq!(terms("Gaming Laptops"), terms("gaming laptop"));
        assert_eq!(terms("Café"), terms("cafe"));
        assert_eq!(terms("43.2cm-screen"), ["43", "2cm", "screen"]);
    }

    #[test]
    fn tokens_know_where_they_stood() {
        let tokens = Analyzer::default().tokens("Trail boots!");
        assert_eq!(&"Trail boots!"[tokens[1].range.clone()], "boots");
    }

    #[test]
    fn part_numbers_lose_their_punctuation() {
        assert_eq!(code("TN-2110/B").as_deref(), Some("tn2110b"));
        assert_eq!(code("boots"), None);
        assert_eq!(code("7"), None);
    }
}
