//! The analyse step: a text is split into words, numbers and units, put in lower case, stemmed by language, and
//! its accents are folded. Documents, queries and highlights all go through the same [`Analyzer`], so exactly
//! the words that match are highlighted.

mod compound;
mod denial;
mod language;
mod normal;
mod number;
mod script;
mod split;
mod unit;

use std::ops::Range;

use tantivy::tokenizer::{AsciiFoldingFilter, RawTokenizer, TextAnalyzer, TokenStream};

pub use compound::compound;
pub(crate) use denial::{Denial, denied};
pub use language::Language;
pub use split::PieceKind;
pub(crate) use unit::same_measures;

use normal::normal;
use number::Decimal;

/// The longest token indexed, in bytes.
const MAX_TOKEN_BYTES: usize = 64;

/// One token of a text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The term: lower case, stemmed, accents folded.
    pub term: String,
    /// The word: lower case, accents folded, not stemmed.
    pub word: String,
    /// The kind of token.
    pub kind: PieceKind,
    /// Byte range in the analysed text.
    pub range: Range<usize>,
    /// The position among the words of the text.
    pub position: u32,
}

/// Turns texts of one language into tokens. Cheap to clone.
#[derive(Clone)]
pub struct Analyzer {
    language: Language,
    stemmer: Option<TextAnalyzer>,
    folder: TextAnalyzer,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Analyzer({:?})", self.language)
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new(Language::default())
    }
}

impl Analyzer {
    /// The analyser of a language.
    pub fn new(language: Language) -> Self {
        let folder = TextAnalyzer::builder(RawTokenizer::default()).filter(AsciiFoldingFilter).build();
        Self { language, stemmer: language.stemmer(), folder }
    }

    /// The analyser's language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The tokens of a text as a product is found by them, in order: those of a query, single characters of scripts
    /// without blanks, and the numbers inside ranges of sizes.
    pub(crate) fn indexed(&mut self, text: &str) -> Vec<Token> {
        // The sides of mixed words would only lengthen the field: queries split and join them instead.
        self.all(text, |piece| piece.kind != PieceKind::Part)
    }

    /// The tokens of a text, in order.
    pub fn tokens(&mut self, text: &str) -> Vec<Token> {
        self.all(text, |piece| !piece.kind.is_of_products())
    }

    /// The tokens of those pieces of a text that are wanted, with their places in it.
    fn all(&mut self, text: &str, wanted: impl Fn(&split::Piece<'_>) -> bool) -> Vec<Token> {
        let normal = normal(text);
        let mut pieces = split::split(&normal.text, self.language.decimal());
        pieces.retain(wanted);
        let mut tokens = self.tokens_of(pieces);
        tokens.iter_mut().for_each(|token| token.range = normal.original(&token.range));
        tokens
    }

    /// The tokens of a text whose term is one of `terms`, in order. A stem has the first letter of its word, so
    /// words with other first letters are not stemmed at all.
    pub fn tokens_among(&mut self, text: &str, terms: &[String]) -> Vec<Token> {
        let mut tokens = self.all(text, |piece| {
            let first = piece.text.bytes().next().map(|byte| byte.to_ascii_lowercase());
            !piece.text.is_ascii() || terms.iter().any(|term| term.bytes().next() == first)
        });
        tokens.retain(|token| terms.contains(&token.term));
        tokens
    }

    fn tokens_of(&mut self, pieces: Vec<split::Piece<'_>>) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(pieces.len());
        for piece in pieces.into_iter().filter(|piece| piece.text.len() <= MAX_TOKEN_BYTES) {
            let lower = match piece.kind {
                PieceKind::Number | PieceKind::Unit => piece.text.into_owned(),
                // English has no accents, so its endings are those of the folded word: `smörgås`, `STRASSE`.
                _ if self.language == Language::En => self.fold(piece.text.to_lowercase()),
                _ => piece.text.to_lowercase(),
            };
            let term = match &mut self.stemmer {
                Some(stemmer) if matches!(piece.kind, PieceKind::Word | PieceKind::Part) => {
                    language::stem(self.language, stemmer, &lower)
                }
                _ => lower.clone(),
            };
            let (term, word) = (self.fold(term), self.fold(lower));
            tokens.push(Token { term, word, kind: piece.kind, range: piece.range, position: piece.position });
        }
        tokens
    }

    /// The tokens of a text without the sides of mixed words.
    pub fn whole(&mut self, text: &str) -> Vec<Token> {
        let mut tokens = self.tokens(text);
        tokens.retain(|token| token.kind != PieceKind::Part);
        tokens
    }

    /// The term of one word in lower case.
    pub fn term(&mut self, word: &str) -> String {
        let folded = (self.language == Language::En && !word.is_ascii()).then(|| self.fold(word.to_owned()));
        let word = folded.as_deref().unwrap_or(word);
        let stemmed = self.stemmer.as_mut().map(|stemmer| language::stem(self.language, stemmer, word));
        self.fold(stemmed.unwrap_or_else(|| word.to_owned()))
    }

    /// A text with its accents folded.
    pub(crate) fn folded(&mut self, text: String) -> String {
        self.fold(text)
    }

    fn fold(&mut self, text: String) -> String {
        if text.is_ascii() {
            return text;
        }
        let mut stream = self.folder.token_stream(&text);
        stream.advance();
        let mut folded = std::mem::take(&mut stream.token_mut().text);
        // Accents that no letter is composed with.
        folded.retain(|c| !('\u{300}'..='\u{36f}').contains(&c));
        folded
    }
}

/// A word as it is shown: in normal form and lower case, with its accents.
pub(crate) fn shown(word: &str) -> String {
    normal(word).text.to_lowercase()
}

/// The one spelling of a unit that stands as a word of its own, in lower case; `None` for other words.
pub fn unit(word: &str) -> Option<&'static str> {
    unit::unit(word, false)
}

