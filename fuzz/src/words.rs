//! Texts of products and queries: words, numbers, fractions, measures, ranges and codes of every language.

use tastemaker_index::text::Analyzer;
use tastemaker_index::text::analysis::{Language, code, folded_code, part_number};
use tastemaker_index::text::highlight::highlight;

/// The codes of languages whose analysis differs.
const LANGUAGES: [&str; 8] = ["en", "de", "es", "fr", "ru", "ar", "tr", "any"];

/// A text in several languages: every token lies at characters, and marking all of them keeps the text.
pub fn words(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in LANGUAGES {
        let mut analyzer = Analyzer::new(Language::of(name));
        let tokens = analyzer.tokens(&text);
        for token in &tokens {
            assert!(text.get(token.range.clone()).is_some(), "{name}: {:?} of {text:?}", token.range);
            assert!(!token.word.is_empty() || token.term.is_empty(), "{name}: {text:?}");
        }
        let terms: Vec<String> = tokens.into_iter().map(|token| token.term).collect();
        drop(highlight(&mut analyzer, &text, &terms));
    }
    for word in text.split_whitespace() {
        let folded = folded_code(word);
        assert!(code(word).is_none_or(|code| folded.as_ref() == Some(&code)), "{word}");
        drop(part_number(word));
    }
}
