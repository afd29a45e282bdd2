//! Words that a text denies: `it is not waterproof`, `without a hood`. In descriptions they are indexed under a term of
//! their own, so that a text which says that a product lacks something does not satisfy a search for it.

use std::collections::HashSet;

use super::{Analyzer, Language, PieceKind, Token};
use crate::meant::negations;

/// The most words between a negation and the word it denies.
const MAX_BETWEEN: usize = 3;

/// The term of a denied word.
pub(crate) fn denied(term: &str) -> String {
    format!("!{term}")
}

/// The words that deny others in one language.
#[derive(Debug, Clone)]
pub(crate) struct Denial {
    words: HashSet<String>,
    skipped: HashSet<String>,
    never_before: HashSet<String>,
}

impl Denial {
    /// The words of a language.
    pub(crate) fn new(language: Language) -> Self {
        let mut analyzer = Analyzer::new(Language::Any);
        let mut set = |phrases: &[String]| {
            phrases
                .iter()
                .filter(|phrase| !phrase.contains(' '))
                .map(|word| analyzer.folded(word.to_lowercase()))
                .collect()
        };
        let phrases = negations(language);
        Self { words: set(&phrases.words), skipped: set(&phrases.skipped), never_before: set(&phrases.never_before) }
    }

    /// Gives denied words of a text the term of a denied one.
    pub(crate) fn mark(&self, text: &str, tokens: &mut [Token]) {
        let mut left = 0;
        let mut end = 0;
        for token in tokens.iter_mut().filter(|token| token.kind != PieceKind::Part) {
            let pause = text
                .get(end..token.range.start)
                .is_some_and(|between| between.contains(['.', ',', ';', ':', '!', '?']));
            end = token.range.end;
            if pause {
                left = 0;
            }
            if self.words.contains(&token.word) {
                left = MAX_BETWEEN + 1;
            } else if left > 0 {
                left -= 1;
                if !self.skipped.contains(&token.word) {
                    if token.kind == PieceKind::Word && !self.never_before.contains(&token.word) {
                        token.term = denied(&token.term);
                    }
                    left = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied_in(language: Language, text: &str) -> Vec<String> {
        let mut tokens = Analyzer::new(language).tokens(text);
        Denial::new(language).mark(text, &mut tokens);
        tokens.into_iter().filter(|token| token.term.starts_with('!')).map(|token| token.word).collect()
    }

    #[test]
    fn the_word_after_a_negation_is_denied_and_no_other() {
        assert_eq!(
            denied_in(Language::En, "A light shoe. It is not fully waterproof, but dries fast."),
            ["waterproof"]
        );
        assert_eq!(denied_in(Language::En, "Almond drink without added sugar, vegan."), ["sugar"]);
        assert_eq!(denied_in(Language::De, "Steppjacke ohne Kapuze, nicht nur warm"), ["kapuze"]);
        assert_eq!(denied_in(Language::En, "Not only waterproof. No. 5 for men, if not. Warm"), [""; 0]);
    }
}