/// A part number without case and punctuation: `TN-2110/B` → `tn2110b`. `None` if the word has no digit or is
/// too long.
pub fn code(word: &str) -> Option<String> {
    folded_code(word).filter(|code| code.bytes().any(|byte| byte.is_ascii_digit()))
}

/// The letters and digits of a text in normal form and lower case. `None` if they are fewer than two or too many for a token.
pub fn folded_code(text: &str) -> Option<String> {
    if text.len() > 2 * MAX_TOKEN_BYTES {
        return None;
    }
    let text = normal(text).text;
    let folded: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (2..=MAX_TOKEN_BYTES).contains(&folded.len()).then_some(folded)
}

/// True for a word that is a number with its unit: `500ml`.
pub(crate) fn is_measure(word: &str) -> bool {
    split::split(word, Decimal::Point).iter().any(|piece| piece.kind == PieceKind::Unit)
}

/// The code of a word that looks like a part number: four or more letters and digits, and no size. `TN-2110` is
/// one, `10x12` and `500GB` are not.
pub fn part_number(word: &str) -> Option<String> {
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
    let code = code(trimmed).filter(|code| code.len() > 3 && code.bytes().any(|byte| byte.is_ascii_alphabetic()))?;
    let pieces = split::split(trimmed, Decimal::Point);
    let is_size = pieces.iter().all(|piece| matches!(piece.kind, PieceKind::Number | PieceKind::Unit));
    // A single piece is found as it is written, so it needs no code.
    (!is_size && pieces.len() > 1 && trimmed.is_ascii()).then_some(code)
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
        assert_eq!(terms("43.2cm-screen"), ["43.2", "cm", "screen"]);
    }

    #[test]
    fn accents_change_no_ending_in_english() {
        for (one, other) in [("Straße", "STRASSE"), ("smörgås", "smorgas"), ("hïking", "hiking"), ("pâtés", "pates")]
        {
            assert_eq!(terms(one), terms(other), "{one}");
        }
    }

    #[test]
    fn stemming_is_the_languages_own() {
        let mut german = Analyzer::new(Language::De);
        assert_eq!(german.term("bücher"), german.term("buch"));
        assert_eq!(Analyzer::new(Language::Any).term("books"), "books");
    }

    #[test]
    fn words_looked_for_are_found_in_every_form_and_nothing_else() {
        let text = "Shoes and skis, dyed élan; the 10 ft TN-2110 of Ängste, ÅNGSTRÖM, running runners";
        for code in ["en", "de", "fr", "es", "it", "nl", "da", "sv", "fi", "hu", "ro", "tr", "pt", "no", "any"] {
            let mut analyzer = Analyzer::new(Language::of(code));
            let all = analyzer.tokens(text);
            for wanted in &all {
                let same: Vec<Token> = all.iter().filter(|token| token.term == wanted.term).cloned().collect();
                assert_eq!(analyzer.tokens_among(text, std::slice::from_ref(&wanted.term)), same, "{code}");
            }
        }
    }

    #[test]
    fn tokens_know_where_they_stood() {
        let tokens = Analyzer::default().tokens("Trail boots!");
        assert_eq!(&"Trail boots!"[tokens[1].range.clone()], "boots");
    }

    #[test]
    fn part_numbers_lose_their_punctuation() {
        assert_eq!(code("TN-2110/B").as_deref(), Some("tn2110b"));
        assert_eq!(code("ＴＮ－２１１０").as_deref(), Some("tn2110"));
        assert_eq!(code("boots"), None);
        assert_eq!(code("7"), None);
        assert_eq!(part_number("(TN-2110)").as_deref(), Some("tn2110"));
        for size in ["10x12", "500GB", "2-1/2", "boots", "1080"] {
            assert_eq!(part_number(size), None, "{size}");
        }
    }
}
